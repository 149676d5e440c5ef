"""A freed seat that is held for the next in line, for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import Event
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.ops.worker import work_once
from community.rsvp.capacity import offered_until
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.offers import lapse_due
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp, last_decision
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.rsvp.states import answer_in, seats_taken, some_guests, statuses

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "hours", "held"),
    [
        (timedelta(days=30), None, None),
        (timedelta(days=30), 48, timedelta(hours=48)),
        (timedelta(days=8), 48, timedelta(hours=48)),
        (timedelta(days=4), 48, timedelta(hours=24)),
        (timedelta(hours=4), 48, timedelta(hours=1)),
        (timedelta(hours=2), 48, timedelta(minutes=30)),
        (timedelta(minutes=119), 48, None),
        (timedelta(hours=-1), 48, None),
    ],
)
def test_an_offer_is_shorter_the_nearer_the_event(
    left: timedelta, hours: int | None, held: timedelta | None
) -> None:
    assert offered_until(NOON, NOON + left, hours) == (NOON + held if held else None)


def an_offer(**facts: Any) -> tuple[Event, Person, Person]:
    """An event with a seat held for the first in line, and another who waits behind."""
    event = an_event(**{"capacity": 1, "offer_hours": 24, **facts})
    leaving, first, second = a_member(), a_member(), a_member()
    for person in (leaving, first, second):
        say_yes(person.id, event.id)
    say_no(leaving.id, event.id)
    return event, first, second


def _answer(event: Event, person: Person) -> Rsvp:
    db.session.rollback()
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    return rsvp


def test_a_freed_seat_is_held_for_the_first_in_line(app: Flask) -> None:
    event, first, _second = an_offer()
    assert statuses(event.id) == ["withdrawn", "offered", "waitlisted"]
    rsvp = _answer(event, first)
    assert seats_taken(event.id) == 1
    assert rsvp.reserved_until is not None
    assert timedelta(hours=23, minutes=59) < rsvp.reserved_until - now() <= timedelta(hours=24)
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert decision.reason == Reason.OFFERED


def test_taking_the_offer_takes_no_second_seat(app: Flask) -> None:
    event, first, second = an_offer()
    assert say_yes(first.id, event.id).status == RsvpStatus.GOING
    assert _answer(event, first).reserved_until is None
    assert seats_taken(event.id) == 1
    assert _answer(event, second).status == RsvpStatus.WAITLISTED


def test_letting_the_offer_go_offers_it_to_the_next(app: Flask) -> None:
    event, first, second = an_offer()
    assert say_no(first.id, event.id).status == RsvpStatus.WITHDRAWN
    assert _answer(event, second).status == RsvpStatus.OFFERED
    assert seats_taken(event.id) == 1


def test_an_offer_that_nobody_takes_goes_to_the_next_when_the_worker_looks(app: Flask) -> None:
    event, first, second = an_offer()
    assert lapse_due() == 0
    with time_machine.travel(now() + timedelta(hours=24, seconds=1), tick=False):
        work_once(app)
        assert _answer(event, first).status == RsvpStatus.LAPSED
        assert _answer(event, second).status == RsvpStatus.OFFERED
        assert lapse_due() == 0
    assert seats_taken(event.id) == 1


def test_a_worker_that_slept_for_weeks_gives_the_seat_at_once_near_the_event(app: Flask) -> None:
    event, first, second = an_offer()
    with time_machine.travel(event.starts_at - timedelta(minutes=90), tick=False):
        assert lapse_due() == 1
        assert _answer(event, second).status == RsvpStatus.GOING
        assert _answer(event, first).status == RsvpStatus.LAPSED
    assert seats_taken(event.id) == 1


def test_asking_again_after_an_offer_ran_out_is_the_end_of_the_line(app: Flask) -> None:
    event, first, second = an_offer()
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        lapse_due()
        again = say_yes(first.id, event.id)
    assert again.status == RsvpStatus.WAITLISTED
    assert again.ticket > _answer(event, second).ticket


def test_an_offer_is_taken_smaller_and_the_rest_moves_on(app: Flask) -> None:
    event = an_event(capacity=2, offer_hours=24, guests_allowed=1)
    leaving, pair, single = a_member(), a_member(), a_member()
    say_yes(leaving.id, event.id, guests=some_guests(1))
    say_yes(pair.id, event.id, guests=some_guests(1))
    say_yes(single.id, event.id)
    say_no(leaving.id, event.id)
    say_yes(pair.id, event.id, guests=[])
    assert (_answer(event, pair).party_size, seats_taken(event.id)) == (1, 2)
    assert _answer(event, single).status == RsvpStatus.OFFERED


def test_an_offer_can_be_taken_after_the_list_was_closed(app: Flask) -> None:
    event, first, _second = an_offer()
    db.session.execute(sa.update(Event).values(takes_answers=False))
    db.session.commit()
    assert say_yes(first.id, event.id).status == RsvpStatus.GOING


def test_a_reserve_of_an_invitation_runs_out_too(app: Flask) -> None:
    event, waiting = an_event(capacity=1), a_member()
    rsvp = answer_in(RsvpStatus.INVITED, event.id)
    db.session.execute(sa.update(Event).values(seats_taken=1))
    until = now() + timedelta(days=1)
    db.session.execute(sa.update(Rsvp).where(Rsvp.id == rsvp.id).values(reserved_until=until))
    db.session.commit()
    say_yes(waiting.id, event.id)
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        assert lapse_due() == 1
    assert statuses(event.id) == ["lapsed", "going"]
    assert seats_taken(event.id) == 1


def test_nothing_runs_out_at_an_event_that_is_off(app: Flask) -> None:
    event, first, _second = an_offer()
    db.session.execute(sa.update(Event).values(status="cancelled"))
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        assert lapse_due() == 0
    assert _answer(event, first).status == RsvpStatus.OFFERED


def test_taking_an_offer_while_it_runs_out_sells_no_seat_twice(app: Flask) -> None:
    for _ in range(5):
        event, first, second = an_offer()
        db.session.execute(
            sa.update(Rsvp)
            .where(Rsvp.status == RsvpStatus.OFFERED)
            .values(reserved_until=now() - timedelta(seconds=1))
        )
        db.session.commit()
        at_once(
            app,
            [lapse_due, lambda e=event.id, p=first.id: say_yes(p, e).id, lapse_due],
        )
        assert seats_taken(event.id) == 1
        ends = (_answer(event, first).status, _answer(event, second).status)
        assert ends in {
            (RsvpStatus.GOING, RsvpStatus.WAITLISTED),
            (RsvpStatus.WAITLISTED, RsvpStatus.OFFERED),
        }


def test_everybody_hears_of_it_once(app: Flask) -> None:
    event, first, _second = an_offer()
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        lapse_due()
    kinds = sa.select(OutboxMail.kind).where(OutboxMail.person_id == first.id)
    found = db.session.scalars(kinds.order_by(OutboxMail.id)).all()
    assert found == ["waitlisted", "offered", "lapsed"]
    assert event.id


def test_a_guest_is_not_split_from_the_party_by_an_offer(app: Flask) -> None:
    event = an_event(capacity=2, offer_hours=24, guests_allowed=1, smaller_may_pass=False)
    ann, bo = a_member(), a_member()
    say_yes(ann.id, event.id)
    say_yes(bo.id, event.id, guests=[Guest("Cy")])
    assert statuses(event.id) == ["going", "waitlisted"]
    say_no(ann.id, event.id)
    assert _answer(event, bo).status == RsvpStatus.OFFERED
    assert seats_taken(event.id) == 2
