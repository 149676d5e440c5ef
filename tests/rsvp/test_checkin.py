"""The door: one head at a time, once, however many press at once, and only around the event."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.queries import get_event
from community.events.team import add_helper
from community.organizing.door import find_heads, turnout
from community.organizing.models import AuditEntry
from community.rsvp import checkin
from community.rsvp.checkin import Entry, check_in, check_in_party, undo_check_in
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer


def at_the_door(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift))


def a_party(event: Event, name: str = "Ada", *guests: str) -> Rsvp:
    return say_yes(a_member(name).id, event.id, guests=[Guest(guest) for guest in guests])


def test_each_head_of_a_party_is_let_in_alone(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, guests_allowed=2)
    ada, bo, _cy = a_party(event, "Ada", "Bo", "Cy").attendees
    with at_the_door(event):
        assert check_in(owner.id, event.id, bo.id).is_new
        figures = turnout(event)
        assert (figures.inside, figures.expected) == (1, 3)
        check_in(owner.id, event.id, ada.id)
        seen = {head.name: bool(head.since) for head in find_heads(event)}
        assert seen == {"Ada": True, "Bo": True, "Cy": False}
        assert undo_check_in(owner.id, event.id, bo.id) == "Bo"
        assert undo_check_in(owner.id, event.id, bo.id) == "Bo"
        assert turnout(event).inside == 1
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if one.startswith("CheckIn") or one == "CheckedIn"] == [
        "CheckedIn",
        "CheckedIn",
        "CheckInReverted",
    ]


def test_of_twenty_doors_that_press_at_once_one_lets_in_and_all_say_the_same(app: Flask) -> None:
    owner = an_organizer("Olga")
    event = an_event(owner)
    head = a_party(event).head.id
    doors = [a_member(f"Door {n}") for n in range(20)]
    for one in doors:
        add_helper(owner.id, event.id, one.address, HostRole.DOOR)
    event_id, ids = event.id, [one.id for one in doors]
    with at_the_door(event):
        answers = at_once(app, [lambda i=i: check_in(i, event_id, head) for i in ids])
    assert [type(answer) for answer in answers] == [Entry] * 20
    assert sum(answer.is_new for answer in answers if isinstance(answer, Entry)) == 1
    assert len({(a.at, a.by) for a in answers if isinstance(a, Entry)}) == 1
    noted = sa.select(AuditEntry).where(AuditEntry.action == "CheckedIn")
    assert len(db.session.scalars(noted).all()) == 1


def test_without_the_condition_in_the_update_each_door_would_let_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what the conditional UPDATE is for."""
    owner, admin = an_organizer(), an_admin()
    event = an_event(owner)
    head = a_party(event).head.id
    with at_the_door(event):
        monkeypatch.setattr(checkin, "_is_outside", sa.true)
        entries = [check_in(one.id, event.id, head) for one in (owner, admin)]
    assert [entry.is_new for entry in entries] == [True, True]


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        ({"hours": -7}, "door_not_open"),
        ({"hours": -5.9}, ""),
        ({"hours": 3 + 23}, ""),
        ({"hours": 3 + 25}, "door_over"),
    ],
)
def test_the_door_is_open_from_hours_before_until_the_day_after(
    app: Flask, shift: dict[str, float], code: str
) -> None:
    owner = an_organizer()
    event = an_event(owner)
    head = a_party(event).head.id
    with at_the_door(event, **shift):
        for act in (check_in, undo_check_in):
            if code:
                with pytest.raises(Refused, match=code):
                    act(owner.id, event.id, head)
            else:
                act(owner.id, event.id, head)


