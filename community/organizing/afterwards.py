"""When an event is over: who came, who did not, and what its organizers do next."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.discovery.met import count_findable
from community.events.models import Event, EventStatus
from community.rsvp.checkin import OPEN_BEFORE
from community.rsvp.models import Attendee, Rsvp, RsvpStatus, Source


@dataclass(frozen=True)
class Afterwards:
    """Heads, guests included: ``came`` were let in, ``missed`` had a seat and were not.

    ``walk_ins`` of those who came were added while the door was open, by whoever stood there.
    Without ``door_used`` nobody was let in by name, and nothing is known of who came. ``findable``
    are the people who were there and can find each other now.
    """

    door_used: bool
    came: int
    missed: int
    walk_ins: int
    findable: int


def afterwards(event: Event) -> Afterwards | None:
    """The figures of an event that took place and is over; None for every other."""
    if event.status != EventStatus.PUBLISHED or event.ends_at > now():
        return None
    at_door = sa.and_(
        Rsvp.answered_at >= event.starts_at - OPEN_BEFORE, Rsvp.source == Source.ORGANIZER
    )
    is_in = Attendee.checked_in_at.is_not(None)
    came, heads, walked_in = db.session.execute(
        sa.select(_how_many(is_in), sa.func.count(), _how_many(sa.and_(is_in, at_door)))
        .select_from(Attendee)
        .join(Rsvp, Rsvp.id == Attendee.rsvp_id)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.GOING)
    ).one()
    return Afterwards(
        door_used=came > 0,
        came=came,
        missed=heads - came,
        walk_ins=walked_in,
        findable=count_findable(event.id),
    )


def _how_many(which: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)
