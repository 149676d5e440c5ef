"""Whose page an organizer finds at the desk: an admin everybody's, others their own guests'."""

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.events.models import HOSTS, EventHost
from community.events.queries import edited_by
from community.membership.models import Person
from community.membership.queries import get_person
from community.membership.viewer import Viewer
from community.rsvp.models import Rsvp

_LARGEST_ID = 2**31 - 1


def get_guest(viewer: Viewer, person_id: int) -> Person:
    """The person, for an organizer at one of whose events they answered or help.

    An admin finds everybody. Raises NotFound for all others, and for an erased record.
    """
    person = db.session.get(Person, person_id) if 0 < person_id <= _LARGEST_ID else None
    if person is None or person.erased_at is not None or not _may_know(viewer, person_id):
        raise NotFound("person")
    return person


def get_guest_of(actor_id: int, person_id: int) -> Person:
    """The same for a use-case, as the actor stands now."""
    return get_guest(Viewer.of(get_person(actor_id)), person_id)


def _may_know(viewer: Viewer, person_id: int) -> bool:
    if viewer.is_admin or not viewer.is_organizer:
        return viewer.is_admin
    mine = edited_by(viewer)
    answered = sa.select(Rsvp.id).where(Rsvp.person_id == person_id, Rsvp.event_id.in_(mine))
    helps = sa.select(EventHost.event_id).where(
        EventHost.person_id == person_id, EventHost.role.in_(HOSTS), EventHost.event_id.in_(mine)
    )
    return bool(db.session.scalar(sa.select(sa.or_(answered.exists(), helps.exists()))))