def test_a_cancelled_event_has_no_door(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    head = a_party(event).head.id
    with at_the_door(event, hours=-1):
        cancel_event(owner.id, event.id)
        with pytest.raises(Refused, match="event_cancelled"):
            check_in(owner.id, event.id, head)


def test_only_who_is_going_to_this_event_is_let_in(app: Flask) -> None:
    owner = an_organizer()
    event, other = an_event(owner), an_event(owner)
    gone, elsewhere = a_party(event, "Ann"), a_party(other, "Bo")
    say_no(gone.person_id, event.id)
    with at_the_door(event):
        with pytest.raises(Refused, match="withdrew"):
            check_in(owner.id, event.id, gone.head.id)
        with pytest.raises(Refused, match="withdrew"):
            check_in_party(owner.id, event.id, gone.id)
        for party in (elsewhere.id, 987654):
            with pytest.raises(NotFound):
                check_in_party(owner.id, event.id, party)
        for wrong in (elsewhere.head.id, 987654):
            with pytest.raises(NotFound):
                check_in(owner.id, event.id, wrong)
            with pytest.raises(NotFound):
                undo_check_in(owner.id, event.id, wrong)
        assert find_heads(event) == []


def test_a_whole_party_is_let_in_by_one_press_and_who_was_in_stays_as_they_were(app: Flask) -> None:
    owner, door = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, guests_allowed=2)
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    rsvp = a_party(event, "Ada", "Bo", "Cy")
    with at_the_door(event):
        first = check_in(door.id, event.id, rsvp.guests[0].id)
    with at_the_door(event, minutes=5):
        assert check_in_party(owner.id, event.id, rsvp.id) == ["Ada", "Cy"]
        assert check_in_party(owner.id, event.id, rsvp.id) == []
        again = check_in(owner.id, event.id, rsvp.guests[0].id)
        assert (again.at, again.by, again.is_new) == (first.at, "Dora", False)
        assert turnout(event).inside == 3


def test_two_doors_that_let_in_one_party_at_once_let_in_each_head_once(app: Flask) -> None:
    owner, admin = an_organizer(), an_admin()
    event = an_event(owner, guests_allowed=2)
    party = a_party(event, "Ada", "Bo", "Cy").id
    event_id, ids = event.id, (owner.id, admin.id)
    with at_the_door(event):
        calls = [lambda i=i: check_in_party(i, event_id, party) for i in ids]
        answers = at_once(app, calls)
    assert sorted(name for names in answers for name in names) == ["Ada", "Bo", "Cy"]  # type: ignore[union-attr]  # none raised
    noted = sa.select(AuditEntry).where(AuditEntry.action == "CheckedIn")
    assert len(db.session.scalars(noted).all()) == 3


def test_nobody_but_hosts_admins_and_the_door_lets_anybody_in(app: Flask) -> None:
    owner, door = an_organizer(), a_member()
    event = an_event(owner)
    head = a_party(event).head.id
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    with at_the_door(event):
        for stranger in (a_member(), an_organizer()):
            with pytest.raises(NotFound):
                check_in(stranger.id, event.id, head)
            with pytest.raises(NotFound):
                undo_check_in(stranger.id, event.id, head)
        assert check_in(door.id, event.id, head).is_new


def test_who_leaves_and_comes_back_with_another_guest_has_not_passed_the_door(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, guests_allowed=1)
    rsvp = a_party(event, "Ada", "Bo")
    with at_the_door(event, hours=-1):
        for head in rsvp.attendees:
            check_in(owner.id, event.id, head.id)
        say_no(rsvp.person_id, event.id)
        say_yes(rsvp.person_id, event.id, guests=[Guest("Cy")])
        assert turnout(event).inside == 0


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("ada", ["Ada Löwe", "Bo Li"]),  # with those whom she brings
        ("LÖWE", ["Ada Löwe", "Bo Li"]),
        ("bo", ["Bo Li"]),
        ("li bo", ["Bo Li"]),
        ("100%", []),
        ("_", []),
        ("'; --", []),
        ("x" * 5000, []),
        ("\x00", ["Ada Löwe", "Bo Li", "Zoe"]),
    ],
)
def test_people_and_guests_are_found_by_words_of_a_name(
    app: Flask, q: str, names: list[str]
) -> None:
    event = an_event(guests_allowed=1)
    a_party(event, "Ada Löwe", "Bo Li")
    a_party(event, "Zoe")
    assert [head.name for head in find_heads(get_event(event.id), q=q)] == names


def test_the_list_is_bounded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.organizing.door.MOST", 2)
    event = an_event()
    for name in "abcd":
        a_party(event, name)
    assert [head.name for head in find_heads(event)] == ["a", "b", "c"]
    assert now() < event.starts_at
