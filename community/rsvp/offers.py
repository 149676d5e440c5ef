"""Offers and reserved invitations that nobody took in time: their seats go to the next in line."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.rsvp.changes import SeatLapsed
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.seating import free_now, give_back, move_line, settle
from community.rsvp.transitions import Act

_HELD = (RsvpStatus.OFFERED, RsvpStatus.INVITED)
_BATCH = 500


def lapse_due() -> int:
    """End what is held too long, event by event; says how many RSVPs that were.

    It goes by the clock and not by a timer: a worker that slept finds all that ran out meanwhile.
    """
    return sum(_lapse(event_id) for event_id in _events_due())


def _events_due() -> list[int]:
    due = (
        sa.select(Rsvp.event_id)
        .join(Event)
        .where(
            Rsvp.reserved_until <= now(),
            Rsvp.status.in_(_HELD),
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at > now(),
        )
        .distinct()
        .order_by(Rsvp.event_id)
    )
    return list(db.session.scalars(due))


@transactional
def _lapse(event_id: int) -> int:
    event = lock_event(event_id)
    due = (
        sa.select(Rsvp)
        .where(Rsvp.event_id == event.id, Rsvp.status.in_(_HELD), Rsvp.reserved_until <= now())
        .order_by(Rsvp.ticket)
        .limit(_BATCH)
        .execution_options(populate_existing=True)  # it may have been taken while we waited
    )
    answers = db.session.scalars(due).all()
    for rsvp in answers:
        was, free = rsvp.status, free_now(event)
        give_back(event, rsvp.party_size)
        rsvp.reserved_until = None
        settle(rsvp, Act.RUN_OUT, RsvpStatus.LAPSED, Reason.RAN_OUT, free=free)
        record(SeatLapsed(rsvp.id, event.id, was.value))
    if answers:
        move_line(event, Reason.FREED_SEAT)
    return len(answers)
