"""Reads about events that do not depend on who looks; those that do are in ``discovery``."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from community.core.db import db
from community.core.errors import NotFound
from community.events import visibility
from community.events.models import HOSTS, Event, EventHost, HostRole, Venue
from community.events.visibility import Rights
from community.membership.queries import get_person
from community.membership.viewer import Viewer

# Made once: an RSVP waits for them, and building a statement takes longer than its answer.
_OF_SLUG = sa.select(Event).where(Event.slug == sa.bindparam("slug"))
_TO_LOCK = (
    sa.select(Event)
    .where(Event.id == sa.bindparam("event_id"))
    .options(joinedload(Event.venue))  # every mail and calendar names the place
    .with_for_update(key_share=True, of=Event)
    .execution_options(populate_existing=True)
)


def get_event(event_id: int) -> Event:
    """The event of that id. Raises NotFound."""
    event = db.session.get(Event, event_id)
    if event is None:
        raise NotFound("event")
    return event


def find_event(slug: str) -> Event | None:
    """The event of that slug. Who shows its place, topics and hosts has them read."""
    return db.session.scalar(_OF_SLUG, {"slug": slug})


def lock_event(event_id: int) -> Event:
    """The event, fresh, and nobody else's until the use-case ends. Take it before reading more.

    On SQLite the use-case holds the only write lock anyway; on PostgreSQL it is the row's, weak
    enough to let foreign keys to it pass.
    """
    event = db.session.scalar(_TO_LOCK, {"event_id": event_id})
    if event is None:
        raise NotFound("event")
    return event


def are_coming(moment: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """That an event is not over at an aware instant.

    Lists are read in order of the beginning, and most events of an old community are over: the
    earliest beginning of those that are not says where to begin.
    """
    coming = Event.__table__.alias()
    # Both databases find the least of an indexed column by walking up from the beginning of time;
    # that of an expression they look for among those that are coming.
    begins = sa.func.coalesce(coming.c.starts_at, coming.c.ends_at)
    first = sa.select(sa.func.min(begins)).where(coming.c.ends_at > moment)
    return sa.and_(Event.ends_at > moment, Event.starts_at >= first.scalar_subquery())


def are_over(moment: datetime) -> sa.ColumnElement[bool]:
    """That an event is over at an aware instant; what begins later is not looked at."""
    return sa.and_(Event.ends_at <= moment, Event.starts_at < moment)


def find_role(event_id: int, person_id: int | None) -> HostRole | None:
    """What the person is to the event; None for everybody else and for visitors."""
    if person_id is None:
        return None
    found = sa.select(EventHost.role).where(
        EventHost.event_id == event_id, EventHost.person_id == person_id
    )
    return db.session.scalar(found)


def is_host(event_id: int, person_id: int | None) -> bool:
    """Whether the person owns or co-hosts the event."""
    return find_role(event_id, person_id) in HOSTS


def hosted_by(person_id: int | None) -> sa.Select[int]:
    """The ids of the events that a person owns or co-hosts, as a subquery."""
    return sa.select(EventHost.event_id).where(
        EventHost.person_id == person_id, EventHost.role.in_(HOSTS)
    )


def edited_by(viewer: Viewer) -> sa.Select[int]:
    """The same, narrowed to those that the viewer may edit: an owner must be an organizer."""
    roles = HOSTS if viewer.is_organizer else (HostRole.COHOST,)
    return sa.select(EventHost.event_id).where(
        EventHost.person_id == viewer.person_id,
        EventHost.role.in_(roles),
        sa.false() if viewer.is_shut_out else sa.true(),
    )


def rights_at(viewer: Viewer, slug: str) -> Rights:
    """What the viewer may do at the event of that slug; nothing where there is none."""
    mine = sa.and_(EventHost.event_id == Event.id, EventHost.person_id == viewer.person_id)
    found = sa.select(EventHost.role).select_from(Event).outerjoin(EventHost, mine)
    row = db.session.execute(found.where(Event.slug == slug)).first()
    return visibility.rights(viewer, row.role) if row else visibility.NO_RIGHTS


def require_editor(person_id: int, event_id: int) -> None:
    """Raises NotFound unless the person may edit the event: what is not yours looks absent."""
    if not _rights(person_id, event_id).edits:
        raise NotFound("event")


def require_leader(person_id: int, event_id: int) -> None:
    """Raises NotFound unless the person decides who does what at the event."""
    if not _rights(person_id, event_id).leads:
        raise NotFound("event")


def require_door(person_id: int, event_id: int) -> None:
    """Raises NotFound unless the person may let people in."""
    if not _rights(person_id, event_id).checks_in:
        raise NotFound("event")


def _rights(person_id: int, event_id: int) -> Rights:
    person = get_person(person_id)
    if person.is_shut_out:
        return visibility.NO_RIGHTS
    return visibility.rights(Viewer.of(person), find_role(event_id, person_id))


def known_venues() -> list[Venue]:
    """The venues that a form may propose, by name."""
    return list(db.session.scalars(sa.select(Venue).order_by(Venue.name, Venue.id).limit(200)))
