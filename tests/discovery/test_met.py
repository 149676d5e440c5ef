"""People met: guests of the same past event, where both want to be found."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.discovery.met import people_met, wants_to_be_found
from community.events.models import Event
from community.events.publishing import cancel_event
from community.membership.audiences import Audience
from community.membership.models import Membership, Person
from community.membership.profiles import be_findable_after_events, choose_audiences
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.models import Rsvp
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.discovery.counting import statements
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, a_person, an_organizer

LATER = timedelta(days=9)


def _dinner(days: int, *guests: Person, title: str = "Dinner") -> Event:
    event = an_event(starts_at=evening(days), ends_at=evening(days, 21), title=title)
    for guest in guests:
        say_yes(guest.id, event.id)
    return event


def _findable(name: str) -> Person:
    person = a_member(name)
    be_findable_after_events(person.id, findable=True)
    return person


def _met(reader: Person) -> list[tuple[str, list[str]]]:
    db.session.rollback()
    with time_machine.travel(now() + LATER):
        page = people_met(Viewer.of(reader))
    return [(e.event.title, [one.name for one in e.people]) for e in page.rows]


@transactional
def _check_in(event: Event, *people: Person) -> None:
    for person in people:
        rsvp = find_rsvp(event.id, person.id)
        assert rsvp is not None
        db.session.get_one(Rsvp, rsvp.id).head.checked_in_at = now()


def test_guests_of_an_event_find_each_other_once_it_is_over(app: Flask) -> None:
    me, ann, bob = _findable("Me"), _findable("Ann"), _findable("Bob")
    _dinner(2, me, ann, title="First")
    _dinner(3, me, bob, ann, title="Second")
    _dinner(4, ann, bob, title="Without me")
    assert people_met(Viewer.of(me)).rows == []
    assert _met(me) == [("Second", ["Ann", "Bob"]), ("First", ["Ann"])]


def test_it_is_off_until_both_have_said_so(app: Flask) -> None:
    me, ann = a_member("Me"), a_member("Ann")
    _dinner(2, me, ann)
    for mine, theirs in ((False, False), (True, False), (False, True), (True, True)):
        be_findable_after_events(me.id, findable=mine)
        be_findable_after_events(ann.id, findable=theirs)
        db.session.rollback()
        assert wants_to_be_found(Viewer.of(me)) is mine
        assert _met(me) == ([("Dinner", ["Ann"])] if mine and theirs else [])


def test_who_was_missed_at_the_door_was_not_there(app: Flask) -> None:
    me, ann, bob = _findable("Me"), _findable("Ann"), _findable("Bob")
    event = _dinner(2, me, ann, bob)
    assert _met(me) == [("Dinner", ["Ann", "Bob"])]
    _check_in(event, me, ann)
    assert (_met(me), _met(bob)) == ([("Dinner", ["Ann"])], [])


def test_nobody_is_met_who_did_not_go_or_is_not_there(app: Flask) -> None:
    me, ann = _findable("Me"), _findable("Ann")
    hidden, gone, left, guest = (_findable(n) for n in ("Hidden", "Gone", "Left", "Other"))
    stranger = a_person("Stranger")
    event = _dinner(2, me, ann, hidden, gone, left, stranger)
    say_no(left.id, event.id)
    choose_audiences(hidden.id, {"name": Audience.NOBODY})
    _suspend(gone)
    cancelled = _dinner(3, me, guest, title="Cancelled")
    owner = an_organizer()
    with pytest.raises(Refused):
        cancel_event(owner.id, cancelled.id)
    _call_off(cancelled)
    assert _met(me) == [("Dinner", ["Ann"])]
    assert people_met(VISITOR).rows == people_met(Viewer.of(stranger)).rows == []


@transactional
def _suspend(person: Person) -> None:
    db.session.get_one(Person, person.id).membership = Membership.SUSPENDED


def _call_off(event: Event) -> None:
    host = db.session.get_one(Event, event.id).hosts[0]
    cancel_event(host.id, event.id)


def test_a_long_list_goes_on_where_it_stopped_with_as_many_queries(app: Flask) -> None:
    me = _findable("Me")
    others = [_findable(f"Other {number}") for number in range(5)]
    _dinner(2, me, *others, title="First")
    _dinner(3, me, *others[:3], title="Second")
    names = [other.name for other in others]
    reader = Viewer.of(me)
    db.session.rollback()
    seen, after, counted = [], "", set()
    with time_machine.travel(now() + LATER):
        while True:
            db.session.expunge_all()
            with statements() as asked:
                page = people_met(reader, after, size=3)
            counted.add(len(asked))
            seen += [(e.event.title, one.name) for e in page.rows for one in e.people]
            if not page.after:
                break
            after = page.after
    assert seen == [*[("Second", n) for n in names[:3]], *[("First", n) for n in names]]
    assert max(counted) <= 8


@pytest.mark.parametrize("after", ["x", "W10", "WyIyMDI2IiwgMSwgMV0"])
def test_a_made_up_cursor_is_refused(app: Flask, after: str) -> None:
    with pytest.raises(Refused):
        people_met(Viewer.of(_findable("Me")), after)
