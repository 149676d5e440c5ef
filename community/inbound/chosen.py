"""Which of the answers in a reply is meant, and whether an address belongs to who was invited."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.calendar.received_models import CalendarAlias
from community.calendar.replies import Answer, Reply
from community.core.db import db
from community.membership.models import PersonAddress
from community.rsvp.models import Attendee


def chosen_answer(reply: Reply, head: Attendee) -> Answer | None:
    """The one answer of a reply: that of the invited address, else of an address of theirs.

    None when there is none, or when it says two things.
    """
    own = [one for one in reply.answers if one.attendee == head.address]
    if not own:
        own = [one for one in reply.answers if is_theirs(one.attendee, head)]
    return _only(own or reply.answers)


def _only(answers: Sequence[Answer]) -> Answer | None:
    if len({(one.attendee, one.partstat) for one in answers}) != 1:
        return None
    return next((one for one in answers if one.comment), answers[0])


def is_theirs(address: str, head: Attendee) -> bool:
    """Whether the address is the invited one, or another that the same person has confirmed."""
    if address == head.address:
        return True
    if head.position:
        return False
    person_id = head.rsvp.person_id
    proven = sa.select(PersonAddress.address).where(
        PersonAddress.person_id == person_id,
        PersonAddress.address == address,
        PersonAddress.verified_at.is_not(None),
    )
    alias = sa.select(CalendarAlias.address).where(
        CalendarAlias.person_id == person_id, CalendarAlias.address == address
    )
    return db.session.scalar(sa.union_all(proven, alias).limit(1)) is not None
