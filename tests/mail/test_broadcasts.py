"""Telling many: in batches, each person once, whatever breaks half-way."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.events.drafts import edit_event
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail import broadcasts
from community.mail.broadcasts import expand_due, queue_broadcast
from community.mail.models import Broadcast
from community.membership.models import Person
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_organizer


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 2)


def an_event_with(number: int) -> tuple[Person, Event, list[Person]]:
    owner = an_organizer()
    event = an_event(owner)
    people = [a_member() for _ in range(number)]
    for person in people:
        say_yes(person.id, event.id)
    return owner, event, people


def told(kind: str) -> Counter[str]:
    return Counter(mail.recipient for mail in outbox(kind))


def everybody_once(people: list[Person]) -> Counter[str]:
    return Counter(person.address for person in people)


@contextmanager
def an_obstacle(event: Event, position: int) -> Iterator[None]:
    """The attendee of that position in the list cannot be told as long as the block lasts."""
    attendees = sa.select(Attendee.id).join(Rsvp).where(Rsvp.event_id == event.id)
    attendee = db.session.scalars(attendees.order_by(Attendee.id)).all()[position]
    row = sa.update(Attendee).where(Attendee.id == attendee)
    stamp = db.session.scalar(sa.select(Attendee.dtstamp).where(Attendee.id == attendee))
    _execute(row.values(dtstamp=datetime.max.replace(tzinfo=UTC, microsecond=0)))
    yield
    _execute(row.values(dtstamp=stamp))


def test_everybody_is_told_once_batch_by_batch(app: Flask) -> None:
    owner, event, people = an_event_with(5)
    cancel_event(owner.id, event.id, "Snow.")
    assert told("event_cancelled") == Counter()
    assert expand_due() == 4  # of 2, 2, 1 and the one that finds nobody
    assert told("event_cancelled") == everybody_once(people)
    assert expand_due() == 0
    assert told("event_cancelled") == everybody_once(people)


def test_one_that_breaks_half_way_goes_on_where_it_was(app: Flask) -> None:
    owner, event, people = an_event_with(5)
    cancel_event(owner.id, event.id)
    with an_obstacle(event, 3), pytest.raises(OverflowError):
        expand_due()
    # The second batch had made a mail already when it broke: gone with it.
    assert told("event_cancelled") == everybody_once(people[:2])
    expand_due()
    assert told("event_cancelled") == everybody_once(people)


def test_one_that_cannot_go_on_does_not_stop_those_behind_it(app: Flask) -> None:
    owner, stuck, _ = an_event_with(3)
    cancel_event(owner.id, stuck.id)
    other_owner, other, people = an_event_with(3)
    cancel_event(other_owner.id, other.id)
    with an_obstacle(stuck, 0), pytest.raises(OverflowError):
        expand_due()
    assert told("event_cancelled") == everybody_once(people)


def test_two_workers_share_the_work_and_tell_nobody_twice(app: Flask) -> None:
    owner, event, people = an_event_with(12)
    cancel_event(owner.id, event.id)
    other_owner, other, others = an_event_with(5)
    cancel_event(other_owner.id, other.id)

    def work() -> None:
        with app.app_context():
            expand_due()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expand_due()  # a worker that met a locked row left it to the other
    assert told("event_cancelled") == everybody_once(people + others)


def test_who_answers_while_it_goes_on_is_told_by_that_answer_alone(app: Flask) -> None:
    owner, event, people = an_event_with(3)
    post()
    edit_event(owner.id, event.id, replace(a_draft(), title="New name"))
    (broadcast_id,) = broadcasts._waiting()
    assert broadcasts._expand_batch(broadcast_id)
    newcomer = a_member()
    say_yes(newcomer.id, event.id)
    say_no(people[0].id, event.id)
    say_yes(people[0].id, event.id)
    post()
    assert told("event_changed") == everybody_once(people)
    assert told("seat_given")[newcomer.address] == 1


def test_a_finished_one_is_marked_and_stays_as_it_is(app: Flask) -> None:
    owner, event, people = an_event_with(1)
    cancel_event(owner.id, event.id)
    expand_due()
    db.session.rollback()
    broadcast = db.session.scalars(sa.select(Broadcast)).one()
    assert broadcast.finished_at is not None
    assert broadcast.finished_at <= now()
    last = db.session.scalars(sa.select(Rsvp.id).where(Rsvp.person_id == people[0].id)).one()
    assert broadcast.cursor == last


def test_only_a_known_kind_inside_a_use_case_is_taken(app: Flask) -> None:
    with pytest.raises(AssertionError):
        queue_broadcast("event_cancelled", {})

    @transactional
    def ask() -> None:
        queue_broadcast("nobody_expands_this", {})

    with pytest.raises(AssertionError):
        ask()


@pytest.mark.parametrize("what", ["event_changed", "event_cancelled"])
def test_a_batch_costs_the_same_reads_however_many_are_in_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 100)

    def reads(number: int) -> int:
        owner, event, _ = an_event_with(number)
        post()
        if what == "event_changed":
            edit_event(owner.id, event.id, replace(a_draft(), venue="Town Hall"))
        else:
            cancel_event(owner.id, event.id)
        with selects() as said:
            expand_due()
        assert len(told(what)) >= number
        return len(said)

    assert reads(3) == reads(25)


@contextmanager
def selects() -> Iterator[list[str]]:
    said: list[str] = []

    def hear(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            said.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)


@transactional
def _execute(statement: sa.Update) -> None:
    db.session.execute(statement)
