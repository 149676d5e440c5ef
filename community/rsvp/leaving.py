"""Leaving everything that is to come at once, when a person goes for good."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.rsvp.changes import Declined
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp
from community.rsvp.respond import say_no
from community.rsvp.seating import free_now, settle
from community.rsvp.transitions import LEAVABLE, Act

_ENDING = (*LEAVABLE, RsvpStatus.INVITED)


def places_to_come(person_id: int) -> list[tuple[Event, Rsvp]]:
    """The coming events where a person has a seat, a place in line, a request or an invitation.

    In order of the events' ids, which is the order to lock them in.
    """
    found = (
        sa.select(Event, Rsvp)
        .join(Rsvp, Rsvp.event_id == Event.id)
        .where(
            Rsvp.person_id == person_id,
            Rsvp.status.in_(_ENDING),
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at > now(),
        )
        .order_by(Event.id)
    )
    return [(event, rsvp) for event, rsvp in db.session.execute(found)]


def leave_places(person_id: int) -> int:
    """Leave them all, each as its own button would; says how many. Call it inside a use-case.

    Freed seats are given on in the same transaction. An invitation that could no longer be
    answered ends as well.
    """
    left = 0
    for event_id, rsvp_id in [(event.id, rsvp.id) for event, rsvp in places_to_come(person_id)]:
        event = lock_event(event_id)
        rsvp = get_rsvp(rsvp_id)
        db.session.refresh(rsvp)  # it may have changed while we waited for the lock
        if rsvp.status in LEAVABLE:
            say_no(person_id, event_id, source=rsvp.source)
        elif rsvp.status == RsvpStatus.INVITED:
            settle(rsvp, Act.SAY_NO, RsvpStatus.DECLINED, Reason.OWN_WISH, free=free_now(event))
            record(Declined(rsvp.id, event.id))
        else:
            continue
        left += 1
    return left
