"""Events for tests, made by the use-cases of the domain; times are relative to the clock."""

from datetime import datetime, time, timedelta
from typing import Any

from community.core.clock import now
from community.core.db import db, transactional
from community.core.walltime import to_local
from community.events.drafts import EventDraft, create_event
from community.events.models import Event
from community.events.publishing import publish_event
from community.events.visibility import place_of, shown_to_team
from community.membership.models import Person, Topic
from tests.factories.people import an_organizer

ZONE = "America/New_York"


def evening(days: int = 30, hour: int = 18, zone: str = ZONE) -> datetime:
    """A naive wall time so many days from now; no zone changes its clocks at six."""
    day = to_local(now() + timedelta(days=days), zone).date()
    return datetime.combine(day, time(hour))


def a_draft(**facts: Any) -> EventDraft:
    """A dinner in a month."""
    known: dict[str, Any] = {
        "title": "Boston Leadership Dinner",
        "starts_at": evening(),
        "ends_at": evening(hour=21),
        "timezone": ZONE,
        "summary": "An evening among peers.",
        "venue": "Glass House",
        "venue_address": "450 Kendall Street",
        "venue_city": "Cambridge",
    }
    return EventDraft(**{**known, **facts})


def an_event(owner: Person | None = None, *, published: bool = True, **facts: Any) -> Event:
    """An event of ``owner`` (of a new organizer without one), published unless told otherwise."""
    owner = owner or an_organizer()
    event = create_event(owner.id, a_draft(**facts))
    return publish_event(owner.id, event.id) if published else event


@transactional
def a_topic(name: str = "Data Management", slug: str = "data-management") -> Topic:
    topic = Topic(name=name, slug=slug)
    db.session.add(topic)
    return topic


@transactional
def stale(event: Event, hours: int = 1) -> None:
    """The event is stored as another tzdata would have it: so much later by the sun."""
    kept = db.session.get_one(Event, event.id)
    kept.starts_at += timedelta(hours=hours)
    kept.ends_at += timedelta(hours=hours)


def whole_place(event: Event) -> str:
    """Where the event is, on one line, as its team knows it."""
    return place_of(event, shown_to_team(event)).line
