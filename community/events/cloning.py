"""Copies of an event: one more, or a whole series of them, each a draft and an event of its own."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Forbidden
from community.core.walltime import end_to_utc, to_local
from community.events.changes import EventCloned
from community.events.drafts import free_slug, instant
from community.events.models import HOSTS, Event, EventHost, EventStatus, HostRole
from community.events.publishing import publish_event
from community.events.queries import get_event, hosted_by, lock_event, require_editor
from community.events.series import EventSeries, Every, occurrences
from community.membership.models import Person
from community.membership.queries import get_person

# What a copy does not take along. A column that is added to events is copied unless it stands here.
OWN = frozenset(
    {
        *("id", "slug", "uid", "series_id"),
        *("starts_local", "ends_local", "fold", "starts_at", "ends_at"),
        *("opens_at", "answer_by", "edit_until", "takes_answers"),
        *("seats_taken", "next_ticket", "answers_forgotten_at"),
        *("status", "sequence", "version", "created_at", "changed_at", "published_at"),
        *("cancelled_at", "cancel_message", "moved_from", "archived_at"),
    }
)
_SHIFTED = ("opens_at", "answer_by", "edit_until")
MOST_SHOWN = 12


@transactional
def clone_event(
    organizer_id: int,
    event_id: int,
    *,
    starts_at: datetime,
    count: int = 1,
    every: Every = Every.WEEK,
    together: bool = False,
) -> list[Event]:
    """Make ``count`` drafts like the event, the first at ``starts_at`` (wall time in its zone).

    Whoever clones owns them, the event's hosts co-host them. Several are a series; ``together``
    adds them to the event's own series, or begins one with it. The last times to answer keep their
    distance by the clock on the wall. Refuses the whole when one time does not exist on its day.
    """
    require_editor(organizer_id, event_id)
    if not get_person(organizer_id).is_organizer:
        raise Forbidden("organizers_only")
    source = lock_event(event_id)
    dates = occurrences(starts_at, count, Every(every))
    times = [times_at(source, date) for date in dates]  # refused before anything is written
    series_id = _series(source, Every(every), count, together=together)
    return [_copy(source, organizer_id, facts, series_id) for facts in times]


def times_at(source: Event, starts_local: datetime) -> dict[str, object]:
    """The columns of time that a copy of the event has when it starts at that wall time.

    Of a repeated hour the first is taken. Refuses a time that the clocks skip, naming its day.
    """
    zone, shift = source.timezone, starts_local - source.starts_local
    starts_at = instant("starts_at", starts_local, zone)
    ends_local = source.ends_local + shift
    instant("starts_at", ends_local, zone)
    facts: dict[str, object] = {
        "starts_local": starts_local,
        "ends_local": ends_local,
        "fold": 0,
        "starts_at": starts_at,
        "ends_at": end_to_utc(ends_local, zone, starts_at),
    }
    for name in _SHIFTED:
        moment: datetime | None = getattr(source, name)
        local = moment and to_local(moment, zone) + shift
        facts[name] = instant("starts_at", local, zone) if local else None
    return facts


def dates_of_copies(
    source: Event, starts_at: datetime, count: int, every: Every
) -> list[tuple[datetime, datetime]]:
    """Start and end by the clock on the wall of each copy that would be made. May refuse."""
    copies = [times_at(source, date) for date in occurrences(starts_at, count, every)]
    shift = source.ends_local - source.starts_local
    starts = [copy["starts_local"] for copy in copies]
    return [(start, start + shift) for start in starts if isinstance(start, datetime)]


def _series(source: Event, every: Every, count: int, *, together: bool) -> int | None:
    if together and source.series_id is not None:
        return source.series_id
    if count == 1 and not together:
        return None
    series = EventSeries(every=every)
    db.session.add(series)
    db.session.flush()
    if together:
        source.series_id = series.id
        source.changed_at = now()
    return series.id


def _copy(
    source: Event, organizer_id: int, times: dict[str, object], series_id: int | None
) -> Event:
    kept = {
        column.key: getattr(source, column.key)
        for column in sa.inspect(Event).column_attrs
        if column.key not in OWN
    }
    event = Event(**kept, **times, slug=free_slug(source.title), series_id=series_id)
    event.topics = list(source.topics)
    db.session.add(event)
    db.session.flush()
    for person_id in {organizer_id, *_hosts(source)}:
        role = HostRole.OWNER if person_id == organizer_id else HostRole.COHOST
        db.session.add(EventHost(event_id=event.id, person_id=person_id, role=role))
    record(EventCloned(event.id, source.id, series_id))
    return event


def _hosts(source: Event) -> Iterable[int]:
    whose = sa.select(EventHost.person_id).where(
        EventHost.event_id == source.id, EventHost.role.in_(HOSTS)
    )
    there = sa.select(Person.id).where(Person.id.in_(whose), Person.erased_at.is_(None))
    return db.session.scalars(there)


@transactional
def publish_series(organizer_id: int, event_id: int) -> list[Event]:
    """Publish every draft of the event's series that the organizer may edit and is not over.

    Followers of its topics hear of the first alone; the others are linked from its page.
    """
    require_editor(organizer_id, event_id)
    drafts = drafts_of_series(organizer_id, get_event(event_id))
    for event in sorted(drafts, key=lambda one: one.id):
        lock_event(event.id)  # several in order of their ids
    published: list[Event] = []
    for event in drafts:
        if event.status == EventStatus.DRAFT and event.ends_at > now():
            published.append(publish_event(organizer_id, event.id, quietly=bool(published)))
    return published


def drafts_of_series(organizer_id: int, event: Event) -> list[Event]:
    """The drafts of the event's series that can be published, soonest first."""
    query = sa.select(Event).where(
        Event.series_id == event.series_id,
        Event.series_id.is_not(None),
        Event.status == EventStatus.DRAFT,
        Event.ends_at > now(),
    )
    if not get_person(organizer_id).is_admin:
        query = query.where(Event.id.in_(hosted_by(organizer_id)))
    return list(db.session.scalars(query.order_by(Event.starts_at, Event.id)))
