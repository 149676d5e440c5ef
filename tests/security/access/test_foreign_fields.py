"""What a form does not have it cannot set, and no id in its body replaces the one in the path."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request

from community.core.db import db, transactional
from community.membership.models import Person
from community.web.access import audience_of
from tests.evidence import Evidence
from tests.security.access.pressing import Button, Change, Desk

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "columns and foreign ids in the body of a form that has no such fields change nothing"
# Ids of other people and events, roles, states, and what counts as yes.
VALUES = ["1", "2", "3", "admin", "active", "going", "approved", "2020-01-01 00:00:00", "true", ""]
IN_PATHS = {"slug", "token", "topic", "handle", "kind", "number", "text", "size", "id"}


def foreign(desk: Desk, button: Button) -> list[str]:
    """The names of all columns, of all parts of addresses and of what peers fell for.

    But for those that the form has itself, and those that its buttons have.
    """
    columns = {column.name for table in db.metadata.tables.values() for column in table.columns}
    ids = {f"{table.rstrip('s')}_id" for table in db.metadata.tables}
    parts = IN_PATHS | set(desk.world.values)
    other = {"user_id", "is_admin", "owner", "_method", "next", "event", "person", "user"}
    own = set(button.values) | {
        name
        for one in desk.buttons
        if one.rule == button.rule
        for name in one.names.union(one.values)
    }
    return sorted((columns | ids | parts | other) - own - KNOWN.get(button.rule, set()))


# Who takes away what is not there is led on as if it had been, and nothing is done.
LED_ON = {
    "POST /organize/events/<slug:slug>/attendees/views/<int:view_id>/delete",
    "POST /organize/events/<slug:slug>/sheets/kitchen/<int:link_id>/revoke",
    "POST /organize/events/<slug:slug>/team/<int:person_id>",
}
# Fields that these forms do have, in another state of things than that of this world.
KNOWN: dict[str, set[str]] = {
    "/events/<slug:slug>/rsvp": {"word", "note", "dietary"},
    "/join": {"reason"},
    "/organize/events/<slug:slug>/attendees/views/<int:view_id>": {"name"},
}


def pressed_with(desk: Desk, button: Button, value: str) -> Change:
    more = dict.fromkeys(foreign(desk, button), value)
    return desk.effect(button, data={**button.values, **more})


def by_lot(one: Change, other: Change) -> set[tuple[tuple[str, int], int]]:
    """The cells that differ between two presses of the same button."""
    return {
        (key, number)
        for key in one.keys() | other.keys()
        for number, cell in enumerate(one.get(key) or ())
        if cell != dict(enumerate(other.get(key) or ())).get(number)
    } | {(key, -1) for key in one.keys() ^ other.keys()}


def differs(desk: Desk, button: Button, was: Change, found: Change) -> set[Any]:
    """What is not so only because it is drawn by lot: secrets, ids, numbers of mails.

    Nothing when the whole of it was refused.
    """
    if not found:
        return set()
    cells = by_lot(was, found)
    return cells - by_lot(was, desk.effect(button)) if cells else cells


def test_no_form_sets_what_it_has_no_field_for(desk: Desk, evidence: Evidence) -> None:
    buttons = list(desk.buttons) if PROOF else list(desk.effects)[::4]
    tried, names = 0, 0
    for place, button in enumerate(buttons):
        was = desk.effects.get(button, {})
        for value in VALUES if PROOF else (VALUES[place % len(VALUES)],):
            found = pressed_with(desk, button, value)
            assert differs(desk, button, was, found) == set(), (button.rule, value)
            tried += 1
        names = max(names, len(foreign(desk, button)))
    assert names > 200
    evidence("S16", SHOWN, count=f"{len(buttons)} buttons × {names} names, {tried} presses")


def test_a_form_that_takes_whatever_is_sent_would_be_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: the page of mail wishes writes every column that is named."""
    [button] = [b for b in desk.buttons if b.rule == "/profile/mail"]
    views = desk.world.app.view_functions
    [endpoint] = [
        rule.endpoint
        for rule in desk.world.app.url_map.iter_rules()
        if rule.rule == button.rule and "POST" in (rule.methods or ())
    ]
    whole: Callable[[], Any] = views[endpoint]

    @transactional
    def take_all() -> None:
        person = db.session.scalars(sa.select(Person).where(Person.name == "Mia")).one()
        for name in set(request.form) & set(Person.__table__.columns.keys()) - {"id"}:
            if name in {"role", "summary", "headline", "name"}:
                setattr(person, name, request.form[name])

    def careless() -> Any:
        take_all()
        return whole()

    vars(careless)["audience"] = audience_of(whole)
    was = desk.effects.get(button, {})
    assert differs(desk, button, was, pressed_with(desk, button, "admin")) == set()
    monkeypatch.setitem(views, endpoint, careless)
    assert differs(desk, button, was, pressed_with(desk, button, "admin"))
    evidence("S16", SHOWN, control="a view that writes every named column is seen")


def test_the_ids_of_another_organizers_event_fit_into_no_address_of_ones_own(
    desk: Desk, evidence: Evidence
) -> None:
    """Each address of Otto's event, with the ids of what belongs to Olga's."""
    rules = [
        (method, rule.rule)
        for rule in desk.world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if "<slug:slug>" in rule.rule and "_id>" in rule.rule
    ]
    assert len(rules) >= 30
    own, there = desk.world.values["slug"], set()
    for method, rule in rules:
        path = desk.world.path(rule)
        for who, event in (("other", "another-dinner"), ("owner", "open-house")):
            client = desk.world.browsers[who].client
            data = {**desk.csrf(who), "action": "going", "name": "x"} if method == "POST" else None
            answer = client.open(path.replace(f"/{own}/", f"/{event}/"), method=method, data=data)
            if answer.status_code != 404:
                there.add(f"{method} {rule}")
    assert there == LED_ON
    assert desk.changes() == {}
    for rule in {rule for method, rule in rules if method == "GET"}:  # the control
        answer = desk.world.browsers["owner"].client.get(desk.world.path(rule))
        assert answer.status_code == 200, rule
    evidence(
        "S16",
        "ids of another event's things in the address of one's own find nothing",
        count=f"{len(rules)} addresses at two events",
        control="each is found at its own event",
    )
