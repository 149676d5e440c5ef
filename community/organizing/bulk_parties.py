"""The parties that are decided on together, as a preview shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.membership.models import Person, PersonAddress
from community.membership.queries import shown_name
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import newest_decisions
from community.rsvp.transitions import SEATED


@dataclass(frozen=True)
class Party:
    """One RSVP. ``was`` is the state that the newest decision ended, ``why`` says why it is passed
    over: a word for the edge."""

    rsvp_id: int
    name: str
    address: str
    status: str
    seats: int
    reminded_at: datetime | None
    holds_seats: bool
    was: str
    why: str = ""


def parties_of(event: Event, ids: Sequence[int]) -> list[Party]:
    """Those of the event's RSVPs, fresh, in order of their tickets."""
    primary = sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary)
    query = (
        sa.select(
            Rsvp.id,
            Person.name,
            sa.func.coalesce(PersonAddress.address, "").label("address"),
            Rsvp.status,
            Rsvp.party_size,
            Rsvp.reminded_at,
            Rsvp.reserved_until,
        )
        .join(Person, Rsvp.person_id == Person.id)
        .outerjoin(PersonAddress, primary)
        .where(Rsvp.event_id == event.id, Rsvp.id.in_(ids))
        .order_by(Rsvp.ticket, Rsvp.id)
    )
    decided = newest_decisions(list(ids))
    return [
        Party(
            rsvp_id=row.id,
            name=shown_name(row.name),
            address=row.address,
            status=row.status.value,
            seats=row.party_size,
            reminded_at=row.reminded_at,
            holds_seats=row.status in SEATED
            or (row.status == RsvpStatus.INVITED and row.reserved_until is not None),
            was=_was(decided[row.id].was) if row.id in decided else "",
        )
        for row in db.session.execute(query)
    ]


def _was(status: RsvpStatus | None) -> str:
    return status.value if status else ""
