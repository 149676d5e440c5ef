"""Lists and pages of events as one viewer may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.core.text import clean_line
from community.core.types import UTCDateTime
from community.events import visibility
from community.events.models import Event, EventStatus, Venue, Visibility, event_topics
from community.events.queries import (
    are_coming,
    are_over,
    find_event,
    find_role,
    hosted_by,
    is_host,
)
from community.events.visibility import Rights
from community.membership.models import Topic
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import Opened, Seats, find_opened, find_rsvp, seats_of, waiting_parties

PAGE, MOST_OTHERS = 24, 8
_SINCE = sa.bindparam("since", type_=UTCDateTime)
_LONGEST_QUERY = 100  # SQLite refuses a LIKE of 50,000 bytes


@dataclass(frozen=True)
class EventCard:
    """An event in a list. ``answer`` is the viewer's own, ``is_past`` true once it has ended."""

    event: Event
    seats: Seats
    answer: str | None
    is_past: bool


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to: ``when`` is ``coming`` or ``past``, ``topic`` a slug."""

    when: str = "coming"
    topic: str = ""
    q: str = ""
    after: str = ""


def get_visible_event(viewer: Viewer, slug: str) -> Event:
    """The event of that slug. Raises NotFound also when the viewer may not know of it."""
    event = find_event(slug)
    if event is not None and visibility.may_see(event, viewer, is_host=False, answer=None):
        return event  # most are for everybody: nothing to look up
    return _visible_to(viewer, event, find_rsvp(event.id if event else 0, viewer.person_id))


def open_event(viewer: Viewer, slug: str) -> Opened:
    """The same for who is about to answer it: with what they answered before."""
    opened = find_opened(slug, viewer.person_id)
    event, mine = (opened.event, opened.mine) if opened else (None, None)
    _visible_to(viewer, event, mine)
    if opened is None:  # which has been refused
        raise NotFound("event")
    return opened


def _visible_to(viewer: Viewer, event: Event | None, mine: Rsvp | None) -> Event:
    if event is not None and visibility.may_see(event, viewer, is_host=False, answer=None):
        return event
    # Where there is none the same is asked: the time of an answer tells nothing, either.
    hosting = is_host(event.id if event else 0, viewer.person_id)
    answer = mine.status if mine else None
    if event is None or not visibility.may_see(event, viewer, is_host=hosting, answer=answer):
        raise NotFound("event")
    return event


def rights_of(viewer: Viewer, event: Event) -> Rights:
    """What the viewer may do at the event."""
    return visibility.rights(viewer, find_role(event.id, viewer.person_id))


def list_events(viewer: Viewer, wanted: Wanted, *, size: int = PAGE) -> Page[EventCard]:
    """Events in order of time: coming ones soonest first, past ones latest first. No drafts."""
    moment = now()
    coming = wanted.when != "past"
    query = _visible(viewer).where(
        are_coming(moment) if coming else are_over(moment), Event.status != EventStatus.DRAFT
    )
    if wanted.topic:
        query = query.where(Event.id.in_(_about(wanted.topic)))
    if words := clean_line(wanted.q)[:_LONGEST_QUERY].split()[:6]:
        query = query.outerjoin(Venue)
        query = query.where(*[_mentions(word) for word in words])
    if key := read_cursor(wanted.after, (str, int)):
        at = read_instant(key[0])
        place = sa.tuple_(Event.starts_at, Event.id)
        mark = sa.tuple_(sa.bindparam(None, at, Event.starts_at.type), sa.literal(key[1]))
        query = query.where(place > mark if coming else place < mark)
    order = (Event.starts_at, Event.id) if coming else (Event.starts_at.desc(), Event.id.desc())
    events = db.session.scalars(query.order_by(*order).limit(size + 1)).all()
    shown = events[:size]
    more = len(events) > size
    after = cursor(shown[-1].starts_at.isoformat(), shown[-1].id) if more else None
    return Page(cards(viewer, shown), after)


def public_events(*, since: datetime, most: int, topic_id: int | None = None) -> Sequence[Event]:
    """Public events that end after ``since``, soonest first, for the feeds that anybody reads.

    On one topic, or on everything. With the venue, which a feed names.
    """
    query = sa.select(Event).where(_public(topic_id)).options(selectinload(Event.venue))
    query = query.order_by(Event.starts_at, Event.id).limit(most)
    return db.session.scalars(query, {"since": since, "topic_id": topic_id}).all()


def state_of_public_events(
    *, since: datetime, topic_id: int | None = None
) -> tuple[tuple[object, ...], datetime | None, datetime | None]:
    """What tells whether :func:`public_events` gives others than before, or other facts of them.

    Figures that differ then, the latest change of any event, and the end of the one that left the
    list last. The second counts events that are public no longer, too: that they vanished was a
    change. And it counts, for a topic, events on others: they may have been on this one just now.
    """
    known = {"since": since, "topic_id": topic_id}
    *figures, changed, left = db.session.execute(_state(topic_id is not None), known).one()
    return tuple(figures), changed, left


@cache  # every look at a feed asks this, and building it takes longer than its answer
def _state(on_topic: bool) -> sa.Select[Any]:
    shown, gone = _public(0 if on_topic else None), Event.ends_at <= _SINCE
    sums = (sa.func.count, 1), (sa.func.sum, Event.id), (sa.func.sum, Event.version)
    latest = (sa.func.max, Event.changed_at), (sa.func.max, Event.uid)
    figures = [figure(sa.case((shown, of))) for figure, of in (*sums, *latest)]
    left = sa.func.max(sa.case((gone, Event.ends_at)))
    query = sa.select(*figures, sa.func.max(Event.changed_at), left)
    return query.where(Event.status != EventStatus.DRAFT)


def _public(topic_id: int | None) -> sa.ColumnElement[bool]:
    seen = sa.and_(may_be_seen(VISITOR), Event.ends_at > _SINCE)
    if topic_id is None:
        return seen
    about = sa.select(event_topics.c.event_id).where(
        event_topics.c.topic_id == sa.bindparam("topic_id", type_=sa.Integer)
    )
    return sa.and_(seen, Event.id.in_(about))


def events_at(viewer: Viewer, venue_id: int, *, most: int = 20) -> tuple[Sequence[Event], bool]:
    """The events at a venue that the viewer may see, latest first; whether there are others."""
    there = Event.venue_id == venue_id
    seen = sa.select(Event).where(there, may_be_seen(viewer))
    order = (Event.starts_at.desc(), Event.id.desc())
    found = db.session.scalars(seen.order_by(*order).limit(most)).all()
    total = db.session.scalar(sa.select(sa.func.count()).where(there)) or 0
    return found, total > len(found)


def coming_by_topic(viewer: Viewer) -> dict[int, int]:
    """How many coming events the viewer can see on each topic; none is left out."""
    seen = sa.select(Event.id).where(
        may_be_seen(viewer), Event.ends_at > now(), Event.status != EventStatus.DRAFT
    )
    topic_id = event_topics.c.topic_id
    counted = sa.select(topic_id, sa.func.count()).where(event_topics.c.event_id.in_(seen))
    return dict(iter(db.session.execute(counted.group_by(topic_id))))


def cards(viewer: Viewer, events: Sequence[Event]) -> list[EventCard]:
    """The events as cards, with two queries however many they are."""
    ids = [event.id for event in events]
    waiting = waiting_parties(ids)
    answers = _answers(viewer, ids)
    moment = now()
    return [
        EventCard(
            event=event,
            seats=seats_of(event, waiting.get(event.id, 0)),
            answer=answers.get(event.id),
            is_past=event.ends_at <= moment,
        )
        for event in events
    ]


def my_events(viewer: Viewer, *, past: bool, most: int = 100) -> list[tuple[EventCard, Rsvp]]:
    """What the viewer answered or is invited to: coming events soonest first, past latest first.

    Without what was taken back and is not for them otherwise: its page exists for them no more.
    """
    moment = now()
    order = Event.starts_at.desc() if past else Event.starts_at
    rows = db.session.execute(
        sa.select(Rsvp, Event)
        .join(Event, Rsvp.event_id == Event.id)
        .where(
            may_be_seen(viewer),
            Rsvp.person_id == viewer.person_id,
            Event.ends_at <= moment if past else Event.ends_at > moment,
            Event.status != EventStatus.DRAFT,
        )
        .options(selectinload(Event.venue), selectinload(Event.topics), selectinload(Event.hosts))
        .order_by(order, Event.id)
        .limit(most)
    ).all()
    shown = cards(viewer, [event for _, event in rows])
    return [(card, rsvp) for card, (rsvp, _) in zip(shown, rows, strict=True)]


def _answers(viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    if viewer.person_id is None:
        return {}
    mine = sa.select(Rsvp.event_id, Rsvp.status).where(
        Rsvp.person_id == viewer.person_id, Rsvp.event_id.in_(ids)
    )
    return {event_id: status.value for event_id, status in db.session.execute(mine)}


def _mentions(word: str) -> sa.ColumnElement[bool]:
    # Nobody finds out by searching where an event is that does not say so.
    house = sa.and_(Venue.name.icontains(word, autoescape=True), Event.address_private.is_(False))
    columns = (Event.title, Event.summary, Venue.city)
    return sa.or_(house, *(column.icontains(word, autoescape=True) for column in columns))


def _about(topic: str) -> sa.Select[int]:
    return sa.select(event_topics.c.event_id).join(Topic).where(Topic.slug == topic)


def _visible(viewer: Viewer) -> sa.Select[Event]:
    query = sa.select(Event).options(
        selectinload(Event.venue), selectinload(Event.topics), selectinload(Event.hosts)
    )
    return query.where(may_be_seen(viewer))


def may_be_seen(viewer: Viewer, of: Any = Event) -> sa.ColumnElement[bool]:
    """The same rule as :func:`community.events.visibility.may_see`, as a WHERE clause.

    ``of`` is another name of the table, where a statement reads it twice.
    """
    if viewer.is_admin:
        return sa.true()
    seen = of.visibility == Visibility.PUBLIC
    if viewer.is_member:
        seen = sa.or_(seen, of.visibility == Visibility.MEMBERS)
    seen = sa.and_(of.status != EventStatus.DRAFT, seen)
    if viewer.person_id is None:
        return seen
    hosted = hosted_by(viewer.person_id)
    answered = sa.select(Rsvp.event_id).where(
        Rsvp.person_id == viewer.person_id, Rsvp.status != RsvpStatus.REMOVED
    )
    own = sa.and_(of.status != EventStatus.DRAFT, of.id.in_(answered))
    return sa.or_(seen, of.id.in_(hosted), own)
