"""Calendar files: one event to download, and feeds of public events, all or on one topic."""

from datetime import timedelta

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar import ics
from community.calendar.publishing import feed_changed_at, published
from community.core.clock import now
from community.core.current import settings
from community.core.identity import community_name, identity
from community.core.text import gettext
from community.discovery.events import get_visible_event, public_events
from community.discovery.going import shown_to
from community.membership.models import Topic
from community.membership.queries import get_topic
from community.web.access import everybody, viewer
from community.web.compression import squeezed

# Cancelled events must stay long enough for every subscriber to hear of it.
KEPT = timedelta(days=30)
MOST = 1000
_FRESH = "public, max-age=900"

pages = Blueprint("calendar", __name__)


@pages.get("/events/<slug:slug>/event.ics")
@everybody
def event_file(slug: str) -> ResponseReturnValue:
    """One event for whoever may see its page."""
    event = get_visible_event(viewer(), slug)
    may_know = shown_to(viewer(), event)
    response = _calendar(ics.event_file(published(event, may_know)))
    response.headers.set("Content-Disposition", "attachment", filename=f"{event.slug}.ics")
    return response


@pages.get("/calendar.ics")
@everybody
def feed() -> ResponseReturnValue:
    """All public events, the same for everybody, to subscribe to."""
    return _feed(
        name=community_name(),
        description=gettext("Events of %(name)s", name=community_name()),
        url=url_for("events.index"),
    )


@pages.get("/topics/<slug:topic>/calendar.ics")
@everybody
def topic_feed(topic: str) -> ResponseReturnValue:
    """The public events on one topic, the same for everybody, to subscribe to."""
    found = get_topic(topic)
    if found.slug != topic:
        return redirect(url_for("calendar.topic_feed", topic=found.slug), 301)
    facts = {"topic": found.name, "name": community_name()}
    return _feed(
        name=gettext("%(topic)s · %(name)s", **facts),
        description=gettext("Events of %(name)s on %(topic)s", **facts),
        url=url_for("topics.show", topic=found.slug),
        topic=found,
    )


def _feed(
    *, name: str, description: str, url: str, topic: Topic | None = None
) -> ResponseReturnValue:
    shown = public_events(since=now() - KEPT, most=MOST, topic=topic.slug if topic else "")
    content = ics.feed(
        name=name,
        description=description,
        url=settings().base_url + url,
        timezone=settings().timezone,
        events=map(published, shown),
    )
    response = _calendar(content)
    response.headers["Cache-Control"] = _FRESH
    # A feed says the community's name, too: a new one is a change.
    times = (feed_changed_at(KEPT, topic), identity().published_at)
    if changed_at := max(filter(None, times), default=None):
        response.last_modified = changed_at
    response.add_etag()
    return response.make_conditional(request)


def _calendar(content: bytes) -> Response:
    return squeezed(Response(content, mimetype="text/calendar"))
