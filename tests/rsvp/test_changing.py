"""A party that is answered for again: who comes along may change, and the seats follow."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.events.models import Event
from community.events.seats import resume_answers, stop_answers
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.rsvp.models import Attendee, Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import seats_taken, some_guests, statuses

BO, CY = Guest("Bo Li", "no nuts", "bo@example.org"), Guest("Cy Ng")


def a_party(*guests: Guest, **facts: Any) -> tuple[Person, Event, Rsvp]:
    event = an_event(**{"capacity": 6, "guests_allowed": 4, **facts})
    person = a_member()
    return person, event, say_yes(person.id, event.id, guests=guests)


def set_event(event: Event, **values: Any) -> None:
    db.session.execute(sa.update(Event).where(Event.id == event.id).values(values))
    db.session.commit()


def entries(rsvp: Rsvp) -> dict[str, str]:
    """The calendar entry of everybody in a party, by name."""
    db.session.rollback()
    found = sa.select(Attendee.name, Attendee.uid).where(Attendee.rsvp_id == rsvp.id)
    return dict(iter(db.session.execute(found)))


def test_a_party_grows_and_shrinks_with_its_seats(app: Flask) -> None:
    person, event, rsvp = a_party()
    say_yes(person.id, event.id, guests=[BO, CY])
    assert (seats_taken(event.id), rsvp.party_size) == (3, 3)
    say_yes(person.id, event.id, guests=[CY])
    assert (seats_taken(event.id), rsvp.party_size) == (2, 2)
    reasons = db.session.scalars(sa.select(Decision.reason).order_by(Decision.id)).all()
    assert reasons == [Reason.SEAT_FREE, Reason.GREW, Reason.SHRANK]


def test_whoever_stays_keeps_their_calendar_entry(app: Flask) -> None:
    person, event, rsvp = a_party(BO, CY)
    before = entries(rsvp)
    say_yes(person.id, event.id, guests=[Guest("Di"), CY, Guest("Bo Lee", address=BO.address)])
    after = entries(rsvp)
    assert (after["Cy Ng"], after["Bo Lee"]) == (before["Cy Ng"], before["Bo Li"])
    assert after["Di"] not in before.values()


def test_a_guest_with_another_address_is_somebody_else(app: Flask) -> None:
    person, event, rsvp = a_party(BO)
    before = entries(rsvp)
    say_yes(person.id, event.id, guests=[Guest("Bo Li", address="bo@example.net")])
    assert entries(rsvp)["Bo Li"] != before["Bo Li"]


def test_a_freed_seat_of_a_smaller_party_goes_to_who_waits(app: Flask) -> None:
    person, event, _ = a_party(BO, CY, capacity=3)
    say_yes(a_member().id, event.id)
    assert statuses(event.id) == ["going", "waitlisted"]
    say_yes(person.id, event.id, guests=[BO])
    assert statuses(event.id) == ["going", "going"]


def test_a_waiting_party_that_shrinks_to_what_is_free_is_seated(app: Flask) -> None:
    event, person = an_event(capacity=3, guests_allowed=2), a_member()
    say_yes(a_member().id, event.id, guests=some_guests(1))
    assert say_yes(person.id, event.id, guests=some_guests(1)).status == RsvpStatus.WAITLISTED
    assert say_yes(person.id, event.id, guests=[]).status == RsvpStatus.GOING
    assert seats_taken(event.id) == 3


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"capacity": 3}, "party_cannot_grow"), ({"capacity": 3, "line": 1}, "party_cannot_grow")],
)
def test_a_party_that_cannot_grow_stays_as_it_was(
    app: Flask, facts: dict[str, int], code: str
) -> None:
    event, person = an_event(capacity=facts["capacity"], guests_allowed=2), a_member()
    say_yes(a_member().id, event.id)
    rsvp = say_yes(person.id, event.id, note="hello")
    with pytest.raises(Refused, match=code):
        say_yes(person.id, event.id, guests=some_guests(2), note="other")
    db.session.refresh(rsvp)
    assert (rsvp.party_size, rsvp.note, seats_taken(event.id)) == (1, "hello", 2)


def test_nobody_grows_past_those_who_wait_where_nobody_may_pass(app: Flask) -> None:
    event, person = an_event(capacity=3, guests_allowed=2, smaller_may_pass=False), a_member()
    say_yes(person.id, event.id)
    say_yes(a_member().id, event.id, guests=some_guests(2))
    with pytest.raises(Refused, match="others_wait_first"):
        say_yes(person.id, event.id, guests=some_guests(1))


def test_a_button_alone_changes_nothing_of_the_party(app: Flask) -> None:
    person, event, rsvp = a_party(BO, CY)
    say_yes(person.id, event.id)
    assert [guest.name for guest in rsvp.guests] == ["Bo Li", "Cy Ng"]
    kinds = db.session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert kinds == ["seat_given", "guest_going"]


def test_the_same_answer_twice_is_once(app: Flask) -> None:
    person, event, _ = a_party()
    for _ in range(2):
        say_yes(person.id, event.id, guests=[BO], dietary="vegan", note="Hello")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 2
    kinds = db.session.scalars(sa.select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert kinds == ["seat_given", "party_changed", "guest_going"]


@pytest.mark.parametrize(
    ("guests", "code", "field"),
    [
        ([Guest("Me", address="ann@example.org")], "guest_is_you", "guest-1-email"),
        ([BO, Guest("Bo", address="BO@example.org")], "guest_twice", "guest-2-email"),
        ([CY, Guest("X", address="not an address")], "bad_address", "guest-2-email"),
        ([CY, Guest("Di", address="DI@example.org")], "guest_has_a_seat", "guest-2-email"),
        ([Guest("  ")], "guest_name_missing", "guest-1-name"),
        (some_guests(5), "too_many_guests", "guests"),
    ],
)
def test_guests_that_cannot_come_are_refused_by_name(
    app: Flask, guests: list[Guest], code: str, field: str
) -> None:
    event, ann = an_event(capacity=8, guests_allowed=4), a_member("Ann", "ann@example.org")
    say_yes(a_member("Di", "di@example.org").id, event.id)
    with pytest.raises(Refused, match=code) as refused:
        say_yes(ann.id, event.id, guests=guests)
    assert refused.value.values["field"] == field
    assert seats_taken(event.id) == 1


def test_a_guest_does_not_take_a_second_seat_by_themselves(app: Flask) -> None:
    person, event, _ = a_party(BO)
    bo = a_member("Bo Li", "bo@example.org")
    with pytest.raises(Refused, match="already_a_guest"):
        say_yes(bo.id, event.id)
    say_no(person.id, event.id)
    assert say_yes(bo.id, event.id).status == RsvpStatus.GOING


def test_after_the_time_for_changes_only_leaving_out_is_possible(app: Flask) -> None:
    person, event, rsvp = a_party(BO, CY)
    set_event(event, edit_until=now() - timedelta(minutes=1))
    for change in ({"guests": [BO, CY, Guest("Di")]}, {"note": "x"}, {"guests": [Guest("Di")]}):
        with pytest.raises(Refused, match="edit_closed"):
            say_yes(person.id, event.id, **change)
    say_yes(person.id, event.id, guests=[CY])
    assert (rsvp.party_size, seats_taken(event.id)) == (2, 2)


def test_changes_may_be_open_longer_than_the_list(app: Flask) -> None:
    person, event, rsvp = a_party()
    set_event(event, answer_by=now() - timedelta(minutes=1), edit_until=now() + timedelta(days=1))
    say_yes(person.id, event.id, guests=[BO])
    assert rsvp.party_size == 2
    with pytest.raises(Refused, match="event_closed"):
        say_yes(a_member().id, event.id)


def test_nobody_answers_before_the_list_opens(app: Flask) -> None:
    event, person = an_event(), a_member()
    set_event(event, opens_at=now() + timedelta(hours=1))
    with pytest.raises(Refused, match="event_not_open_yet"):
        say_yes(person.id, event.id)
    set_event(event, opens_at=now() - timedelta(hours=1))
    assert say_yes(person.id, event.id).status == RsvpStatus.GOING


def test_a_list_that_was_stopped_takes_no_answers_and_lets_people_go(app: Flask) -> None:
    owner = an_organizer()
    event, person, other = an_event(owner), a_member(), a_member()
    say_yes(person.id, event.id)
    stop_answers(owner.id, event.id)
    with pytest.raises(Refused, match="event_closed"):
        say_yes(other.id, event.id)
    assert say_no(person.id, event.id).status == RsvpStatus.WITHDRAWN
    resume_answers(owner.id, event.id)
    assert say_yes(other.id, event.id).status == RsvpStatus.GOING
