"""Calendar files: one event to download, feeds of public events, and those of one person alone."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar import ics
from community.calendar.facts import Published
from community.calendar.feed_files import FeedState, shelf
from community.calendar.own_feed import get_entry, own_events, own_state
from community.calendar.publishing import KEPT, feed_url, public_state, published
from community.calendar.secret_feeds import FeedKind, get_secret_feed
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.core.identity import community_name, identity
from community.core.text import gettext
from community.discovery.events import get_visible_event, public_events
from community.discovery.going import shown_to
from community.membership.models import Person, Topic
from community.membership.queries import get_topic
from community.membership.viewer import Viewer
from community.organizing.calendar_feed import organized_events, organized_state
from community.rsvp.queries import get_linked_rsvp
from community.web.access import everybody, viewer
from community.web.compression import SMALLEST, squeezed

_FOR_ALL = "public, max-age=900"
_FOR_ONE = "private, max-age=900"

pages = Blueprint("calendar", __name__)


@pages.get("/events/<slug:slug>/event.ics")
@everybody
def event_file(slug: str) -> ResponseReturnValue:
    """One event for whoever may see its page."""
    event = get_visible_event(viewer(), slug)
    may_know = shown_to(viewer(), event)
    return _download(published(event, may_know), event.slug)


@pages.get("/rsvp/<token>/event.ics")
@everybody
def own_file(token: str) -> ResponseReturnValue:
    """The event as whoever answered has it, known to their calendar from the invite already."""
    rsvp = get_linked_rsvp(token)
    return _download(get_entry(rsvp), rsvp.event.slug)


@pages.get("/calendar.ics")
@everybody
def feed() -> ResponseReturnValue:
    """All public events, the same for everybody, to subscribe to."""
    return _public_feed(
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
    return _public_feed(
        name=gettext("%(topic)s · %(name)s", **facts),
        description=gettext("Events of %(name)s on %(topic)s", **facts),
        url=url_for("topics.show", topic=found.slug),
        topic=found,
    )


@pages.get("/calendar/<token>.ics")
@everybody
def secret_feed(token: str) -> ResponseReturnValue:
    """What one person has in their calendar, for whoever has the secret address."""
    kind, person = get_secret_feed(token)
    return _own_feed(person) if kind == FeedKind.OWN else _organizers_feed(person)


def _public_feed(
    *, name: str, description: str, url: str, topic: Topic | None = None
) -> ResponseReturnValue:
    since, topic_id = now() - KEPT, topic.id if topic else None
    return _feed(
        ("public", topic_id),
        public_state(topic),
        lambda: map(published, public_events(since=since, most=ics.MOST_EVENTS, topic_id=topic_id)),
        name=name,
        description=description,
        url=url,
        source=feed_url(topic),
        keep=_FOR_ALL,
    )


def _own_feed(person: Person) -> ResponseReturnValue:
    return _feed(
        (FeedKind.OWN, person.id),
        own_state(person.id),
        lambda: own_events(person.id),
        name=gettext("My events · %(name)s", name=community_name()),
        description=gettext("What you answered at %(name)s", name=community_name()),
        url=url_for("my.events"),
    )


def _organizers_feed(person: Person) -> ResponseReturnValue:
    organizer = Viewer.of(person)
    return _feed(
        (FeedKind.ORGANIZER, person.id),
        organized_state(organizer),
        lambda: organized_events(organizer),
        name=gettext("Organizing · %(name)s", name=community_name()),
        description=gettext("What you organize at %(name)s", name=community_name()),
        url=url_for("organize.desk"),
    )


def _feed(
    feed: tuple[object, ...],
    state: FeedState,
    events: Callable[[], Iterable[Published]],
    *,
    name: str,
    description: str,
    url: str,
    source: str = "",
    keep: str = _FOR_ONE,
) -> ResponseReturnValue:
    """A feed as it was kept, or made anew when ``state`` is another. Only 304 is cheaper."""
    own = settings()
    page = own.base_url + url
    words = (name, description, page, source, own.timezone, own.locale)

    def make() -> bytes:
        return ics.feed(
            name=name,
            description=description,
            url=page,
            source=source,
            timezone=own.timezone,
            events=events(),
        )

    file = shelf.get((str(db.engine.url), *feed), (words, state.version), make)
    packs = request.accept_encodings["gzip"] > 0 and len(file.content) >= SMALLEST
    response = Response(file.packed if packs else file.content, mimetype="text/calendar")
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(file.packed_tag if packs else file.tag)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = keep
    response.headers["X-Robots-Tag"] = "noindex"
    # A feed says the community's name, too: a new one is a change.
    times = (state.changed_at, identity().published_at)
    if changed_at := max(filter(None, times), default=None):
        response.last_modified = changed_at
    return response.make_conditional(request)


def _download(facts: Published, name: str) -> Response:
    response = squeezed(Response(ics.event_file(facts), mimetype="text/calendar"))
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.ics")
    return response
