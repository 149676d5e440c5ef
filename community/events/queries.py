"""Reads about events that do not depend on who looks; those that do are in ``discovery``."""

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.errors import NotFound
from community.events.models import Event, EventHost, Venue
from community.membership.queries import get_person


def get_event(event_id: int) -> Event:
    """The event of that id. Raises NotFound."""
    event = db.session.get(Event, event_id)
    if event is None:
        raise NotFound("event")
    return event


def find_event(slug: str) -> Event | None:
    """The event of that slug, with what its page shows."""
    return db.session.scalar(
        sa.select(Event)
        .where(Event.slug == slug)
        .options(selectinload(Event.topics), selectinload(Event.hosts), selectinload(Event.venue))
    )


def lock_event(event_id: int) -> Event:
    """The event, fresh, and nobody else's until the use-case ends. Take it before reading more.

    On SQLite the use-case holds the only write lock anyway; on PostgreSQL it is the row's, weak
    enough to let foreign keys to it pass.
    """
    event = db.session.scalar(
        sa.select(Event)
        .where(Event.id == event_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if event is None:
        raise NotFound("event")
    return event


def is_host(event_id: int, person_id: int | None) -> bool:
    """Whether the person owns or co-hosts the event."""
    if person_id is None:
        return False
    found = sa.select(EventHost.event_id).where(
        EventHost.event_id == event_id, EventHost.person_id == person_id
    )
    return db.session.scalar(found) is not None


def require_editor(person_id: int, event_id: int) -> None:
    """Raises NotFound unless the person may edit the event: what is not yours looks absent."""
    person = get_person(person_id)
    mine = person.is_organizer and is_host(event_id, person_id)
    if not mine and not person.is_admin:
        raise NotFound("event")


def known_venues() -> list[Venue]:
    """The venues that a form may propose, by name."""
    return list(db.session.scalars(sa.select(Venue).order_by(Venue.name, Venue.id).limit(200)))
