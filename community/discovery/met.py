"""People whom a member met: guests of the same past events, where both want to be found."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import aliased, selectinload

from community.core.clock import now
from community.core.db import db
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.discovery.acquaintance import listed
from community.discovery.people import VisibleProfile, seen_by
from community.events.models import Event, EventStatus
from community.membership.models import Membership, Person
from community.membership.viewer import Viewer
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

PAGE = 24


@dataclass(frozen=True)
class Evening:
    """An event that the viewer was at, and some of the people who were there, too."""

    event: Event
    people: list[VisibleProfile] = field(default_factory=list)


def wants_to_be_found(viewer: Viewer) -> bool:
    """Whether the viewer has said that people of the same events may find them."""
    mine = sa.select(Person.findable_after_events).where(Person.id == viewer.person_id)
    return bool(db.session.scalar(mine))


def people_met(viewer: Viewer, after: str = "", *, size: int = PAGE) -> Page[Evening]:
    """Guests of events that are over, newest event first; nobody for who is not to be found.

    At an event where people were checked in, only they were there.
    """
    if not viewer.is_member or not wants_to_be_found(viewer):
        return Page([])
    mine, theirs = aliased(Rsvp), aliased(Rsvp)
    query = (
        sa.select(Event, Person)
        .join(mine, sa.and_(mine.event_id == Event.id, mine.person_id == viewer.person_id))
        .join(theirs, theirs.event_id == Event.id)
        .join(Person, Person.id == theirs.person_id)
        .where(
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at <= now(),
            _came(mine),
            _came(theirs),
            Person.id != viewer.person_id,
            Person.findable_after_events,
            listed(viewer),
        )
        .options(selectinload(Person.topics), selectinload(Person.addresses))
    )
    if key := read_cursor(after, (str, int, int)):
        query = query.where(_comes_after(key))
    order = (Event.starts_at.desc(), Event.id.desc(), Person.id)
    found = db.session.execute(query.order_by(*order).limit(size + 1)).all()
    shown = [(event, person) for event, person in found[:size]]
    return Page(_evenings(viewer, shown), _after(shown) if len(found) > size else None)


def count_findable(event_id: int) -> int:
    """How many people who were at an event others of it can find, now that it is over."""
    counted = (
        sa.select(sa.func.count())
        .select_from(Rsvp)
        .join(Person, Person.id == Rsvp.person_id)
        .where(
            Rsvp.event_id == event_id,
            _came(Rsvp),
            Person.findable_after_events,
            Person.membership == Membership.ACTIVE,
        )
    )
    return db.session.scalar(counted) or 0


def _came(rsvp: type[Rsvp]) -> sa.ColumnElement[bool]:
    """Whether an answer was yes and nobody at the door missed its person."""
    any_rsvp = aliased(Rsvp)
    door = sa.exists().where(
        any_rsvp.event_id == rsvp.event_id,
        Attendee.rsvp_id == any_rsvp.id,
        Attendee.checked_in_at.is_not(None),
    )
    seen = sa.exists().where(
        Attendee.rsvp_id == rsvp.id, Attendee.position == 0, Attendee.checked_in_at.is_not(None)
    )
    return sa.and_(rsvp.status == RsvpStatus.GOING, sa.or_(seen, sa.not_(door)))


def _comes_after(key: list[str | int]) -> sa.ColumnElement[bool]:
    at = sa.bindparam(None, read_instant(key[0]), Event.starts_at.type)
    earlier = sa.tuple_(Event.starts_at, Event.id) < sa.tuple_(at, sa.literal(key[1]))
    return sa.or_(earlier, sa.and_(Event.id == key[1], Person.id > key[2]))


def _after(shown: list[tuple[Event, Person]]) -> str:
    event, person = shown[-1]
    return cursor(event.starts_at.isoformat(), event.id, person.id)


def _evenings(viewer: Viewer, shown: list[tuple[Event, Person]]) -> list[Evening]:
    """The rows by event, in their order; a person met twice stands under both."""
    unique = {person.id: person for _, person in shown}
    profiles = {p.handle: p for p in seen_by(viewer, list(unique.values()))}
    evenings: dict[int, Evening] = {}
    for event, person in shown:
        evening = evenings.setdefault(event.id, Evening(event))
        if person.handle in profiles:
            evening.people.append(profiles[person.handle])
    return list(evenings.values())
