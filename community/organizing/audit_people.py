"""Whose entries somebody may ask the audit log for, by name."""

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.db import db
from community.core.errors import Refused
from community.core.text import clean_line
from community.events.models import EventHost
from community.membership.models import Person, PersonAddress
from community.organizing.audit_names import Named
from community.organizing.models import AuditEntry
from community.organizing.people import Sought, list_people
from community.rsvp.models import Rsvp

MOST = 20
_MOST_WORDS = 6


def people_of_log(admin_id: int, q: str) -> list[Named]:
    """For the whole log: twenty at most by a whole address, or by how names begin."""
    return [Named(one.id, one.name) for one in list_people(admin_id, Sought(q)).rows[:MOST]]


def people_of_event(event_id: int, q: str) -> list[Named]:
    """For the log of an event: the same among who answered it, helps at it, or acted on it."""
    query = _at_event(event_id).order_by(Person.sort_name, Person.id).limit(MOST)
    if "@" in q:
        try:
            address = normal_address(q)
        except Refused:
            return []
        owner = sa.select(PersonAddress.person_id).where(PersonAddress.address == address)
        return _named(query.where(Person.id.in_(owner)))
    for word in clean_line(q).split()[:_MOST_WORDS]:
        query = query.where(Person.name.icontains(word, autoescape=True))
    return _named(query)


def person_of_event(event_id: int, person_id: int) -> Named | None:
    """One of them; None for everybody else, whose name is not for the event's hosts."""
    return next(iter(_named(_at_event(event_id).where(Person.id == person_id))), None)


def _at_event(event_id: int) -> sa.Select[int, str]:
    answered = sa.select(Rsvp.person_id).where(Rsvp.event_id == event_id)
    helps = sa.select(EventHost.person_id).where(EventHost.event_id == event_id)
    acted = sa.exists().where(AuditEntry.event_id == event_id, AuditEntry.actor_id == Person.id)
    there = sa.or_(Person.id.in_(answered), Person.id.in_(helps), acted)
    return sa.select(Person.id, Person.name).where(Person.erased_at.is_(None), there)


def _named(query: sa.Select[int, str]) -> list[Named]:
    return [Named(one, name) for one, name in db.session.execute(query)]
