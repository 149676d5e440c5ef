"""The attendee list: what a row says, its orders, pages, filters, and what it costs."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import Refused
from community.events.models import Event
from community.organizing import roster, roster_order
from community.organizing.roster import list_attendees
from community.organizing.segments import Segment
from community.rsvp.models import Reason
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def everybody(event: Event, **wanted: str) -> list[str]:
    """The names on all pages, each page asked for with the cursor of the one before."""
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = list_attendees(event, after=after, **wanted)
        names += [row.name for row in page.rows]
        after = page.after
    return names


def forged(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def test_a_row_says_who_with_whom_and_what_the_kitchen_needs(app: Flask) -> None:
    event = an_event(guests_allowed=2)
    person = a_member("Zoë Ångström", "zoe@example.com", organization="Acme", job_title="CDO")
    guests = [Guest("Bo", "no nuts"), Guest("Cy")]
    rsvp = say_yes(person.id, event.id, guests=guests, dietary="vegan", note="Late by ten")
    (row,) = list_attendees(event).rows
    assert (row.name, row.email) == ("Zoë Ångström", "zoe@example.com")
    assert (row.organization, row.job_title) == ("Acme", "CDO")
    assert (row.status, row.party_size, row.guests) == ("going", 3, ["Bo", "Cy"])
    assert row.dietary == "vegan; Bo: no nuts"
    assert (row.note, row.source, row.place) == ("Late by ten", "web", None)
    assert row.answered_at == rsvp.answered_at
    assert row.checked_in_at is None
    assert row.decision is not None
    assert (row.decision.reason, row.decision.party) == (Reason.SEAT_FREE, 3)


def test_places_in_line_count_only_those_who_still_wait(app: Flask) -> None:
    event = an_event(capacity=1)
    people = [a_member(name) for name in ("Ann", "Bea", "Cem", "Dan")]
    for person in people:
        say_yes(person.id, event.id)
    say_no(people[1].id, event.id)
    places = {row.name: row.place for row in list_attendees(event).rows}
    assert places == {"Ann": None, "Bea": None, "Cem": 1, "Dan": 2}


def test_the_newest_decision_is_the_reason(app: Flask) -> None:
    event = an_event(capacity=1)
    ann, bea = a_member("Ann"), a_member("Bea")
    say_yes(ann.id, event.id)
    say_yes(bea.id, event.id)
    say_no(ann.id, event.id)
    reasons = {row.name: row.decision.reason for row in list_attendees(event).rows if row.decision}
    assert reasons == {"Ann": Reason.OWN_WISH, "Bea": Reason.FREED_SEAT}


def test_an_erased_person_keeps_a_row_without_an_address(app: Flask) -> None:
    event = an_event()
    person = a_member("Erased", "gone@example.com")
    say_yes(person.id, event.id)
    db.session.execute(sa.text("DELETE FROM person_addresses WHERE address = 'gone@example.com'"))
    db.session.commit()
    assert [row.email for row in list_attendees(event).rows] == [""]


def test_answers_to_other_events_are_not_listed(app: Flask) -> None:
    event, other = an_event(), an_event()
    say_yes(a_member("Here").id, event.id)
    say_yes(a_member("Elsewhere").id, other.id)
    assert [row.name for row in list_attendees(event).rows] == ["Here"]


@pytest.mark.parametrize("few", [0, 100])  # by an index of names, or sorted
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sort", ["answered", "name", "status"])
def test_pages_hold_everybody_once_in_order(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sort: str, backwards: bool, few: int
) -> None:
    monkeypatch.setattr(roster, "PAGE", 2)
    event = an_event(capacity=3)
    names = ["dora", "Ann", "ann", "Cem", "Bea", "Ann"]
    people = [a_member(name) for name in names]
    for person in people:
        say_yes(person.id, event.id)
    say_no(people[0].id, event.id)
    monkeypatch.setattr(roster_order, "FEW", few)
    by_status = ["Ann", "ann", "Cem", "Bea", "Ann", "dora"]
    expected = {
        "answered": [*names[1:], "dora"],
        "name": ["ann", "ann", "ann", "bea", "cem", "dora"],
        "status": by_status,
    }[sort]
    if backwards:
        expected, sort = expected[::-1], f"-{sort}"
    shown = everybody(event, sort=sort)
    if sort.endswith("name"):
        shown = [name.lower() for name in shown]
    assert shown == expected


def test_a_page_by_name_may_end_at_any_alphabet(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "PAGE", 1)
    event = an_event()
    names = {"김철수", "ரொபொ", "রোকেয়া", "Ångström"}
    for name in names:
        say_yes(a_member(name).id, event.id)
    assert set(everybody(event, sort="name")) == names


def test_somebody_who_answers_between_two_pages_is_not_shown_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "PAGE", 2)
    event = an_event()
    for name in ("Bea", "Cem", "Dan"):
        say_yes(a_member(name).id, event.id)
    first = list_attendees(event, sort="name")
    say_yes(a_member("Ann").id, event.id)
    second = list_attendees(event, sort="name", after=first.after or "")
    assert [row.name for row in first.rows + second.rows] == ["Bea", "Cem", "Dan"]


def test_a_status_narrows_the_list_and_its_opposite_leaves_nobody(app: Flask) -> None:
    event = an_event(capacity=1)
    for name in ("Ann", "Bea"):
        say_yes(a_member(name).id, event.id)
    waiting, going = Segment(statuses=("waitlisted",)), Segment(statuses=("going",))
    assert [row.name for row in list_attendees(event, waiting).rows] == ["Bea"]
    assert [row.name for row in list_attendees(event, going).rows] == ["Ann"]
    none_left = Segment(statuses=("going",), not_statuses=("going",))
    assert list_attendees(event, none_left).rows == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ann", {"Ann Lee"}),
        ("LEE ann", {"Ann Lee"}),
        ("acme", {"Bea"}),
        ("bea@", {"Bea"}),
        ("%", set()),
        ("_", set()),
        ("\x00", {"Ann Lee", "Bea"}),
        ("", {"Ann Lee", "Bea"}),
    ],
)
def test_words_are_sought_in_name_address_and_organization(
    app: Flask, q: str, found: set[str]
) -> None:
    event = an_event()
    say_yes(a_member("Ann Lee", "a@example.com").id, event.id)
    say_yes(a_member("Bea", "bea@example.com", organization="Acme").id, event.id)
    assert {row.name for row in list_attendees(event, Segment.from_args({"q": [q]})).rows} == found


def test_a_page_costs_the_same_queries_however_many_rows_it_has(app: Flask) -> None:
    event = an_event(capacity=2, guests_allowed=1)
    costs = []
    for batch in (3, 12):
        for _ in range(batch):
            say_yes(a_member().id, event.id)
        with counted_queries() as seen:
            list_attendees(event, sort="status")
        costs.append(len([statement for statement in seen if statement.startswith("SELECT")]))
    assert costs == [6, 6]


@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "%00",
        forged("answered", "yesterday", 1),
        forged("answered", "2026-01-01T00:00:00", 1),
        forged("answered", "2026-01-01T00:00:00+00:00", 2**70),
        forged("answered", "2026-01-01T00:00:00+00:00", -1),
        forged("answered", "9999-12-31T23:59:59-23:59", 1),
        forged("answered", "2026-01-01T00:00:00+00:00", True),
        forged("name", "Ann", 1),
        forged("status", 1, 1, 1),
        forged("answered", "\x00", 1),
        forged("answered", ["x"], 1),
        forged(),
        "A" * 5000,
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(app: Flask, after: str) -> None:
    event = an_event()
    with pytest.raises(Refused, match="bad_cursor"):
        list_attendees(event, after=after)


@pytest.mark.parametrize("name", ["\x00", "\ud800"])
def test_a_cursor_by_name_holds_nothing_that_postgresql_refuses(app: Flask, name: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        list_attendees(an_event(), sort="name", after=forged("name", name, 1))
