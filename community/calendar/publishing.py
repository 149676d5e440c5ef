"""What calendars may say of an event to anybody who can see its page."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa

from community.calendar.facts import Published, When
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.events.models import Event, EventStatus
from community.events.visibility import Shown, place_of, shown_to_anybody
from community.membership.models import Topic

# Google refuses addresses that are much longer than two kilobytes.
_LONGEST_DETAILS = 500


def published(event: Event, may_know: Shown | None = None) -> Published:
    """The event as a download and a feed state it; links lead to BASE_URL.

    ``may_know`` is what its reader may know of it; without that, what everybody may.
    """
    place = place_of(event, may_know or shown_to_anybody(event))
    texts = (event.summary, place.link, event.description)
    changed = event.changed_at.replace(microsecond=0)
    return Published(
        uid=event.uid,
        sequence=event.sequence,
        last_modified=changed,
        when=when_of(event),
        summary=event.title,
        description="\n\n".join(filter(None, texts)),
        location=place.line,
        url=event_url(event),
        cancelled=event.status == EventStatus.CANCELLED,
    )


def when_of(event: Event) -> When:
    """The event's wall time and zone."""
    return When(event.starts_local, event.ends_local, event.timezone, event.fold)


def event_url(event: Event) -> str:
    """The absolute address of the event's page."""
    return f"{settings().base_url}/events/{event.slug}"


def google_url(event: Event, may_know: Shown | None = None) -> str:
    """The page on which Google proposes to add the event; dates are UTC, in basic ISO 8601."""
    place = place_of(event, may_know or shown_to_anybody(event))
    starts, ends = (f"{t:%Y%m%dT%H%M%SZ}" for t in (event.starts_at, event.ends_at))
    facts = {
        "action": "TEMPLATE",
        "text": event.title,
        "dates": f"{starts}/{ends}",
        "ctz": event.timezone,
        "details": f"{event.summary[:_LONGEST_DETAILS]}\n\n{event_url(event)}".strip(),
        "location": place.line,
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(facts)}"


def feed_url(topic: Topic | None = None) -> str:
    """The address under which calendar programs subscribe to all public events, or a topic's."""
    _, _, rest = settings().base_url.partition("://")
    page = f"/topics/{topic.slug}" if topic else ""
    return f"webcal://{rest}{page}/calendar.ics"


def feed_changed_at(kept: timedelta, topic: Topic | None = None) -> datetime | None:
    """When the feed of public events changed last, if it keeps events for ``kept`` after their end.

    Events that are public no longer count as well: that they vanished was a change. So do, for a
    topic's feed, events on other topics: they may have been on this one a moment ago.
    """
    moment = now()
    left = sa.case((Event.ends_at <= moment - kept, Event.ends_at))
    newest = sa.select(sa.func.max(Event.changed_at), sa.func.max(left))
    changed, last_left = db.session.execute(newest.where(Event.status != EventStatus.DRAFT)).one()
    times: list[datetime] = [changed] if changed else []
    if topic:
        times.append(topic.changed_at)
    if last_left:
        times.append(last_left + kept)
    return max(times, default=None)
