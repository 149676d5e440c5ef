"""What became of somebody's events: came, did not come, cancelled late, declined, hosted.

Derived whenever it is asked for: no row says of anybody that they did not come.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.clock import now
from community.core.db import db
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.events.models import HOSTS, Event, EventHost, EventStatus
from community.events.queries import edited_by
from community.membership.viewer import Viewer
from community.rsvp.models import Attendee, Decision, Rsvp, RsvpStatus

PAGE = 25
LATE = timedelta(hours=48)  # before the start: a seat given back then is hard to fill


class Outcome(StrEnum):
    """What became of one person's answer to one event."""

    HOSTED = "hosted"
    CAME = "came"
    MISSED = "missed"  # had a seat when it ended, and nobody at the door saw them
    LATE = "late"  # gave the seat back within two days before the start, or after it
    WITHDREW = "withdrew"  # in time, or a place that was no seat
    DECLINED = "declined"
    NOT_SEATED = "not_seated"  # never had a seat in the end, or an organizer took it back
    NOT_KNOWN = "not_known"  # had a seat, and nobody was checked in at all
    CALLED_OFF = "called_off"
    TO_COME = "to_come"


@dataclass(frozen=True)
class Known:
    """What :func:`outcome` decides by. ``left_at`` is when a seat was last given back."""

    status: RsvpStatus | None
    starts_at: datetime
    is_over: bool
    is_called_off: bool = False
    hosts: bool = False
    checked_in: bool = False
    door_used: bool = False
    left_at: datetime | None = None


_SAID_NO = {RsvpStatus.DECLINED: Outcome.DECLINED, RsvpStatus.WITHDRAWN: Outcome.WITHDREW}
_NO_SEAT = {RsvpStatus.REMOVED, RsvpStatus.REFUSED, RsvpStatus.LAPSED}


def outcome(known: Known) -> Outcome:
    """The one decision. Whoever hosts hosted, whatever their own answer says."""
    if known.is_called_off:
        return Outcome.CALLED_OFF
    if known.hosts:
        return Outcome.HOSTED if known.is_over else Outcome.TO_COME
    if known.checked_in:
        return Outcome.CAME
    if known.status in _SAID_NO:
        return Outcome.LATE if _left_late(known) else _SAID_NO[known.status]
    return _of_a_place(known)


def _left_late(known: Known) -> bool:
    gave_back = known.left_at if known.status == RsvpStatus.WITHDRAWN else None
    return gave_back is not None and gave_back > known.starts_at - LATE


def _of_a_place(known: Known) -> Outcome:
    if known.status in _NO_SEAT:
        return Outcome.NOT_SEATED
    if not known.is_over:
        return Outcome.TO_COME
    if known.status != RsvpStatus.GOING:
        return Outcome.NOT_SEATED
    return Outcome.MISSED if known.door_used else Outcome.NOT_KNOWN


@dataclass(frozen=True)
class Past:
    """One event of somebody's history; ``guests`` are those who came with them."""

    event_id: int
    slug: str
    title: str
    starts_at: datetime
    starts_local: datetime
    timezone: str
    rsvp_id: int | None
    status: RsvpStatus | None
    outcome: Outcome
    guests: int


@dataclass(frozen=True)
class Totals:
    """How often each, of all events that the reader may know of."""

    counts: Counter[Outcome]
    guests: int


def list_history(viewer: Viewer, person_id: int, after: str = "", size: int = PAGE) -> Page[Past]:
    """Somebody's events, newest first, a page at a time.

    An admin reads all of them, everybody else those of the events that they may edit.
    """
    query = _query(person_id, _scope(viewer))
    if key := read_cursor(after, (str, int)):
        mark = sa.bindparam(None, read_instant(key[0]), Event.starts_at.type)
        query = query.where(sa.tuple_(Event.starts_at, Event.id) < sa.tuple_(mark, key[1]))
    found = [_past(row) for row in db.session.execute(query.limit(size + 1))]
    shown = found[:size]
    last = shown[-1] if len(found) > size else None
    return Page(shown, cursor(last.starts_at.isoformat(), last.event_id) if last else None)


def iter_history(viewer: Viewer, person_id: int) -> Iterator[Past]:
    """All of it, read as it is asked for."""
    return _every(_query(person_id, _scope(viewer)))


def totals(viewer: Viewer, person_id: int) -> Totals:
    """The figures beside the list."""
    counts: Counter[Outcome] = Counter()
    guests = 0
    for past in iter_history(viewer, person_id):
        counts[past.outcome] += 1
        guests += past.guests
    return Totals(counts, guests)


