"""Leaving everything that is to come at once, when a person goes for good."""

from collections.abc import Collection

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.rsvp.changes import Declined
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp
from community.rsvp.respond import leave
from community.rsvp.seating import free_now, give_back, move_line, settle
from community.rsvp.second_seats import drop_guests, events_as_guest
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
    """Leave them all, as the own button would; says how many. Call it inside a use-case.

    Freed seats are given on in the same transaction, also those that were held for an offer or
    an invitation, and a seat on which somebody else brings the person along.
    """
    left = 0
    for event_id, rsvp_id in [(event.id, rsvp.id) for event, rsvp in places_to_come(person_id)]:
        event, rsvp = lock_event(event_id), get_rsvp(rsvp_id)
        db.session.refresh(rsvp)  # it may have changed while we waited for the lock
        if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
            continue
        if rsvp.status in LEAVABLE:
            leave(event, rsvp, source=rsvp.source, reason=Reason.ERASED)
        elif rsvp.status == RsvpStatus.INVITED:
            _decline(event, rsvp)
        else:
            continue
        left += 1
    return left


def leave_parties(addresses: Collection[str]) -> int:
    """Take the owner of these addresses out of the parties of others; says how many guests."""
    left = 0
    for event_id in events_as_guest(addresses):
        event = lock_event(event_id)
        left += drop_guests(event, addresses, Reason.ERASED, tell_guests=False)
    return left


def _decline(event: Event, rsvp: Rsvp) -> None:
    free, held = free_now(event), rsvp.holds_seats
    if held:
        give_back(event, rsvp.party_size)
    rsvp.reserved_until = None
    was = settle(rsvp, Act.SAY_NO, RsvpStatus.DECLINED, Reason.ERASED, free=free)
    record(Declined(rsvp.id, event.id, was=was))
    if held:
        move_line(event, Reason.FREED_SEAT)
