"""How one event stands, how its seats filled, and what needs a decision."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.calendar.received_models import ReceivedMail
from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event, LinePolicy
from community.events.publishing import cancel_event
from community.mail.models import MailState, OutboxMail
from community.organizing.growth import growth_of
from community.organizing.matters import Kind, Matter, decisions_waiting, matters_of
from community.organizing.overview import LineNow, OutNow, SeatsNow, failed_mails, overview_of
from community.rsvp.answers import Typed
from community.rsvp.hand import add_attendee
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question, owner_of
from tests.factories.received import a_held, a_received
from tests.organizing.lived_event import Lived, event_of, live_through
from tests.rsvp.states import answer_in, some_guests

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


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


@transactional
def changed(rsvp: Rsvp, **values: Any) -> None:
    db.session.execute(sa.update(Rsvp).where(Rsvp.id == rsvp.id).values(**values))


@transactional
def failed(event: Event, count: int = 1) -> None:
    """So many of the mails about an event come back."""
    ids = sa.select(OutboxMail.id).where(OutboxMail.event_id == event.id).limit(count)
    values = {"state": MailState.FAILED, "last_error": "550 5.1.1 no such user"}
    db.session.execute(sa.update(OutboxMail).where(OutboxMail.id.in_(ids)).values(values))


def matters(event: Event) -> dict[Kind, Matter]:
    db.session.rollback()
    return {
        one.kind: one for one in matters_of([db.session.get_one(Event, event.id)]).get(event.id, [])
    }


def test_an_event_without_answers_has_nothing_but_seats(app: Flask) -> None:
    event = an_event(capacity=12, kept_back=2)
    found = overview_of(event)
    assert found.counts == {}
    assert found.seats == SeatsNow(12, 0, 2, 0, 0, 10)
    assert found.line == LineNow(0, 0, None)
    assert found.out == OutNow(0, None, None, 0)
    assert growth_of(event, now()) is None
    assert matters(event) == {}


def test_seats_are_counted_in_heads_and_add_up(app: Flask) -> None:
    event = an_event(capacity=9, kept_back=1, guests_allowed=3)
    say_yes(a_member().id, event.id, guests=some_guests(2))
    answer_in(RsvpStatus.OFFERED, event.id)
    answer_in(RsvpStatus.INVITED, event.id, reserved=True)
    answer_in(RsvpStatus.INVITED, event.id)
    say_yes(a_member().id, event.id, guests=some_guests(3))  # does not fit
    db.session.expire_all()
    found = overview_of(event)
    assert found.seats == SeatsNow(9, 3, 1, 1, 1, 3)
    seats = found.seats
    assert seats.free == 9 - seats.kept_back - seats.going - seats.offered - seats.reserved
    assert found.counts == {"going": 1, "offered": 1, "invited": 2, "waitlisted": 1}


def test_without_a_limit_nothing_is_free_or_full(app: Flask) -> None:
    event = an_event(capacity=None)
    say_yes(a_member().id, event.id)
    assert overview_of(event).seats == SeatsNow(None, 1, 0, 0, 0, None)


def test_the_line_is_as_old_as_its_first_party(app: Flask) -> None:
    event = an_event(capacity=2, guests_allowed=2)
    say_yes(a_member().id, event.id)
    for minutes in (50, 40, 30):
        with time_machine.travel(NOON - timedelta(minutes=minutes), tick=False):
            say_yes(a_member().id, event.id, guests=some_guests(0 if minutes == 50 else 1))
    assert overview_of(event).line == LineNow(2, 4, NOON - timedelta(minutes=40))


def test_invitations_without_an_answer_say_since_when(app: Flask) -> None:
    owner = an_organizer()
    with time_machine.travel(NOON - timedelta(days=9), tick=False):
        event = an_event(owner)
        invite_people(owner.id, event.id, [Invitee("old@example.com")])
    invite_people(owner.id, event.id, [Invitee(f"new{n}@example.com") for n in range(3)])
    first = db.session.scalars(sa.select(Rsvp).order_by(Rsvp.id)).first()
    assert first is not None
    changed(first, reminded_at=NOON - timedelta(days=2))
    out = overview_of(event).out
    assert out == OutNow(4, NOON - timedelta(days=9), NOON - timedelta(days=2), 3)


def test_how_an_event_stands_takes_few_queries_however_many_answered(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=2)
    costs = []
    for _ in range(2):
        for _ in range(6):
            say_yes(a_member().id, event.id)
        db.session.expire_all()
        assert event.id
        with counted_queries() as seen:
            overview_of(event)
            growth_of(event, now())
            failed_mails(event.id)
        costs.append(len(seen))
    assert costs == [5, 5]


# How the seats filled -----------------------------------------------------------------------


def so_at(lived: Lived, moment: datetime) -> tuple[int, int]:
    """What was so just before a moment, by what the rows said at the time."""
    before = [one for one in lived.history if one.at < moment]
    return (before[-1].going, before[-1].waiting) if before else (0, 0)


@pytest.mark.parametrize(("seed", "days"), [(1, 20), (2, 20), (3, 2), (4, 70), (5, 1)])
def test_the_picture_shows_what_was_so_at_the_end_of_each_bucket(
    app: Flask, seed: int, days: int
) -> None:
    lived = live_through(seed, days=days)
    event = event_of(lived)
    found = growth_of(event, lived.history[-1].at)
    assert found is not None
    assert len(found.points) <= 60
    assert [(one.going, one.waiting) for one in found.points] == [
        so_at(lived, one.ends) for one in found.points
    ]
    assert found.points[-1].going == overview_of(event).seats.going
    assert max(one.going for one in found.points) > 0


def test_the_oracle_notices_an_answer_that_is_left_out(app: Flask) -> None:
    lived = live_through(1)
    left_out = Lived(lived.event_id, lived.owner, lived.history[: len(lived.history) // 2])
    found = growth_of(event_of(lived), lived.history[-1].at)
    assert found is not None
    assert [(one.going, one.waiting) for one in found.points] != [
        so_at(left_out, one.ends) for one in found.points
    ]


def test_all_in_the_same_second_is_one_point(app: Flask) -> None:
    event = an_event(capacity=2)
    for _ in range(3):
        say_yes(a_member().id, event.id)
    found = growth_of(event, now())
    assert found is not None
    assert [(one.going, one.waiting) for one in found.points] == [(2, 1)]


def test_a_picture_ends_when_the_event_is_over_or_called_off(app: Flask) -> None:
    owner = an_organizer()
    over, off = an_event(owner), an_event(owner)
    for event in (over, off):
        say_yes(a_member().id, event.id)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        cancel_event(owner.id, off.id, "Rain")
    later = NOON + timedelta(days=300)
    for event, end in ((over, over.ends_at), (off, NOON + timedelta(days=1))):
        found = growth_of(event, later)
        assert found is not None
        assert found.points[-1].begins <= end < found.points[-1].ends


# What needs a decision ----------------------------------------------------------------------


def test_requests_wait_for_approval_since_the_oldest(app: Flask) -> None:
    event = an_event(requires_approval=True)
    with time_machine.travel(NOON - timedelta(days=3), tick=False):
        say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id)
    assert matters(event) == {Kind.APPROVALS: Matter(Kind.APPROVALS, 2, NOON - timedelta(days=3))}


@pytest.mark.parametrize(
    ("status", "kind", "hours"),
    [
        (RsvpStatus.OFFERED, Kind.OFFERS_END, 12),
        (RsvpStatus.INVITED, Kind.RESERVES_END, 24),
    ],
)
def test_what_is_held_counts_once_it_is_about_to_end(
    app: Flask, status: RsvpStatus, kind: Kind, hours: int
) -> None:
    event = an_event(capacity=5)
    one, other = (answer_in(status, event.id, reserved=True) for _ in range(2))
    edge = NOON + timedelta(hours=hours)
    changed(one, reserved_until=edge + timedelta(seconds=1))
    changed(other, reserved_until=edge + timedelta(days=2))
    assert matters(event) == {}
    changed(one, reserved_until=edge)
    assert matters(event) == {kind: Matter(kind, 1, edge)}


def test_mails_that_failed_say_whose_they_were(app: Flask) -> None:
    event = an_event()
    person = a_member("Zoë", "zoe@example.com")
    say_yes(person.id, event.id)
    failed(event)
    assert matters(event) == {Kind.FAILED_MAILS: Matter(Kind.FAILED_MAILS, 1, NOON)}
    (mail,) = failed_mails(event.id)
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    assert (mail.rsvp_id, mail.name, mail.address) == (rsvp.id, "Zoë", "zoe@example.com")
    assert mail.reason == "550 5.1.1 no such user"


def test_mails_that_failed_are_left_when_an_event_is_called_off(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True)
    say_yes(a_member().id, event.id)
    failed(event)
    cancel_event(owner.id, event.id, "Rain")
    assert set(matters(event)) == {Kind.FAILED_MAILS}


def test_a_vegan_who_chose_steak_is_named(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    dish = a_question(event, QuestionKind.ONE_OF, "Main course", each=True)
    needs = a_question(event, QuestionKind.DIETARY, "Needs")
    beef = {dish.id: Typed(options=("o2",))}
    ann, bea, cem, dan = (a_member(name) for name in ("Ann", "Bea", "Cem", "Dan"))
    say_yes(ann.id, event.id, dietary="vegan", answers=beef)
    say_yes(bea.id, event.id, dietary="vegan", answers={dish.id: Typed(options=("o3",))})
    say_yes(cem.id, event.id, guests=[Guest("Cleo", "vegetarian", answers=beef)], answers=beef)
    say_yes(dan.id, event.id, dietary="none", answers={needs.id: Typed("nut allergy")})
    found = matters(event)
    assert set(found) == {Kind.FOOD_CONFLICTS, Kind.ALLERGIES}
    assert found[Kind.ALLERGIES].count == 1
    conflicts = found[Kind.FOOD_CONFLICTS]
    assert [name for _id, name in conflicts.who] == ["Ann", "Cleo", "Dan"]
    rsvp = find_rsvp(event.id, ann.id)
    assert rsvp is not None
    assert conflicts.who[0][0] == rsvp.id


def test_whoever_does_not_come_eats_nothing(app: Flask) -> None:
    event = an_event()
    person = a_member()
    say_yes(person.id, event.id, dietary="vegan; steak")
    assert set(matters(event)) == {Kind.FOOD_CONFLICTS}
    say_no(person.id, event.id)
    assert matters(event) == {}


def test_allergies_are_known_and_not_decided(app: Flask) -> None:
    event = an_event()
    say_yes(a_member().id, event.id, dietary="nut allergy")
    assert set(matters(event)) == {Kind.ALLERGIES}
    assert decisions_waiting([event]) == {}


def test_food_is_open_for_whom_an_organizer_added(app: Flask) -> None:
    event = an_event()
    add_attendee(owner_of(event), event.id, name="Ann", email="ann@example.com")
    assert matters(event) == {Kind.FOOD_OPEN: Matter(Kind.FOOD_OPEN, 1)}


def test_required_questions_are_open_by_party(app: Flask) -> None:
    event = an_event(guests_allowed=2)
    whole, half, none = (a_member() for _ in range(3))
    say_yes(none.id, event.id, guests=some_guests(2))
    one = a_question(event, required=True, each=True)
    a_question(event, required=False)
    said = {one.id: Typed("1")}
    say_yes(whole.id, event.id, guests=[Guest("Guest 1", answers=said)], answers=said)
    say_yes(half.id, event.id, guests=some_guests(1), answers=said)
    assert matters(event) == {Kind.ANSWERS_OPEN: Matter(Kind.ANSWERS_OPEN, 2)}


def test_an_open_question_of_another_number_does_not_count(app: Flask) -> None:
    """Keys are whole numbers: an answer to question 12 is none to question 2."""
    event = an_event()
    questions = [a_question(event, required=number == 1) for number in range(12)]
    rest = {one.id: Typed("x") for one in questions if not one.required}
    say_yes(a_member().id, event.id, answers=rest)
    assert matters(event)[Kind.ANSWERS_OPEN].count == 1
    say_yes(a_member().id, event.id, answers={questions[1].id: Typed("x")})
    assert matters(event)[Kind.ANSWERS_OPEN].count == 1


def test_free_seats_wait_for_the_organizers_choice(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=3, line_policy=LinePolicy.ORGANIZER)
    leaving = a_member()
    say_yes(leaving.id, event.id, guests=some_guests(1))
    say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id, guests=some_guests(1))
    say_yes(a_member().id, event.id, guests=some_guests(2))
    assert matters(event) == {}
    say_no(leaving.id, event.id)
    assert matters(event) == {Kind.CHOOSE: Matter(Kind.CHOOSE, 1)}


def test_where_the_line_moves_by_itself_nobody_has_to_choose(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=3)
    say_yes(a_member().id, event.id, guests=some_guests(1))
    say_yes(a_member().id, event.id, guests=some_guests(1))
    assert matters(event) == {}


def test_answers_in_doubt_and_words_in_mails(app: Flask) -> None:
    event = an_event()
    rsvp = say_yes(a_member().id, event.id)
    ends = NOON + timedelta(days=2)
    held = a_held(rsvp.head.id, token_hash="x" * 64, token_expires_at=ends)
    a_received(rsvp.head.id, words="See you")
    a_received(rsvp.head.id, words="Read", read_at=NOON)
    _received(held.id, received_at=NOON - timedelta(hours=5))
    assert matters(event) == {
        Kind.DOUBTED: Matter(Kind.DOUBTED, 1, NOON - timedelta(hours=5)),
        Kind.WORDS: Matter(Kind.WORDS, 1, NOON),
    }
    with time_machine.travel(ends + timedelta(days=7), tick=False):
        assert set(matters(event)) == {Kind.WORDS}


@transactional
def _received(number: int, **values: Any) -> None:
    db.session.execute(sa.update(ReceivedMail).where(ReceivedMail.id == number).values(**values))


def test_once_it_is_over_nothing_is_left_to_decide(app: Flask) -> None:
    event = an_event(requires_approval=True)
    say_yes(a_member().id, event.id)
    with time_machine.travel(event.ends_at, tick=False):
        assert matters(event) == {}


def test_all_events_of_a_desk_are_asked_about_at_once(app: Flask) -> None:
    owner = an_organizer()
    costs = []
    for count in (1, 6):
        events = [an_event(owner, requires_approval=True) for _ in range(count)]
        for event in events:
            say_yes(a_member().id, event.id, dietary="vegan; steak")
            failed(event)
        db.session.expire_all()
        ids = [event.id for event in events]
        with counted_queries() as seen:
            assert decisions_waiting(events) == dict.fromkeys(ids, 2)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 7


def test_the_guard_sees_a_query_for_each_event(app: Flask) -> None:
    owner = an_organizer()
    events = [an_event(owner) for _ in range(3)]
    db.session.expire_all()
    ids = [event.id for event in events]
    assert ids
    with counted_queries() as seen:
        for event in events:
            decisions_waiting([event])
    assert len(seen) > 7


def test_the_most_urgent_comes_first(app: Flask) -> None:
    event = an_event(requires_approval=True)
    add_attendee(owner_of(event), event.id, name="Ann", email="ann@example.com")
    say_yes(a_member().id, event.id)
    failed(event)
    kinds = [one.kind for one in matters_of([event])[event.id]]
    assert kinds == [Kind.APPROVALS, Kind.FAILED_MAILS, Kind.FOOD_OPEN]
