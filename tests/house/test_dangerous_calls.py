"""No line does what lets strangers in elsewhere, but where it is named here with its reason."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from community.app import create_app
from community.core import db as db_module
from community.web.access import SAFE_METHODS
from tests.evidence import Evidence
from tests.house import dangerous
from tests.house.dangerous import Rule, name_of, nodes_of
from tests.house.tree import files, read

# Rule: what it must see, and where it is right, how often, and why.
RULES: dict[Rule, tuple[str, dict[str, int]]] = {
    dangerous.secrets_compared: (
        "if given == link.token: pass",
        {"community/core/identity.py": 1},  # the number of a logo that every page shows
    ),
    dangerous.markup_made: (
        "x = markupsafe.Markup('<b>' + name)",
        {
            "community/core/markup.py": 1,  # what nh3 has just cleaned
            "community/web/organize/sheets.py": 1,  # a code that segno draws of our own letters
        },
    ),
    dangerous.sql_of_pieces: (
        "session.execute(sa.text(f'SELECT {name}'))",
        {
            "community/core/db.py": 4,  # PRAGMAs and timeouts, of our own numbers
            "community/ops/restore.py": 2,  # names of tables that the metadata gives
            "community/ops/backup_rows.py": 1,  # the name of a sequence that the database just said
        },
    ),
    dangerous.host_of_a_request: (
        "link = request.host_url + 'x'",
        {
            "community/web/headers.py": 2,  # compared with BASE_URL and with a form's origin
            "community/web/machine.py": 1,  # whether the mailbox of development may be shown
        },
    ),
    dangerous.mail_by_the_library: (
        "m = email.message.EmailMessage()",
        {
            "community/inbound/headers.py": 1,  # read, of mails that came in
            "community/mail/reading.py": 1,  # read, of our own
        },
    ),
    dangerous.connections_without_an_end: ("smtplib.SMTP('host', 25)", {}),
    dangerous.fetching: ("import urllib.request", {}),
    dangerous.http_spoken: (
        "http.client.HTTPConnection('host', timeout=1)",
        {"community/ops/serve.py": 1},  # whether our own web process answers already
    ),
    dangerous.formats_of_others: (
        "said = template.format(event=event)",
        {
            "community/core/dates.py": 2,  # patterns of the time zone's library
            "community/core/logs.py": 1,  # what a logging.Formatter is called by
            "community/core/links.py": 1,  # our own table of addresses
            "community/mail/mime.py": 1,  # a constant of that module
            "community/rsvp/answers.py": 1,  # the digits of a number
            "community/ops/plain_errors.py": 1,  # a sentence of that module
        },
    ),
    dangerous.run_or_unpacked: (
        "import pickle",
        {"community/core/redis_limits.py": 2},  # a script of that module, run by Redis
    ),
}
SHOWN = "no unexplained dangerous call: rules over the syntax of every module and template"


def program() -> list[Path]:
    return [path for path in files("community", "*.py") if "migrations" not in path.parts]


@pytest.mark.proof
def test_every_dangerous_line_is_one_that_is_named_here(evidence: Evidence) -> None:
    found: dict[Rule, dict[str, int]] = {rule: {} for rule in RULES}
    for path in program():
        nodes = nodes_of(read(path))
        for rule in RULES:
            if count := len(list(rule(nodes))):
                found[rule][str(path)] = count
    for rule, (_, right) in RULES.items():
        assert found[rule] == right, rule.__doc__
    count = f"{len(RULES) + 2} rules x {len(program())} modules, beside ruff's own (S)"
    evidence("S20", SHOWN, count=count)


@pytest.mark.proof
def test_control_each_rule_sees_what_it_is_about(evidence: Evidence) -> None:
    for rule, (planted, _) in RULES.items():
        assert len(list(rule(nodes_of(planted)))) == 1, rule.__name__
    evidence("S20", SHOWN, control=f"a planted line for each of {len(RULES)}")


@pytest.mark.parametrize(
    "harmless",
    [
        "x = sa.select(A).where(A.token_hash == digest(token))",
        "x = kind == 'token'",
        "sa.text('SELECT 1')",
        "'{}'.format(1)",
        "smtplib.SMTP('host', 25, timeout=3)",
        "socket.create_connection(('host', 25), 5)",
    ],
)
def test_what_is_harmless_is_left_alone(harmless: str) -> None:
    nodes = nodes_of(harmless)
    assert [rule.__name__ for rule in RULES if list(rule(nodes))] == []


def test_no_template_marks_a_text_as_safe() -> None:
    templates = files("templates", "*")
    assert len(templates) > 100
    for path in templates:
        text = read(path)
        bare = text.replace(" ", "")
        assert "|safe" not in bare, path
        assert "autoescapefalse" not in bare, path


# A view that is opened enters no use-case. What an export notes of itself is the one exception.
NOTES_ITSELF = {"_note"}


@cache
def called(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Every function of the program that one calls by its name, or by its module's."""
    names, made = function.__globals__, []
    for node in nodes_of(textwrap.dedent(inspect.getsource(function))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name):
                found = names.get(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                module = names.get(owner)
                found = getattr(module, name, None) if isinstance(module, ModuleType) else None
            case _:
                continue
        if inspect.isfunction(found) and found.__module__.startswith("community."):
            made.append(found)
    return made


def writes(function: Callable[..., Any]) -> set[str]:
    """The use-cases that it may enter, by way of whatever functions of the edge."""
    seen, found, waiting = set(), set(), [inspect.unwrap(function)]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for each in called(one):
            if is_use_case(each):
                found.add(each.__name__)
            elif each.__module__.startswith("community."):
                waiting.append(inspect.unwrap(each))
    return found


def is_use_case(function: Callable[..., Any]) -> bool:
    return function.__code__.co_filename == db_module.__file__ and hasattr(function, "__wrapped__")


def test_no_view_that_is_opened_enters_a_use_case(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path, base_url="http://community.test")
    looked = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if (rule.methods or set()) <= SAFE_METHODS and view.__module__.startswith("community."):
            looked += 1
            assert writes(view) <= NOTES_ITSELF, rule.rule
    assert looked > 90


def test_a_view_that_would_is_found() -> None:
    from community.web import connections

    assert "disconnect" in writes(connections.disconnect)
    assert name_of(ast.parse("a.b").body[0]) == ""
