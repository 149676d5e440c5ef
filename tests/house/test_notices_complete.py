"""Every change has its consequences, every kind of mail its words, and every link in one a page."""

import dataclasses
import importlib
import inspect
import re
from pathlib import Path

import pytest

import community
from community.app import create_app
from community.config import ROOT
from community.core.links import PATHS, link
from community.mail.broadcasts import _expanders
from community.mail.kinds import all_kinds
from community.notices.wiring import CONSEQUENCES, wire

MAILS = ROOT / "templates" / "mail"
PARTS = ("subject.txt", "body.txt", "body.html")


def changes() -> set[type]:
    """Every class that a module ``changes`` or ``<something>_changes`` defines."""
    found = set()
    for path in Path(community.__file__).parent.glob("*/*changes.py"):
        if path.parent.name == "core":  # the machinery and no feature
            continue
        module = importlib.import_module(f"community.{path.parent.name}.{path.stem}")
        classes = inspect.getmembers(module, inspect.isclass)
        found |= {kind for _, kind in classes if kind.__module__ == module.__name__}
    return found


def test_every_change_has_an_entry_in_the_table_and_every_entry_is_a_change() -> None:
    assert changes(), "the search itself must find something"
    assert {kind.__name__ for kind in changes() ^ set(CONSEQUENCES)} == set()


def test_no_entry_in_the_table_is_empty_or_says_a_thing_twice() -> None:
    for kind, subscribers in CONSEQUENCES.items():
        assert subscribers, kind.__name__
        assert len(set(subscribers)) == len(subscribers), kind.__name__


def test_every_change_is_a_frozen_dataclass_named_in_the_past_tense() -> None:
    for kind in changes():
        assert dataclasses.is_dataclass(kind), kind.__name__
        assert kind.__dataclass_params__.frozen, kind.__name__  # type: ignore[attr-defined]  # dataclasses' own
        assert re.search(r"(ed|Given|Put\w+|Left|Asked|In|Out)$", kind.__name__), kind.__name__


def test_every_kind_has_its_three_templates_and_every_folder_a_kind() -> None:
    wire()
    kinds = {kind.name for kind in all_kinds()}
    folders = {path.name for path in MAILS.iterdir() if path.is_dir()}
    assert kinds == folders
    assert [f"{k}/{p}" for k in kinds for p in PARTS if not (MAILS / k / p).is_file()] == []


def test_every_broadcast_becomes_mails_of_the_kind_of_its_name() -> None:
    wire()
    assert set(_expanders) <= {kind.name for kind in all_kinds()}


def test_every_kind_has_a_snapshot_and_every_snapshot_a_kind() -> None:
    wire()
    snapshots = {path.name.partition(".")[0] for path in (ROOT / "tests/snapshots").glob("*.txt")}
    assert snapshots == {kind.name for kind in all_kinds()}


def test_no_template_states_a_thing_outside_of_gettext() -> None:
    """What is left of a template without its tags and expressions holds no letters."""
    for path in MAILS.rglob("*.txt"):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"[A-Za-z]", bare), path
    for path in MAILS.rglob("body.html"):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"[A-Za-z]", bare), path


@pytest.mark.parametrize("page", PATHS)
def test_every_address_that_leaves_the_site_is_a_page(page: str, tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path, base_url="http://community.test")
    names = re.findall(r"\{(\w+)\}", PATHS[page])
    with app.app_context():
        address = link(page, **dict.fromkeys(names, "some-thing"))
    assert address.startswith("http://community.test/")
    adapter = app.url_map.bind("community.test")
    path = address.removeprefix("http://community.test")
    rule, values = adapter.match(path, method="GET", return_rule=True)
    assert rule.endpoint
    in_address = {value for name, value in values.items() if name not in (rule.defaults or {})}
    assert in_address == ({"some-thing"} if names else set())


def test_what_a_link_is_made_of_cannot_lead_elsewhere(tmp_path: Path) -> None:
    with create_app(instance_path=tmp_path, base_url="http://community.test").app_context():
        assert link("event", slug="../x?a=b#c d") == (
            "http://community.test/events/..%2Fx%3Fa%3Db%23c%20d"
        )
