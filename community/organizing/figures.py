"""What became of the events that are over: who came, how fast people answered, how seats moved.

All of it is counted from answers, decisions and check-ins. What attendees wrote, which is let go
of after a while, is not needed for it: the figures of an event stay what they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, EventStatus
from community.events.queries import edited_by
from community.membership.models import Topic
from community.membership.viewer import Viewer
from community.organizing.answer_times import NO_ANSWERS, AnswerTimes, answer_times
from community.organizing.seat_moves import NO_MOVES, SeatMoves, going_at_start, seat_moves
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

MOST = 500


@dataclass(frozen=True)
class Wanted:
    """Which events: those that began on one of these days, by the wall date of their own zone, and
    are about a topic when its slug is given."""

    since: date
    until: date
    topic: str = ""


@dataclass(frozen=True)
class Attendance:
    """Heads. ``going`` at the end, ``came`` of those that checked in; ``counted`` of those going
    at events whose door was used at all, the only ones that a rate can be told of."""

    events: int = 0
    invited: int = 0  # parties
    going: int = 0
    counted: int = 0
    came: int = 0

    @property
    def rate(self) -> float | None:
        """Who came, of those going, where the door was used; None where it never was."""
        return self.came / self.counted if self.counted else None

    def __add__(self, other: "Attendance") -> "Attendance":
        return Attendance(
            self.events + other.events,
            self.invited + other.invited,
            self.going + other.going,
            self.counted + other.counted,
            self.came + other.came,
        )


@dataclass(frozen=True)
class EventFigures:
    """One event that is over. ``at_start`` are heads that were going when it began."""

    slug: str
    title: str
    day: date
    topics: tuple[str, ...]
    capacity: int | None
    attendance: Attendance
    at_start: int
    moves: SeatMoves
    answers: AnswerTimes

    @property
    def empty(self) -> int | None:
        """Seats that nobody had when it began; None where there was no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.at_start)


@dataclass(frozen=True)
class Figures:
    """The events, the latest first, and how fast people answered at all of them together.

    ``before`` is set when there are more than :data:`MOST`: the day of the last one shown. Then all
    figures are of those shown.
    """

    events: list[EventFigures] = field(default_factory=list)
    answers: AnswerTimes = NO_ANSWERS
    before: date | None = None


@dataclass(frozen=True)
class Sum:
    """Several events together: those of a topic or of a month (its first day)."""

    of: str | date
    attendance: Attendance
    empty: int


def figures_of(viewer: Viewer, wanted: Wanted) -> Figures:
    """Of published events that are over and that the viewer may edit; an admin's are all.

    Eight queries at most, however many events there are.
    """
    found = db.session.scalars(_events(viewer, wanted).limit(MOST + 1)).all()
    rows, together = _figures(found[:MOST])
    return Figures(rows, together, rows[-1].day if len(found) > MOST else None)


def iter_events(viewer: Viewer, wanted: Wanted) -> Iterator[EventFigures]:
    """All of them, however many there are, a batch at a time."""
    query, last = _events(viewer, wanted).limit(MOST), None
    key = sa.tuple_(Event.starts_local, Event.id)
    while found := db.session.scalars(query if last is None else query.where(key < last)).all():
        yield from _figures(found)[0]
        begins = sa.bindparam(None, found[-1].starts_local, Event.starts_local.type)
        last = sa.tuple_(begins, sa.literal(found[-1].id))


def _figures(events: Sequence[Event]) -> tuple[list[EventFigures], AnswerTimes]:
    ids = [event.id for event in events]
    attendance, starts = _attendance(ids), going_at_start(ids)
    moves, (together, answers) = seat_moves(ids), answer_times(ids)
    rows = [
        EventFigures(
            slug=event.slug,
            title=event.title,
            day=event.starts_local.date(),
            topics=tuple(topic.name for topic in event.topics),
            capacity=event.capacity,
            attendance=attendance.get(event.id, Attendance(events=1)),
            at_start=starts.get(event.id, 0),
            moves=moves.get(event.id, NO_MOVES),
            answers=answers.get(event.id, NO_ANSWERS),
        )
        for event in events
    ]
    return rows, together


def total(events: Sequence[EventFigures]) -> Attendance:
    """All of them together."""
    return sum((one.attendance for one in events), Attendance())


def by_topic(events: Sequence[EventFigures]) -> list[Sum]:
    """By name of topic; an event about two counts for both, one about none for ``""``, the last."""
    names = {name for one in events for name in one.topics or ("",)}
    ordered = sorted(names, key=lambda name: (not name, name.casefold()))
    return [_sum(name, [e for e in events if name in (e.topics or ("",))]) for name in ordered]


def by_month(events: Sequence[EventFigures]) -> list[Sum]:
    """Each month from the first event's to the last one's, empty ones included."""
    if not events:
        return []
    months = [one.day.replace(day=1) for one in events]
    month, last, found = min(months), max(months), []
    while month <= last:
        found.append(_sum(month, [e for e in events if e.day.replace(day=1) == month]))
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _sum(of: str | date, events: Sequence[EventFigures]) -> Sum:
    return Sum(of, total(events), sum(one.empty or 0 for one in events))


def _events(viewer: Viewer, wanted: Wanted) -> sa.Select[Event]:
    query = (
        sa.select(Event)
        .where(
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at <= now(),
            Event.starts_local >= datetime.combine(wanted.since, time()),
            Event.starts_local < datetime.combine(wanted.until, time()) + timedelta(days=1),
        )
        .options(selectinload(Event.topics))
        .order_by(Event.starts_local.desc(), Event.id.desc())
    )
    if wanted.topic:
        query = query.where(Event.topics.any(Topic.slug == wanted.topic))
    return query if viewer.is_admin else query.where(Event.id.in_(edited_by(viewer)))


def _attendance(ids: list[int]) -> dict[int, Attendance]:
    heads = (
        sa.select(Rsvp.event_id, sa.func.count(Attendee.checked_in_at).label("came"))
        .join(Attendee, Attendee.rsvp_id == Rsvp.id)
        .where(Rsvp.event_id.in_(ids), Rsvp.status == RsvpStatus.GOING)
        .group_by(Rsvp.event_id)
    )
    came: dict[int, int] = dict(iter(db.session.execute(heads)))
    going = sa.func.sum(Rsvp.party_size).filter(Rsvp.status == RsvpStatus.GOING)
    parties: sa.Select[*tuple[Any, ...]] = (
        sa.select(Rsvp.event_id, sa.func.count(Rsvp.invited_at), sa.func.coalesce(going, 0))
        .where(Rsvp.event_id.in_(ids))
        .group_by(Rsvp.event_id)
    )
    return {
        event_id: Attendance(
            events=1,
            invited=invited,
            going=heads,
            counted=heads if came.get(event_id) else 0,
            came=came.get(event_id, 0),
        )
        for event_id, invited, heads in db.session.execute(parties)
    }
