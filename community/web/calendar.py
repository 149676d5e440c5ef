"""Calendar files: one event to download, and the feed of all public events."""

from datetime import timedelta

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar import ics
from community.calendar.publishing import feed_changed_at, published
from community.core.clock import now
from community.core.current import settings
from community.core.text import gettext
from community.discovery.events import get_visible_event, public_events
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
    response = _calendar(ics.event_file(published(event)))
    response.headers.set("Content-Disposition", "attachment", filename=f"{event.slug}.ics")
    return response


@pages.get("/calendar.ics")
@everybody
def feed() -> ResponseReturnValue:
    """All public events, the same for everybody, to subscribe to."""
    since = now() - KEPT
    content = ics.feed(
        name=settings().name,
        description=gettext("Events of %(name)s", name=settings().name),
        url=settings().base_url + url_for("events.index"),
        timezone=settings().timezone,
        events=map(published, public_events(since=since, most=MOST)),
    )
    response = _calendar(content)
    response.headers["Cache-Control"] = _FRESH
    if changed_at := feed_changed_at(KEPT):
        response.last_modified = changed_at
    response.add_etag()
    return response.make_conditional(request)


def _calendar(content: bytes) -> Response:
    return squeezed(Response(content, mimetype="text/calendar"))
