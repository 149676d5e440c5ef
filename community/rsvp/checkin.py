"""Letting people in, one head at a time, at however many doors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.walltime import to_local
from community.events.models import Event, EventStatus
from community.events.queries import get_event, require_door
from community.membership.models import Person
from community.rsvp.changes import CheckedIn, CheckInReverted
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

OPEN_BEFORE = timedelta(hours=6)  # whoever sets up the room arrives early
OPEN_AFTER = timedelta(days=1)  # lists kept on paper are typed in the next day


class Door(StrEnum):
    """Whether people can be let in at a moment."""

    CLOSED = "closed"  # a draft, or called off
    EARLY = "early"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Entry:
    """One head that is in: since when (UTC) and who let it in; ``is_new`` if just now."""

    attendee_id: int
    name: str
    at: datetime
    by: str
    is_new: bool


def door(event: Event, moment: datetime) -> Door:
    """How the door stands at an aware instant: open from six hours before the start until a day
    after the end."""
    if event.status != EventStatus.PUBLISHED:
        return Door.CLOSED
    if moment < event.starts_at - OPEN_BEFORE:
        return Door.EARLY
    return Door.OPEN if moment < event.ends_at + OPEN_AFTER else Door.OVER


@transactional
def check_in(actor_id: int, event_id: int, attendee_id: int) -> Entry:
    """Let one head in. Pressed twice, or at two doors at once, the first one counts.

    Refuses while the door is not open, and a head whose party is not going.
    """
    _require_open(actor_id, event_id)
    # One conditional UPDATE: of two doors, the database lets exactly one change the row.
    entering = sa.update(Attendee).where(
        Attendee.id == attendee_id,
        _is_outside(),
        Attendee.rsvp_id.in_(_going(event_id)),
    )
    is_new = rows_changed(entering.values(checked_in_at=now(), checked_in_by=actor_id)) == 1
    attendee = _attendee(event_id, attendee_id)
    if attendee.rsvp.status != RsvpStatus.GOING or attendee.checked_in_at is None:
        raise Refused("not_going", name=attendee.name)
    if is_new:
        record(CheckedIn(attendee.rsvp_id, event_id, attendee_id))
    by = db.session.get(Person, attendee.checked_in_by) if attendee.checked_in_by else None
    return Entry(
        attendee_id, attendee.name, attendee.checked_in_at, by.name if by else "", is_new=is_new
    )


@transactional
def undo_check_in(actor_id: int, event_id: int, attendee_id: int) -> str:
    """Take it back and say whose it was. Doing it twice is doing it once."""
    _require_open(actor_id, event_id)
    attendee = _attendee(event_id, attendee_id)
    leaving = sa.update(Attendee).where(
        Attendee.id == attendee_id, Attendee.checked_in_at.is_not(None)
    )
    if rows_changed(leaving.values(checked_in_at=None, checked_in_by=None)):
        record(CheckInReverted(attendee.rsvp_id, event_id, attendee_id))
    return attendee.name


def find_by_code(event_id: int, code: str) -> int | None:
    """The id of the head at this event that a code stands for, which is its reply key."""
    if not code or len(code) > 32 or not code.isascii() or not code.isalnum():
        return None
    found = sa.select(Attendee.id).where(
        Attendee.reply_key == code, Attendee.rsvp_id.in_(_going(event_id))
    )
    return db.session.scalar(found)


def _is_outside() -> sa.ColumnElement[bool]:
    return Attendee.checked_in_at.is_(None)


def _going(event_id: int) -> sa.Select[int]:
    return sa.select(Rsvp.id).where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.GOING)


def _require_open(actor_id: int, event_id: int) -> None:
    require_door(actor_id, event_id)
    event = get_event(event_id)
    match door(event, now()):
        case Door.CLOSED if event.status == EventStatus.CANCELLED:
            raise Refused("event_cancelled")
        case Door.CLOSED:
            raise Refused("event_is_draft")
        case Door.EARLY:
            opens = to_local(event.starts_at - OPEN_BEFORE, event.timezone)
            raise Refused("door_not_open", time=opens)
        case Door.OVER:
            raise Refused("door_over")


def _attendee(event_id: int, attendee_id: int) -> Attendee:
    found = db.session.get(Attendee, attendee_id, populate_existing=True)
    if found is None or found.rsvp.event_id != event_id:
        raise NotFound("attendee")
    return found
