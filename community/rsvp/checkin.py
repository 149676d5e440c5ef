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
from community.rsvp.codes import require_going
from community.rsvp.entries import keep_press
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
    require_open_door(actor_id, event_id)
    # One conditional UPDATE: of two doors, the database lets exactly one change the row.
    entering = sa.update(Attendee).where(
        Attendee.id == attendee_id,
        _is_outside(),
        Attendee.rsvp_id.in_(_going(event_id)),
    )
    moment = now()
    is_new = rows_changed(entering.values(checked_in_at=moment, checked_in_by=actor_id)) == 1
    attendee = get_attendee(event_id, attendee_id)
    require_going(attendee)
    if attendee.checked_in_at is None:
        raise Refused("not_going", name=attendee.name)
    keep_press(attendee_id, moment, actor_id, lets_in=True)
    if is_new:
        record(CheckedIn(attendee.rsvp_id, event_id, attendee_id))
    by = db.session.get(Person, attendee.checked_in_by) if attendee.checked_in_by else None
    return Entry(
        attendee_id, attendee.name, attendee.checked_in_at, by.name if by else "", is_new=is_new
    )


@transactional
def check_in_party(actor_id: int, event_id: int, rsvp_id: int) -> list[str]:
    """Let in all of a party who are not in yet, and say who they are. The others stay as they are.

    Refuses as :func:`check_in` does.
    """
    require_open_door(actor_id, event_id)
    rsvp = db.session.get(Rsvp, rsvp_id, populate_existing=True)
    if rsvp is None or rsvp.event_id != event_id:
        raise NotFound("party")
    require_going(rsvp.head)
    moment = now()
    entering = (
        sa.update(Attendee)
        .where(_is_outside(), Attendee.rsvp_id.in_(_going(event_id, rsvp_id)))
        .values(checked_in_at=moment, checked_in_by=actor_id)
        .returning(Attendee.id, Attendee.name)
    )
    entered = sorted((row.id, row.name) for row in db.session.execute(entering))
    for attendee_id, _name in entered:
        keep_press(attendee_id, moment, actor_id, lets_in=True)
        record(CheckedIn(rsvp_id, event_id, attendee_id))
    return [name for _id, name in entered]


@transactional
def undo_check_in(actor_id: int, event_id: int, attendee_id: int) -> str:
    """Take it back and say whose it was. Doing it twice is doing it once."""
    require_open_door(actor_id, event_id)
    attendee = get_attendee(event_id, attendee_id)
    leaving = sa.update(Attendee).where(
        Attendee.id == attendee_id, Attendee.checked_in_at.is_not(None)
    )
    if rows_changed(leaving.values(checked_in_at=None, checked_in_by=None)):
        keep_press(attendee_id, now(), actor_id, lets_in=False)
        record(CheckInReverted(attendee.rsvp_id, event_id, attendee_id))
    return attendee.name


def require_open_door(actor_id: int, event_id: int) -> Event:
    """The event, for whoever may let people in, while the door is open. Refuses everybody else."""
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
    return event


def get_attendee(event_id: int, attendee_id: int) -> Attendee:
    """A head of the event, as it is now. Raises NotFound."""
    found = db.session.get(Attendee, attendee_id, populate_existing=True)
    if found is None or found.rsvp.event_id != event_id:
        raise NotFound("attendee")
    return found


def _is_outside() -> sa.ColumnElement[bool]:
    return Attendee.checked_in_at.is_(None)


def _going(event_id: int, rsvp_id: int | None = None) -> sa.Select[int]:
    going = sa.select(Rsvp.id).where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.GOING)
    return going if rsvp_id is None else going.where(Rsvp.id == rsvp_id)
