"""Venues: what they are called and where they are, and what follows for the events there."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_line, clean_text
from community.events.changes import EventEdited, VenueDeleted, VenueEdited
from community.events.drafts import facts_told
from community.events.models import Event, EventStatus, Venue
from community.events.queries import edited_by, lock_event
from community.membership.queries import get_person
from community.membership.viewer import Viewer

PAGE = 50
_LARGEST_ID = 2**31 - 1  # what a column of ids holds on PostgreSQL
_PLACE = ("name", "address", "city", "country")


@dataclass(frozen=True)
class VenueDraft:
    """What an organizer writes down about a venue."""

    name: str
    address: str = ""
    city: str = ""
    country: str = ""
    access_notes: str = ""


def list_venues(viewer: Viewer, after: str = "") -> Page[Venue]:
    """The venues of the events that the viewer edits, and those of no event, by name.

    An admin's are all. Where somebody else's event is may be nobody else's business: an address
    can be a home's.
    """
    query = sa.select(Venue).where(_kept_by(viewer))
    if key := read_cursor(after, (str, int)):
        query = query.where(sa.tuple_(Venue.name, Venue.id) > sa.tuple_(*map(sa.literal, key)))
    found = list(db.session.scalars(query.order_by(Venue.name, Venue.id).limit(PAGE + 1)))
    shown = found[:PAGE]
    more = cursor(shown[-1].name, shown[-1].id) if len(found) > PAGE else None
    return Page(shown, more)


def get_kept_venue(viewer: Viewer, venue_id: int) -> Venue:
    """The venue of that id. Raises NotFound also when it is none of the viewer's."""
    one = sa.select(Venue).where(Venue.id == min(venue_id, _LARGEST_ID), _kept_by(viewer))
    venue = db.session.scalar(one)
    if venue is None:
        raise NotFound("venue")
    return venue


@transactional
def edit_venue(organizer_id: int, venue_id: int, draft: VenueDraft) -> Venue:
    """Change what a venue is called, where it is and how to get in.

    Whoever has a coming event there in a calendar is told of another name or address, as by an
    edit of the event. Refuses while somebody else's coming event is there: that is theirs to move.
    """
    viewer = Viewer.of(get_person(organizer_id))
    get_kept_venue(viewer, venue_id)
    facts = _facts(draft)
    coming = _lock_coming(venue_id)
    _require_own(viewer, coming)
    venue = db.session.get_one(Venue, venue_id, populate_existing=True)
    changed = tuple(name for name, value in facts.items() if getattr(venue, name) != value)
    if not changed:
        return venue
    before = {event.id: facts_told(event) for event in coming}
    values = {name: [getattr(venue, name), facts[name]] for name in _PLACE if name in changed}
    for name in changed:
        setattr(venue, name, facts[name])
    if set(changed) & set(_PLACE[1:]):
        venue.latitude = venue.longitude = None  # of the old address
    db.session.flush()
    record(VenueEdited(venue.id, changed, values))
    if set(changed) & set(_PLACE):
        for event in coming:
            event.version, event.sequence = event.version + 1, event.sequence + 1
            event.changed_at = now()
            told = before[event.id]
            record(EventEdited(event.id, ("venue_id",), moved=False, elsewhere=True, before=told))
    return venue


@transactional
def delete_venue(organizer_id: int, venue_id: int) -> None:
    """Remove a venue where no event is, was, or is planned. Refuses all others.

    The foreign key is behind it: an event that is put there at this moment keeps it, or is
    written down again with a venue of its own.
    """
    get_kept_venue(Viewer.of(get_person(organizer_id)), venue_id)
    held = sa.select(Venue).where(Venue.id == venue_id).with_for_update()
    venue = db.session.scalar(held.execution_options(populate_existing=True))
    if venue is None:
        raise NotFound("venue")
    if db.session.scalar(sa.select(Event.id).where(Event.venue_id == venue.id).limit(1)):
        raise Refused("venue_used")
    record(VenueDeleted(venue.id, venue.name))
    db.session.delete(venue)


def _kept_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    if viewer.is_admin:
        return sa.true()
    if not viewer.is_organizer:
        return sa.false()
    there = sa.select(Event.id).where(Event.venue_id == Venue.id)
    return sa.or_(there.where(Event.id.in_(edited_by(viewer))).exists(), ~there.exists())


def _lock_coming(venue_id: int) -> list[Event]:
    """The events there that are not over or off, locked in order of their ids."""
    coming = sa.select(Event.id).where(
        Event.venue_id == venue_id,
        Event.ends_at > now(),
        Event.status != EventStatus.CANCELLED,
    )
    locked = [lock_event(event_id) for event_id in db.session.scalars(coming.order_by(Event.id))]
    return [event for event in locked if event.venue_id == venue_id]


def _require_own(viewer: Viewer, coming: Sequence[Event]) -> None:
    if viewer.is_admin:
        return
    own = set(db.session.scalars(edited_by(viewer)))
    if any(event.id not in own for event in coming):
        raise Refused("venue_of_others")


def _facts(draft: VenueDraft) -> dict[str, str]:
    name = clean_line(draft.name)
    if not name:
        raise Refused("venue_name_missing", field="name")
    return {
        "name": name,
        "address": clean_line(draft.address),
        "city": clean_line(draft.city),
        "country": clean_line(draft.country),
        "access_notes": clean_text(draft.access_notes),
    }
