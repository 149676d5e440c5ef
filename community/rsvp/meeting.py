"""What an answer meets: all that is looked at under the event's lock, by one statement.

Nearly every answer is new, to an event that requires nothing, by somebody whom nobody brings along.
It need not ask for each of these by itself while everybody else waits for the lock.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.db import execute_plain
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.party import HAS_A_PLACE
from community.rsvp.queries import find_rsvp
from community.rsvp.question_models import Question


@dataclass(frozen=True)
class Met:
    """What there is before an answer: the person's own, and what it has to reckon with.

    ``is_guest``: an address of theirs has a seat or a place in somebody else's party.
    """

    rsvp: Rsvp | None
    is_guest: bool
    something_is_required: bool
    somebody_waits: bool


def what_is_met(event_id: int, person: Person) -> Met:
    """Read it once the event is locked and the person steady: their addresses count."""
    own = [one.address for one in person.addresses]
    here = {"event_id": event_id, "person_id": person.id, "own": own}
    row: Any = execute_plain(_MET, here).one()
    rsvp = find_rsvp(event_id, person.id) if row[0] is not None else None
    return Met(rsvp, *row[1:])


def _build() -> sa.Select[int, bool, bool, bool]:
    event_id: sa.BindParameter[int] = sa.bindparam("event_id", type_=sa.Integer)
    person_id: sa.BindParameter[int] = sa.bindparam("person_id", type_=sa.Integer)
    other, waiting = aliased(Rsvp), aliased(Rsvp)
    # By the address, of which there are few, and never by the event, of which there may be many.
    counts = sa.select(other.id).where(
        other.id == Attendee.rsvp_id,
        other.event_id == event_id,
        other.person_id != person_id,
        other.status.in_(HAS_A_PLACE),
    )
    own = Attendee.address.in_(sa.bindparam("own", expanding=True))
    brought = sa.select(Attendee.id).where(own, counts.exists())
    required = sa.select(Question.id).where(
        Question.event_id == event_id, Question.required, Question.retired_at.is_(None)
    )
    waits = sa.select(waiting.id).where(
        waiting.event_id == event_id, waiting.status == RsvpStatus.WAITLISTED
    )
    mine = sa.and_(Rsvp.event_id == Event.id, Rsvp.person_id == person_id)
    return (
        sa.select(Rsvp.id, brought.exists(), required.exists(), waits.exists())
        .select_from(Event)
        .outerjoin(Rsvp, mine)
        .where(Event.id == event_id)
    )


# Made once: everybody else waits meanwhile, and building it takes longer than its answer.
_MET = _build()
