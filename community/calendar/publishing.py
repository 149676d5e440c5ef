"""What calendars may say of an event to anybody who can see its page."""

from datetime import datetime, timedelta

from community.calendar.facts import Published, When
from community.calendar.feed_files import FeedState
from community.calendar.ways import Ways, ways_to_add, ways_to_subscribe
from community.core.clock import now
from community.core.identity import community_name
from community.core.links import link
from community.discovery.events import state_of_public_events
from community.events.models import Event, EventStatus
from community.events.visibility import Shown, place_of, shown_to_anybody
from community.membership.models import Topic

# For so long after their end, events stay in a feed: every subscriber must hear of what was called
# off, and many programs ask once a day or less often.
KEPT = timedelta(days=30)
_LONGEST_TEXT = 5000  # characters; a calendar file cuts them at a word, a bit earlier


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
        description="\n\n".join(filter(None, texts))[:_LONGEST_TEXT],
        location=place.line,
        url=event_url(event),
        cancelled=event.status == EventStatus.CANCELLED,
    )


def when_of(event: Event) -> When:
    """The event's wall time and zone."""
    return When(event.starts_local, event.ends_local, event.timezone, event.fold)


def event_url(event: Event) -> str:
    """The absolute address of the event's page."""
    return link("event", slug=event.slug)


def event_ways(event: Event, may_know: Shown | None = None) -> Ways:
    """The pages on which Google and Microsoft propose to add the event."""
    return ways_to_add(
        title=event.title,
        when=when_of(event),
        place=place_of(event, may_know or shown_to_anybody(event)).line,
        summary=event.summary,
        page=event_url(event),
    )


def feed_ways(topic: Topic | None = None) -> Ways:
    """How to subscribe to all public events, or to a topic's."""
    name = community_name()
    return ways_to_subscribe(feed_url(topic), f"{topic.name} · {name}" if topic else name)


def feed_url(topic: Topic | None = None) -> str:
    """The address of the feed of all public events, or of a topic's."""
    return link("topic_feed", topic=topic.slug) if topic else link("public_feed")


def public_state(topic: Topic | None = None) -> FeedState:
    """Where the feed of public events stands, or a topic's: one query that loads no event."""
    topic_id = topic.id if topic else None
    version, changed, left = state_of_public_events(since=now() - KEPT, topic_id=topic_id)
    times: list[datetime | None] = [changed, left and left + KEPT]
    if topic:
        times.append(topic.changed_at)
    return FeedState(version, max(filter(None, times), default=None))
