"""Figures of events that are over, beside the same counted one by one in Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.events.publishing import cancel_event
from community.membership.models import Person
from community.membership.viewer import Viewer
from community.organizing import figures
from community.organizing.answer_times import AnswerTimes, answer_times
from community.organizing.figures import (
    Attendance,
    EventFigures,
    Wanted,
    by_month,
    by_topic,
    figures_of,
    total,
)
from community.organizing.seat_moves import NO_MOVES, SeatMoves, going_at_start, seat_moves
from community.privacy.erasing import erase_person
from community.privacy.retention import forget_answers
from community.rsvp.approval import approve_request
from community.rsvp.checkin import check_in
from community.rsvp.hand import add_attendee, seat_waiting
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Decision, Rsvp
from community.rsvp.offers import lapse_due
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.organizing.counting import at_start, attended, decisions, moved, ranked, took
from tests.organizing.lived_event import event_of, live_through
from tests.rsvp.states import some_guests

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
YEAR = Wanted(date(2025, 9, 1), date(2026, 9, 1))


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
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


def dinner(owner: Person, day: date, **facts: object) -> Event:
    """Published a month before that day."""
    at = datetime(day.year, day.month, day.day, 18)  # noqa: DTZ001 - wall time
    with time_machine.travel(at.replace(tzinfo=UTC) - timedelta(days=30), tick=False):
        ends = at + timedelta(hours=3)
        return an_event(owner, starts_at=at, ends_at=ends, **facts)


def before(event: Event, **span: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at - timedelta(**span), tick=False)


def let_in(owner: Person, event: Event, *rsvps: Rsvp) -> None:
    with before(event, minutes=-10):
        for rsvp in rsvps:
            for head in rsvp.attendees:
                check_in(owner.id, event.id, head.id)


def figures_for(owner: Person, wanted: Wanted = YEAR) -> list[EventFigures]:
    db.session.rollback()
    return figures_of(Viewer.of(owner), wanted).events


@pytest.mark.parametrize("seeds", [(11, 12), (13, 14, 15)])
def test_all_figures_are_what_counting_row_by_row_finds(app: Flask, seeds: tuple[int, ...]) -> None:
    owner = an_organizer()
    events = [event_of(live_through(seed, owner=owner, steps=90)) for seed in seeds]
    for event in events[:1]:
        going = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.status == "going")
        let_in(owner, event, *db.session.scalars(going).all()[:2])
    ids = [event.id for event in events]
    found = figures_of(Viewer.of(owner), YEAR)
    assert {one.title for one in found.events} == {event.title for event in events}
    by_title = {one.title: one for one in found.events}
    for event in events:
        shown = by_title[event.title]
        assert shown.attendance == attended(event)
        assert shown.moves == moved(event)
        assert shown.answers == ranked(took([event.id]))
        assert shown.at_start == at_start(event)
    assert found.answers == ranked(took(ids))
    every_way = sum((one.moves for one in found.events), NO_MOVES)
    assert min(every_way.direct, every_way.left, every_way.by_hand, found.answers.answers) > 0


def test_the_oracle_notices_a_decision_that_is_left_out(app: Flask) -> None:
    event = event_of(live_through(11))
    gone = next(one for one in decisions(event.id) if one.became == "going" and one.was != "going")
    known = seat_moves([event.id])[event.id]
    db.session.execute(sa.delete(Decision).where(Decision.id == gone.id))
    assert moved(event) != known
    db.session.rollback()


# Ways to a seat ------------------------------------------------------------------------------


def test_every_way_to_a_seat_is_told_apart(app: Flask) -> None:
    owner = an_organizer()
    event = dinner(owner, date(2026, 6, 15), capacity=2, guests_allowed=1, offer_hours=24)
    ann, bea, cem, dan = (a_member() for _ in range(4))
    with before(event, days=20):
        say_yes(ann.id, event.id)
        say_yes(bea.id, event.id)
        say_yes(cem.id, event.id)
        say_yes(dan.id, event.id)
    with before(event, days=19):
        say_no(ann.id, event.id)  # offered to Cem
    with before(event, days=17):
        lapse_due()  # Cem is too late, and Dan is asked
        say_yes(dan.id, event.id)
    with before(event, hours=23):
        say_no(bea.id, event.id)  # late
    with before(event, hours=2):
        add_attendee(owner.id, event.id, name="Eve", email="eve@example.com")
    with before(event, minutes=-30):
        say_no(dan.id, event.id)  # and so late that the seat was empty at the start no more
    (shown,) = figures_for(owner)
    assert shown.moves == SeatMoves(
        direct=2, taken=1, by_hand=1, offered=2, expired=1, left=3, late=2
    )
    assert (shown.at_start, shown.empty) == (2, 0)
    assert shown.attendance.going == 1


def test_the_line_moves_up_and_requests_are_approved(app: Flask) -> None:
    owner = an_organizer()
    open_ = dinner(owner, date(2026, 6, 15), capacity=1, title="Open")
    asked = dinner(owner, date(2026, 6, 16), requires_approval=True, title="Asked", capacity=5)
    people = [a_member() for _ in range(4)]
    with before(open_, days=9):
        for person in people[:3]:
            say_yes(person.id, open_.id)
        say_no(people[0].id, open_.id)
        say_no(people[1].id, open_.id)
        rsvp = say_yes(people[3].id, asked.id)
        approve_request(owner.id, asked.id, rsvp.id)
    shown = {one.title: one for one in figures_for(owner)}
    assert shown["Open"].moves == SeatMoves(direct=1, promoted=2, left=2)
    assert shown["Asked"].moves == SeatMoves(approved=1)
    assert shown["Asked"].empty == 4


def test_a_seat_from_those_kept_back_is_given_by_hand(app: Flask) -> None:
    owner = an_organizer()
    event = dinner(owner, date(2026, 6, 15), capacity=2, kept_back=1)
    with before(event, days=3):
        say_yes(a_member().id, event.id)
        rsvp = say_yes(a_member().id, event.id)
        seat_waiting(owner.id, event.id, rsvp.id, use_kept_back=True)
    (shown,) = figures_for(owner)
    assert shown.moves == SeatMoves(direct=1, by_hand=1)


@pytest.mark.parametrize(("before_start", "late"), [(86_401, 0), (86_400, 1), (0, 1), (-60, 1)])
def test_leaving_is_late_within_a_day_of_the_start(
    app: Flask, before_start: int, late: int
) -> None:
    owner, person = an_organizer(), a_member()
    event = dinner(owner, date(2026, 6, 15))
    with before(event, days=5):
        say_yes(person.id, event.id)
    with before(event, seconds=before_start):
        say_no(person.id, event.id)
    assert seat_moves([event.id])[event.id].late == late
    assert going_at_start([event.id])[event.id] == (1 if before_start < 0 else 0)


# Who came ------------------------------------------------------------------------------------


def test_a_rate_is_told_only_where_the_door_was_used(app: Flask) -> None:
    owner = an_organizer()
    used, unused = (dinner(owner, date(2026, 6, d), title=str(d), guests_allowed=1) for d in (1, 2))
    for event in (used, unused):
        with before(event, days=2):
            one = say_yes(a_member().id, event.id, guests=some_guests(1))
            say_yes(a_member().id, event.id)
        if event is used:
            let_in(owner, event, one)
    shown = {one.title: one.attendance for one in figures_for(owner)}
    assert shown["1"] == Attendance(1, 0, 3, 3, 2)
    assert shown["1"].rate == pytest.approx(2 / 3)
    assert shown["2"] == Attendance(1, 0, 3, 0, 0)
    assert shown["2"].rate is None
    both = total(figures_for(owner))
    assert (both.going, both.rate) == (6, pytest.approx(2 / 3))


def test_an_event_without_any_answer_has_figures_all_the_same(app: Flask) -> None:
    owner = an_organizer()
    dinner(owner, date(2026, 6, 1), capacity=8)
    (shown,) = figures_for(owner)
    assert (shown.attendance, shown.moves, shown.answers) == (
        Attendance(1),
        NO_MOVES,
        AnswerTimes(),
    )
    assert (shown.at_start, shown.empty) == (0, 8)


def test_no_event_at_all_has_no_figures(app: Flask) -> None:
    found = figures_of(Viewer.of(an_organizer()), YEAR)
    assert (found.events, found.answers, found.before) == ([], AnswerTimes(), None)
    assert (by_topic([]), by_month([]), total([])) == ([], [], Attendance())


# How fast they answered ----------------------------------------------------------------------


def invited(owner: Person, event: Event, hours: list[float]) -> None:
    """People who answered so many hours after they were invited."""
    for took_hours in hours:
        person = a_member()
        with before(event, days=20):
            address = person.addresses[0].address
            invite_people(owner.id, event.id, [Invitee(address)])
        with time_machine.travel(
            event.starts_at - timedelta(days=20) + timedelta(hours=took_hours), tick=False
        ):
            say_yes(person.id, event.id) if took_hours % 2 else say_no(person.id, event.id)


@pytest.mark.parametrize(
    ("hours", "median", "p90"),
    [
        ([5], 5, 5),
        ([5, 7], 5, 7),
        ([1, 2, 3], 2, 3),
        (list(range(1, 11)), 5, 9),
        ([4, 4, 4, 4], 4, 4),
    ],
)
def test_times_to_answer_are_by_nearest_rank(
    app: Flask, hours: list[float], median: int, p90: int
) -> None:
    owner = an_organizer()
    event = dinner(owner, date(2026, 6, 15))
    invited(owner, event, hours[::-1])
    expected = AnswerTimes(len(hours), timedelta(hours=median), timedelta(hours=p90))
    assert answer_times([event.id]) == (expected, {event.id: expected})


def test_only_what_the_invited_say_themselves_is_an_answer(app: Flask) -> None:
    owner = an_organizer()
    event = dinner(owner, date(2026, 6, 15))
    addresses = [a_member().addresses[0].address for _ in range(3)]
    with before(event, days=9):
        people = [Invitee(address) for address in addresses]
        invite_people(owner.id, event.id, people, reserve_until=event.starts_at - timedelta(days=8))
    with before(event, days=8.5):
        add_attendee(owner.id, event.id, name="Ann", email=addresses[0])
    with before(event, days=7):
        lapse_due()
        say_yes(a_member().id, event.id)
    assert answer_times([event.id]) == (AnswerTimes(), {})


def test_a_second_invitation_is_answered_by_itself(app: Flask) -> None:
    owner, person = an_organizer(), a_member()
    event = dinner(owner, date(2026, 6, 15))
    address = person.addresses[0].address
    for days in (10, 5):
        with before(event, days=days):
            invite_people(owner.id, event.id, [Invitee(address)])
        with before(event, days=days, hours=-3):
            say_no(person.id, event.id)
    three = timedelta(hours=3)
    assert answer_times([event.id])[0] == AnswerTimes(2, three, three)


# Which events --------------------------------------------------------------------------------


def test_only_published_events_that_are_over_and_ones_own(app: Flask) -> None:
    owner, other, admin = an_organizer(), an_organizer(), an_admin()
    dinner(owner, date(2026, 6, 1), title="Mine")
    dinner(other, date(2026, 6, 2), title="Theirs")
    off = dinner(owner, date(2026, 6, 3), title="Off")
    with before(off, days=2):
        cancel_event(owner.id, off.id, "Rain")
    an_event(owner, title="Coming")
    assert [one.title for one in figures_for(owner)] == ["Mine"]
    assert [one.title for one in figures_for(admin)] == ["Theirs", "Mine"]


def test_a_period_goes_by_the_wall_date_of_each_event(app: Flask) -> None:
    owner = an_organizer()
    for zone in ("Pacific/Auckland", "Pacific/Honolulu"):
        dinner(owner, date(2026, 6, 1), timezone=zone, title=zone)
    day = Wanted(date(2026, 6, 1), date(2026, 6, 1))
    assert len(figures_for(owner, day)) == 2
    assert figures_for(owner, Wanted(date(2026, 5, 1), date(2026, 5, 31))) == []
    assert figures_for(owner, Wanted(date(2026, 6, 2), date(2026, 6, 30))) == []


def test_a_topic_narrows_and_events_about_two_count_for_both(app: Flask) -> None:
    owner = an_organizer()
    a_topic("Data", "data")
    a_topic("AI", "ai")
    dinner(owner, date(2026, 6, 1), title="Both", topics=("data", "ai"), capacity=4)
    dinner(owner, date(2026, 6, 2), title="Data", topics=("data",), capacity=3)
    dinner(owner, date(2026, 8, 3), title="Neither")
    events = figures_for(owner)
    assert [(one.of, one.attendance.events, one.empty) for one in by_topic(events)] == [
        ("AI", 1, 4),
        ("Data", 2, 7),
        ("", 1, 0),
    ]
    assert [(one.of, one.attendance.events) for one in by_month(events)] == [
        (date(2026, 6, 1), 2),
        (date(2026, 7, 1), 0),
        (date(2026, 8, 1), 1),
    ]
    assert [one.title for one in figures_for(owner, replace(YEAR, topic="ai"))] == ["Both"]
    assert figures_for(owner, replace(YEAR, topic="no-such-topic")) == []


def test_months_go_on_over_the_turn_of_a_year(app: Flask) -> None:
    owner = an_organizer()
    for day in (date(2025, 11, 30), date(2026, 2, 1)):
        dinner(owner, day)
    assert [one.of for one in by_month(figures_for(owner))] == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


def test_more_events_than_a_page_holds_say_where_to_go_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST", 2)
    owner = an_organizer()
    for day in (1, 2, 3):
        dinner(owner, date(2026, 6, day), title=str(day))
    found = figures_of(Viewer.of(owner), YEAR)
    assert [one.title for one in found.events] == ["3", "2"]
    assert found.before == date(2026, 6, 2)


def test_the_number_of_queries_does_not_grow(app: Flask) -> None:
    owner = an_organizer()
    costs = []
    for day in (1, 2, 3):
        event = dinner(owner, date(2026, 6, day), topics=())
        with before(event, days=1):
            say_yes(a_member().id, event.id)
        viewer = Viewer.of(owner)
        db.session.expire_all()
        with counted_queries() as seen:
            figures_of(viewer, YEAR)
        costs.append(len(seen))
    assert len(set(costs)) == 1
    assert costs[0] <= 7


# What is let go of ---------------------------------------------------------------------------


def test_figures_outlive_what_attendees_wrote_and_who_they_were(app: Flask) -> None:
    owner = an_organizer()
    lived = live_through(12, owner=owner, steps=90)
    event, person = event_of(lived), a_member()
    with before(event, hours=20):
        rsvp = say_yes(person.id, event.id, dietary="vegan", note="Late by ten")
    let_in(owner, event, rsvp)
    known = figures_of(Viewer.of(owner), YEAR)
    assert known.events[0].attendance.came == 1
    assert forget_answers() > 0
    erase_person(person.id)
    db.session.expire_all()
    kept = find_rsvp(event.id, person.id)
    assert kept is None or not kept.note
    assert db.session.scalars(sa.select(Attendee.dietary).where(Attendee.dietary != "")).all() == []
    assert figures_of(Viewer.of(owner), YEAR) == known
