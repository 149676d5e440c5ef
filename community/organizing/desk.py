"""The organizer's desk: the events that somebody may edit, and how each stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.discovery.events import rights_of
from community.events.models import Event, EventHost, EventStatus, HostRole
from community.events.queries import edited_by, find_event
from community.membership.viewer import Viewer
from community.rsvp.checkin import OPEN_AFTER
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import Seats, seats_of, waiting_parties

MOST = 200
PAGE = 50


@dataclass(frozen=True)
class OrganizedEvent:
    """An event on the desk. ``going`` and ``waiting`` count answers, a party being one."""

    event: Event
    seats: Seats
    going: int
    waiting: int


def list_organized(viewer: Viewer, *, past: bool) -> list[OrganizedEvent]:
    """The events that the viewer may edit, drafts included; an admin's are all.

    Coming ones soonest first, past ones latest first, 200 at most.
    """
    moment = now()
    query = sa.select(Event).options(selectinload(Event.venue)).where(Event.archived_at.is_(None))
    query = query.where(Event.ends_at <= moment if past else Event.ends_at > moment)
    if not viewer.is_admin:
        query = query.where(Event.id.in_(edited_by(viewer)))
    order = (Event.starts_at.desc(), Event.id.desc()) if past else (Event.starts_at, Event.id)
    return _organized(db.session.scalars(query.order_by(*order).limit(MOST)).all())


def list_archived(viewer: Viewer, after: str = "") -> Page[OrganizedEvent]:
    """What the viewer may edit and was put away, the latest event first, a page at a time."""
    query = sa.select(Event).options(selectinload(Event.venue))
    query = query.where(Event.archived_at.is_not(None))
    if not viewer.is_admin:
        query = query.where(Event.id.in_(edited_by(viewer)))
    if key := read_cursor(after, (str, int)):
        mark = sa.bindparam(None, read_instant(key[0]), Event.starts_at.type)
        query = query.where(sa.tuple_(Event.starts_at, Event.id) < sa.tuple_(mark, key[1]))
    order = (Event.starts_at.desc(), Event.id.desc())
    found = db.session.scalars(query.order_by(*order).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    more = len(found) > PAGE
    last = cursor(shown[-1].starts_at.isoformat(), shown[-1].id) if more else None
    return Page(_organized(shown), last)


def get_organized_event(viewer: Viewer, slug: str) -> Event:
    """The event of that slug. Raises NotFound also when it is somebody else's."""
    event = find_event(slug)
    if event is None or not rights_of(viewer, event).edits:
        raise NotFound("event")
    return event


def get_led_event(viewer: Viewer, slug: str) -> Event:
    """The same for whoever decides who does what at it."""
    event = find_event(slug)
    if event is None or not rights_of(viewer, event).leads:
        raise NotFound("event")
    return event


def has_desk(viewer: Viewer) -> bool:
    """Whether the desk is a page for the viewer: organizers, and who co-hosts an event."""
    if viewer.is_organizer or viewer.person_id is None:
        return viewer.is_organizer
    return db.session.scalar(edited_by(viewer).limit(1)) is not None


def events_to_help_at(viewer: Viewer) -> list[tuple[Event, HostRole]]:
    """Events that somebody else asked the viewer to help at, until the door is closed for good.

    Soonest first, 200 at most.
    """
    if viewer.is_shut_out:
        return []
    query = (
        sa.select(Event, EventHost.role)
        .join(EventHost, EventHost.event_id == Event.id)
        .where(
            EventHost.person_id == viewer.person_id,
            EventHost.role != HostRole.OWNER,
            Event.status != EventStatus.CANCELLED,
            Event.ends_at > now() - OPEN_AFTER,
        )
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    return [(event, role) for event, role in db.session.execute(query)]


def _organized(events: Sequence[Event]) -> list[OrganizedEvent]:
    ids = [event.id for event in events]
    waiting, going = waiting_parties(ids), _going(ids)
    return [
        OrganizedEvent(
            event=event,
            seats=seats_of(event, waiting.get(event.id, 0)),
            going=going.get(event.id, 0),
            waiting=waiting.get(event.id, 0),
        )
        for event in events
    ]


def _going(ids: list[int]) -> dict[int, int]:
    counted = (
        sa.select(Rsvp.event_id, sa.func.count())
        .where(Rsvp.event_id.in_(ids), Rsvp.status == RsvpStatus.GOING)
        .group_by(Rsvp.event_id)
    )
    return dict(iter(db.session.execute(counted)))
