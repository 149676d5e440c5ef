"""Answers in any state, those included that no use-case of today leads to."""

from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, transactional
from community.core.db import rows_changed as changed
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Answer, Guest, write_party
from tests.factories.people import a_member


def some_guests(count: int) -> list[Guest]:
    return [Guest(f"Guest {number}") for number in range(1, count + 1)]


@transactional
def answer_in(
    status: RsvpStatus, event_id: int, person: Person | None = None, *, reserved: bool = False
) -> Rsvp:
    """An answer that is in that state, with its seat when the state has one.

    ``reserved`` holds an invitation's seat for a day.
    """
    who = person or a_member()
    event = db.session.get_one(Event, event_id)
    rsvp = Rsvp(event_id=event.id, person_id=who.id, status=status, ticket=event.next_ticket)
    event.next_ticket += 1
    if status == RsvpStatus.INVITED:
        rsvp.invited_at = now()
    if reserved or status == RsvpStatus.OFFERED:
        rsvp.reserved_until = now() + timedelta(days=1)
    db.session.add(rsvp)
    write_party(rsvp, who, Answer())
    if rsvp.holds_seats:
        changed(
            sa.update(Event).where(Event.id == event_id).values(seats_taken=Event.seats_taken + 1)
        )
    return rsvp


def statuses(event_id: int) -> list[str]:
    """Where everybody stands, in order of tickets."""
    db.session.rollback()
    found = sa.select(Rsvp.status).where(Rsvp.event_id == event_id).order_by(Rsvp.ticket)
    return [status.value for status in db.session.scalars(found)]


def seats_taken(event_id: int) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Event.seats_taken).where(Event.id == event_id)).one()