def own_history(person_ids: Iterable[int]) -> Iterator[Past]:
    """The same of a person and the records that went up in theirs, for their own export."""
    for person_id in person_ids:
        yield from _every(_query(person_id, None))


def _every(query: sa.Select[Any]) -> Iterator[Past]:
    with db.session.execute(query.execution_options(yield_per=500)) as rows:
        yield from map(_past, rows)


def _scope(viewer: Viewer) -> sa.Select[int] | None:
    return None if viewer.is_admin else edited_by(viewer)


def _query(person_id: int, scope: sa.Select[int] | None) -> sa.Select[Any]:
    mine = sa.select(Rsvp.event_id).where(Rsvp.person_id == person_id)
    hosted = sa.select(EventHost.event_id).where(
        EventHost.person_id == person_id, EventHost.role.in_(HOSTS)
    )
    columns: list[Any] = [
        Event.id.label("event_id"),
        Event.slug,
        Event.title,
        Event.status.label("event_status"),
        Event.starts_at,
        Event.ends_at,
        Event.starts_local,
        Event.timezone,
        Rsvp.id.label("rsvp_id"),
        Rsvp.status,
        Event.id.in_(hosted).label("hosts"),
        _left_at().label("left_at"),
        _door_used().label("door_used"),
        _came().label("checked_in"),
        _guests(checked_in=True).label("guests_in"),
        _guests(checked_in=False).label("guests_named"),
    ]
    query = (
        sa.select(*columns)
        .outerjoin(Rsvp, sa.and_(Rsvp.event_id == Event.id, Rsvp.person_id == person_id))
        .where(Event.id.in_(mine.union(hosted)), Event.status != EventStatus.DRAFT)
        .order_by(Event.starts_at.desc(), Event.id.desc())
    )
    return query if scope is None else query.where(Event.id.in_(scope))


def _door_used() -> sa.ColumnElement[bool]:
    """Whether anybody was checked in at the event: where nobody was, nobody is missed.

    Asked only about who had a seat and was not seen: for all others it decides nothing, and at a
    large event without a door it is the one thing here that takes time.
    """
    any_rsvp = aliased(Rsvp)
    used = sa.exists().where(
        any_rsvp.event_id == Event.id,
        Attendee.rsvp_id == any_rsvp.id,
        Attendee.checked_in_at.is_not(None),
    )
    unseen = sa.and_(Rsvp.status == RsvpStatus.GOING, ~_came(), Event.ends_at <= now())
    return sa.case((unseen, used), else_=sa.false())


def _came() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Attendee.rsvp_id == Rsvp.id, Attendee.position == 0, Attendee.checked_in_at.is_not(None)
    )


def _guests(*, checked_in: bool) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(Attendee.rsvp_id == Rsvp.id, Attendee.position > 0)
    if checked_in:
        counted = counted.where(Attendee.checked_in_at.is_not(None))
    return counted.correlate(Rsvp).scalar_subquery()


def _left_at() -> sa.ScalarSelect[datetime]:
    """When a seat was given back last. Leaving a waitlist frees nothing."""
    return (
        sa.select(sa.func.max(Decision.at))
        .where(
            Decision.rsvp_id == Rsvp.id,
            Decision.was == RsvpStatus.GOING,
            Decision.became == RsvpStatus.WITHDRAWN,
        )
        .correlate(Rsvp)
        .scalar_subquery()
    )


def _past(row: sa.Row[Any]) -> Past:
    known = Known(
        status=row.status,
        starts_at=row.starts_at,
        is_over=row.ends_at <= now(),
        is_called_off=row.event_status == EventStatus.CANCELLED,
        hosts=bool(row.hosts),
        checked_in=bool(row.checked_in),
        door_used=bool(row.door_used),
        left_at=row.left_at,
    )
    what = outcome(known)
    # Where nobody was checked in, whom they named is all that is known.
    unseen = row.guests_named if what in {Outcome.NOT_KNOWN, Outcome.HOSTED} else 0
    return Past(
        event_id=row.event_id,
        slug=row.slug,
        title=row.title,
        starts_at=row.starts_at,
        starts_local=row.starts_local,
        timezone=row.timezone,
        rsvp_id=row.rsvp_id,
        status=row.status,
        outcome=what,
        guests=row.guests_in or (0 if row.door_used else unseen),
    )
