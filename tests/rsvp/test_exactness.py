"""Real threads on real databases: a seat is sold once, and without the guard it would not be."""

from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core import db as database
from community.core.db import db, transactional
from community.events.drafts import edit_event
from community.events.models import Event
from community.mail.models import OutboxMail
from community.membership.joining import person_at
from community.rsvp import respond
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.respond import say_no, say_yes
from community.rsvp.transitions import SEATED
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event
from tests.factories.people import an_organizer
from tests.journeys import unguarded
from tests.rsvp.states import seats_taken, some_guests, statuses

PEOPLE, SEATS = 120, 10


@transactional
def _crowd(count: int) -> list[int]:
    return [person_at(f"guest{n}@example.org", name=f"Guest {n}").id for n in range(count)]


def _all_say_yes(app: Flask, event_id: int, people: list[int]) -> list[object]:
    return list(at_once(app, [lambda p=p: say_yes(p, event_id).status.value for p in people]))


def _seated(event_id: int) -> int:
    total = sa.select(sa.func.coalesce(sa.func.sum(Rsvp.party_size), 0))
    return int(
        db.session.scalar(total.where(Rsvp.event_id == event_id, Rsvp.status.in_(SEATED))) or 0
    )


def test_ten_of_a_hundred_and_twenty_get_the_ten_seats(app: Flask) -> None:
    event_id, people = an_event(capacity=SEATS).id, _crowd(PEOPLE)
    answers = _all_say_yes(app, event_id, people)
    assert Counter(map(str, answers)) == {"going": SEATS, "waitlisted": PEOPLE - SEATS}
    assert statuses(event_id) == ["going"] * SEATS + ["waitlisted"] * (PEOPLE - SEATS)
    assert seats_taken(event_id) == _seated(event_id) == SEATS
    tickets = db.session.scalars(sa.select(Rsvp.ticket).order_by(Rsvp.ticket)).all()
    assert tickets == list(range(1, PEOPLE + 1))
    kinds = Counter(db.session.scalars(sa.select(OutboxMail.kind)))
    assert kinds == {"seat_given": SEATS, "waitlisted": PEOPLE - SEATS}
    reasons = db.session.scalars(sa.select(Decision.free).order_by(Decision.ticket)).all()
    assert reasons == [*range(SEATS, 0, -1), *[0] * (PEOPLE - SEATS)]


def _unguard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_writing", unguarded.write_without_lock)
    monkeypatch.setattr(respond, "lock_event", unguarded.lock_nothing)
    monkeypatch.setattr(respond, "draw_ticket", unguarded.draw_without_writing)
    monkeypatch.setattr(respond, "take_seats", unguarded.take_without_looking)


def test_without_the_guard_the_same_crowd_is_not_seated_exactly(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, people = an_event(capacity=SEATS).id, _crowd(40)
    _unguard(monkeypatch)
    answers = _all_say_yes(app, event_id, people)
    monkeypatch.undo()
    going = statuses(event_id).count("going")
    if db.engine.dialect.name == "postgresql":
        assert going > SEATS, "without the lock PostgreSQL must oversell"
    else:
        # SQLite lets nobody write who read before another wrote: the fault shows as errors.
        failed = [answer for answer in answers if isinstance(answer, sa.exc.OperationalError)]
        assert going > SEATS or failed


def test_parties_of_all_sizes_are_seated_exactly(app: Flask) -> None:
    event_id, people = an_event(capacity=25, guests_allowed=4).id, _crowd(40)
    calls: list[Callable[[], str]] = [
        lambda p=p, n=n: say_yes(p, event_id, guests=some_guests(n % 5)).status.value
        for n, p in enumerate(people)
    ]
    answers = at_once(app, calls)
    assert all(isinstance(answer, str) for answer in answers), answers
    taken = seats_taken(event_id)
    assert taken == _seated(event_id) <= 25
    smallest = db.session.scalar(
        sa.select(sa.func.min(Rsvp.party_size)).where(Rsvp.status == RsvpStatus.WAITLISTED)
    )
    assert smallest is None or smallest > 25 - taken, "seats are free and somebody waits who fits"


def test_coming_leaving_and_more_seats_at_once_leave_nothing_wrong(app: Flask) -> None:
    owner_id = (owner := an_organizer()).id
    event_id, people = an_event(owner, capacity=6, guests_allowed=2).id, _crowd(36)
    for person in people[:12]:
        say_yes(person, event_id)
    draft = a_draft(capacity=9, guests_allowed=2)
    calls: list[Callable[[], int]] = [lambda p=p: say_no(p, event_id).id for p in people[:6]]
    calls += [
        lambda p=p, n=n: say_yes(p, event_id, guests=some_guests(n % 3)).id
        for n, p in enumerate(people[12:])
    ]
    calls.insert(15, lambda: edit_event(owner_id, event_id, draft).id)
    answers = at_once(app, calls)
    assert all(isinstance(answer, int) for answer in answers), answers
    taken = seats_taken(event_id)
    assert taken == _seated(event_id) <= 9
    waiting = db.session.scalars(
        sa.select(Rsvp.party_size).where(Rsvp.status == RsvpStatus.WAITLISTED)
    ).all()
    assert all(party > 9 - taken for party in waiting)
    assert statuses(event_id).count("withdrawn") == 6


def test_one_person_who_presses_many_times_at_once_has_one_seat(app: Flask) -> None:
    event_id, [person] = an_event(capacity=SEATS).id, _crowd(1)
    answers = at_once(app, [lambda: say_yes(person, event_id).id] * 30)
    assert len(set(answers)) == 1
    assert statuses(event_id) == ["going"]
    assert seats_taken(event_id) == 1
    assert len(db.session.scalars(sa.select(OutboxMail)).all()) == 1


def test_one_person_who_leaves_many_times_at_once_frees_one_seat(app: Flask) -> None:
    event_id, people = an_event(capacity=1).id, _crowd(4)
    for person in people:
        say_yes(person, event_id)
    at_once(app, [lambda: say_no(people[0], event_id).id] * 30)
    assert statuses(event_id) == ["withdrawn", "going", "waitlisted", "waitlisted"]
    assert seats_taken(event_id) == 1


def test_a_fault_in_the_decision_meets_the_database(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line: whoever decides wrongly under the lock still sells no seat twice."""
    event_id, people = an_event(capacity=1).id, _crowd(2)
    say_yes(people[0], event_id)
    monkeypatch.setattr(respond, "free_now", lambda _event: 5)
    assert say_yes(people[1], event_id).status == RsvpStatus.WAITLISTED
    assert seats_taken(event_id) == 1
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.update(Event).values(seats_taken=2))
    db.session.rollback()
