"""Guests who turn out to have no seat to sit on: they are gone, or come under their own name."""

from collections.abc import Collection

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record
from community.events.models import Event, EventStatus
from community.rsvp.changes import PartyChanged
from community.rsvp.models import Attendee, Reason, Rsvp, RsvpStatus
from community.rsvp.party import DroppedGuest
from community.rsvp.seating import free_now, give_back, move_line, settle
from community.rsvp.transitions import REMOVABLE, Act


def events_as_guest(addresses: Collection[str]) -> list[int]:
    """The ids of events to come at which somebody brings a guest of these addresses, in order."""
    found = (
        sa.select(Rsvp.event_id)
        .join(Event)
        .where(_is_guest(addresses), Event.status == EventStatus.PUBLISHED, Event.ends_at > now())
        .distinct()
        .order_by(Rsvp.event_id)
    )
    return list(db.session.scalars(found))


def has_own_seat(event_id: int, person_id: int) -> bool:
    """Whether somebody goes under their own name: a place in line or an offer is no seat yet."""
    going = sa.select(Rsvp.id).where(
        Rsvp.event_id == event_id,
        Rsvp.person_id == person_id,
        Rsvp.status == RsvpStatus.GOING,
    )
    return db.session.scalar(going) is not None


def drop_guests(
    event: Event, addresses: Collection[str], reason: Reason, *, tell_guests: bool
) -> int:
    """Take guests of these addresses out of every party, and give their seats on; says how many.

    The event is locked. Who brought them is told; they themselves only with ``tell_guests``.
    """
    found = sa.select(Rsvp).where(Rsvp.event_id == event.id, _is_guest(addresses))
    fresh = found.order_by(Rsvp.ticket).execution_options(populate_existing=True)
    count = 0
    for rsvp in db.session.scalars(fresh).all():
        db.session.refresh(rsvp, ["attendees"])
        dropped = [guest for guest in rsvp.guests if guest.address in addresses]
        _shrink(event, rsvp, dropped, reason, tell_guests=tell_guests)
        count += len(dropped)
    if count:
        move_line(event, Reason.FREED_SEAT)
    return count


def _shrink(
    event: Event, rsvp: Rsvp, dropped: list[Attendee], reason: Reason, *, tell_guests: bool
) -> None:
    was, free = rsvp.party_size, free_now(event)
    facts = tuple(DroppedGuest.of(guest) for guest in dropped) if tell_guests else ()
    for guest in dropped:
        rsvp.attendees.remove(guest)
    rsvp.party_size = was - len(dropped)
    if rsvp.holds_seats:
        give_back(event, len(dropped))
    if rsvp.status != RsvpStatus.INVITED:
        settle(rsvp, Act.CHANGE, rsvp.status, reason, free=free)
        record(PartyChanged(rsvp.id, event.id, was, (), facts, rsvp.party_size))
    db.session.flush()


def _is_guest(addresses: Collection[str]) -> sa.ColumnElement[bool]:
    brought = sa.select(Attendee.rsvp_id).where(
        Attendee.position > 0, Attendee.address.in_(addresses)
    )
    return sa.and_(Rsvp.id.in_(brought), Rsvp.status.in_(REMOVABLE))
