"""What becomes of somebody's answers when they change their address."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed
from community.core.tokens import new_key
from community.events.models import Event
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.queries import get_rsvp


def answers_to_come(person_id: int) -> Sequence[tuple[int, int]]:
    """Event and RSVP ids of a person's answers to events that are not over.

    They are in order of the events' ids, which is the order to lock them in.
    """
    found = (
        sa.select(Rsvp.event_id, Rsvp.id)
        .join(Event)
        .where(Rsvp.person_id == person_id, Event.ends_at > now())
        .order_by(Rsvp.event_id)
    )
    return [(event_id, rsvp_id) for event_id, rsvp_id in db.session.execute(found)]


def lock_answer(rsvp_id: int) -> Rsvp:
    """An RSVP and its own attendee, fresh. The event is locked before.

    The worker notes without the event's lock that an invite has left: hence one of its own.
    """
    db.session.scalars(
        sa.select(Attendee)
        .where(Attendee.rsvp_id == rsvp_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    rsvp = get_rsvp(rsvp_id)
    db.session.refresh(rsvp)
    return rsvp


def readdress(rsvp: Rsvp, address: str) -> None:
    """Write to the new address from now on; what was mailed to the old one opens nothing more."""
    rsvp.head.address = address
    rsvp.head.reply_key = new_key()
    rsvp.link_generation += 1


def begin_new_entry(head: Attendee) -> None:
    """Give an attendee another calendar entry, which no calendar knows yet.

    DTSTAMP is left to rise on; SEQUENCE begins again, because it orders one UID's messages alone
    (RFC 5546 section 2.1.4).
    """
    head.uid = str(uuid.uuid4())
    head.sequence = -1
    head.invited_at = None
    head.answered_sequence = head.answered_stamp = head.rescheduled_sequence = None


def readdress_past(person_id: int, address: str) -> None:
    """The same for events that are over: nobody is told, and the old address is kept nowhere."""
    over = sa.select(Rsvp.id).join(Event).where(Rsvp.person_id == person_id, Event.ends_at <= now())
    own = sa.update(Attendee).where(Attendee.rsvp_id.in_(over), Attendee.position == 0)
    rows_changed(own.values(address=address))
    links = sa.update(Rsvp).where(Rsvp.id.in_(over))
    rows_changed(links.values(link_generation=Rsvp.link_generation + 1))
