"""Events whose instants other rules of their time zone have moved: found, and derived anew.

The wall time is the truth. What ``tzdata`` says of a zone changes with every law about its clocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.walltime import end_to_utc, to_utc
from community.events.changes import ClocksChanged
from community.events.drafts import facts_told
from community.events.models import Event, EventStatus
from community.events.queries import lock_event

_BATCH = 500
# What a law moves at most, by far: so much after its stored end an event may still be to come.
_FURTHEST = timedelta(days=1)


@dataclass(frozen=True)
class MovedByZone:
    """An event that is stored with instants that its wall time does not stand for any more.

    ``was`` and ``now`` are start and end, aware UTC. ``is_possible`` is false when the clocks skip
    so much of it that it would end before it begins: somebody must edit it.
    """

    event_id: int
    slug: str
    title: str
    timezone: str
    starts_local: datetime
    was: tuple[datetime, datetime]
    now: tuple[datetime, datetime]

    @property
    def is_possible(self) -> bool:
        """Whether the event can keep its wall time."""
        return self.now[1] > self.now[0]


def moved_by_zones() -> Iterator[MovedByZone]:
    """Every event to come that is moved, in order of ids; cancelled ones are left alone."""
    after, moment = 0, now()
    coming = sa.and_(Event.ends_at > moment - _FURTHEST, Event.status != EventStatus.CANCELLED)
    query = sa.select(Event).where(coming).order_by(Event.id).limit(_BATCH)
    while events := db.session.scalars(query.where(Event.id > after)).all():
        after = events[-1].id
        for event in events:
            found = _compare(event)
            if found.was != found.now and max(found.was[1], found.now[1]) > moment:
                yield found


@transactional
def follow_zone(event_id: int) -> bool:
    """Derive an event's instants anew and have everybody told who has it in a calendar.

    Says whether there was anything to do. Deadlines stay the instants that they are, but none is
    left after the event's end.
    """
    event = lock_event(event_id)
    found = _compare(event)
    cancelled = event.status == EventStatus.CANCELLED
    if found.was == found.now or not found.is_possible or cancelled:
        return False
    before = facts_told(event)
    if event.status == EventStatus.PUBLISHED:
        event.moved_from = event.starts_at
    event.starts_at, event.ends_at = found.now
    for name in ("opens_at", "answer_by", "edit_until"):
        until = getattr(event, name)
        if until is not None and until > event.ends_at:
            setattr(event, name, event.ends_at)
    event.changed_at = now()
    event.version += 1
    event.sequence += 1
    record(ClocksChanged(event.id, before))
    return True


def _compare(event: Event) -> MovedByZone:
    starts_at = to_utc(event.starts_local, event.timezone, event.fold)
    ends_at = end_to_utc(event.ends_local, event.timezone, starts_at)
    return MovedByZone(
        event_id=event.id,
        slug=event.slug,
        title=event.title,
        timezone=event.timezone,
        starts_local=event.starts_local,
        was=(event.starts_at, event.ends_at),
        now=(starts_at, ends_at),
    )
