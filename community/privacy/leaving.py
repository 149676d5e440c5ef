"""What becomes of somebody's coming seats when their membership is suspended or ends."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event, EventStatus, Visibility
from community.membership import standing
from community.membership.models import Person
from community.rsvp.models import Rsvp, Source
from community.rsvp.respond import say_no
from community.rsvp.transitions import LEAVABLE


@transactional
def suspend(admin_id: int, person_id: int, *, word: str = "", free_seats: bool = False) -> Person:
    """Suspend somebody. Seats at members' events are freed, with ``free_seats`` all to come."""
    standing.require_admin(admin_id)
    _free(person_id, everywhere=free_seats, source=Source.ORGANIZER)
    return standing.suspend(admin_id, person_id, word)


@transactional
def end_membership(
    admin_id: int, person_id: int, *, word: str = "", free_seats: bool = False
) -> Person:
    """End somebody's membership; seats as in :func:`suspend`."""
    standing.require_admin(admin_id)
    _free(person_id, everywhere=free_seats, source=Source.ORGANIZER)
    return standing.end_membership(admin_id, person_id, word)


@transactional
def leave_community(person_id: int, *, free_seats: bool = False) -> Person:
    """End one's own membership; seats as in :func:`suspend`."""
    _free(person_id, everywhere=free_seats, source=Source.WEB)
    return standing.leave_community(person_id)


def count_coming(person_id: int) -> int:
    """At how many coming events somebody has a seat, a place in line, or asks for one."""
    counted = sa.select(sa.func.count()).select_from(_coming(person_id, everywhere=True).subquery())
    return db.session.scalar(counted) or 0


def _free(person_id: int, *, everywhere: bool, source: Source) -> None:
    """Leave those events by the same verb as the button does, so that the line moves.

    Events are locked in order of their ids, and before the person, as everywhere.
    """
    for event_id in db.session.scalars(_coming(person_id, everywhere=everywhere)).all():
        say_no(person_id, event_id, source=source)


def _coming(person_id: int, *, everywhere: bool) -> sa.Select[int]:
    query = (
        sa.select(Rsvp.event_id)
        .join(Event)
        .where(
            Rsvp.person_id == person_id,
            Rsvp.status.in_(LEAVABLE),
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at > now(),
        )
        .order_by(Rsvp.event_id)
    )
    return query if everywhere else query.where(Event.visibility == Visibility.MEMBERS)
