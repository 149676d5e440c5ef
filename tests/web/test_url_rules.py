"""Rules that learn to build an address when asked build what Werkzeug's own build."""

from types import CodeType
from typing import Any

from flask import Flask
from werkzeug.routing import Map, Rule
from werkzeug.routing.converters import NumberConverter

from community.web.url_rules import UrlRule

MORE = {"q": "ä & b", "page": ["1", "2"], "nothing": None}


class Counted(UrlRule):
    """Counts what it compiles."""

    compiled = 0

    @staticmethod
    def _get_func_code(code: CodeType, name: str) -> Any:
        Counted.compiled += 1
        return Rule._get_func_code(code, name)


def test_every_address_of_the_program_is_what_it_would_be(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    assert {type(rule) for rule in rules} == {UrlRule}
    converters = app.url_map.converters
    plain = Map([_plain(rule) for rule in rules], converters=converters, merge_slashes=False)
    theirs, ours = plain.bind("a.example"), app.url_map.bind("a.example")
    for rule in rules:
        values = {name: _fitting(rule, name) for name in rule._converters} | MORE
        values |= rule.defaults or {}
        for more in (True, False):
            built = [
                one.build(rule.endpoint, values, append_unknown=more) for one in (theirs, ours)
            ]
            assert built[0] == built[1]
            assert ("q=" in built[1]) == more


def test_nothing_is_compiled_until_it_is_asked_for_and_then_once() -> None:
    Counted.compiled = 0
    adapter = Map([Counted(f"/{name}/<int:x>", endpoint=name) for name in "abc"]).bind("a.example")
    assert adapter.match("/a/1") == ("a", {"x": 1})
    assert Counted.compiled == 0
    for number in range(3):
        assert adapter.build("b", {"x": number}) == f"/b/{number}"
    assert Counted.compiled == 1


def _plain(rule: Rule) -> Rule:
    return Rule(rule.rule, endpoint=rule.endpoint, methods=rule.methods, defaults=rule.defaults)


def _fitting(rule: Rule, name: str) -> object:
    return 7 if isinstance(rule._converters[name], NumberConverter) else "ä-7"
