"""What is on: the list of events, one event's page and cover, and the preview of a draft."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar.publishing import feed_ways
from community.core.errors import NotFound
from community.core.text import clean_line
from community.discovery.event_page import EventPage, get_event_page
from community.discovery.events import (
    PAGE,
    Wanted,
    get_visible_event,
    list_events,
)
from community.events.covers import EventCover, find_cover
from community.events.models import EventStatus, Visibility
from community.events.previews import get_previewed
from community.membership.models import Topic
from community.membership.queries import all_topics, get_topic
from community.rsvp.answering import missing
from community.web.access import everybody, is_signed_in, viewer
from community.web.forms import ButtonForm
from community.web.kept_pages import changes_at, kept
from community.web.standing import standing_on
from community.web.structured_data import structured_data
from community.web.texts import remember_texts

LONGEST_QUERY = 100
_FOREVER = "max-age=31536000, immutable"  # another picture has another address

pages = Blueprint("events", __name__)


@pages.get("/events")
@everybody
@kept("coming", most=PAGE + 1)
def index() -> ResponseReturnValue:
    """Coming or past events, by topic and by words, a page at a time."""
    when = "past" if request.args.get("when") == "past" else "coming"
    topic = _topic(clean_line(request.args.get("topic", "")))
    q = clean_line(request.args.get("q", "")[:LONGEST_QUERY])
    slug = topic.slug if topic else ""
    page = list_events(viewer(), Wanted(when, slug, q, request.args.get("after", "")))
    changes_at(*(card.event.ends_at for card in page.rows))
    more = {"when": when, "topic": slug, "q": q, "after": page.after}
    return render_template(
        "events/index.html",
        cards=page.rows,
        when=when,
        topic=topic,
        topics=all_topics(),
        q=q,
        ways=feed_ways(topic),
        next_url=f"{url_for('events.index')}?{urlencode(more)}" if page.after else None,
    )


@pages.get("/events/<slug:slug>")
@everybody
@kept("event")
def show(slug: str) -> ResponseReturnValue:
    """One event. A visitor's page holds no form, so that it may be kept by caches."""
    page = get_event_page(viewer(), slug)
    remember_texts(page.texts)
    facts = standing_on(page)
    event = page.event
    changes_at(*_moments(page))
    return render_template(
        "events/show.html",
        form=ButtonForm() if is_signed_in() and facts["phase"] == "open" else None,
        asks_first=is_signed_in() and any(missing(page.required, page.mine)),
        page=page,
        rights=page.rights,
        structured=structured_data(event, facts["seats"]),
        webcal_url=feed_ways().webcal,
        **facts,
    )


def _moments(page: EventPage) -> Iterator[datetime | None]:
    """When the clock changes what the page says."""
    event = page.event
    yield from (event.opens_at, event.answer_by, event.ends_at)
    yield from (other.ends_at for other in page.others)


@pages.get("/events/<slug:slug>/cover/<size>")
@everybody
def cover(slug: str, size: str) -> ResponseReturnValue:
    """An event's cover for whoever may see the event; ``v`` is its version, for caches."""
    event = get_visible_event(viewer(), slug)
    response = _picture(find_cover(event.cover_version, size))
    if request.args.get("v") != event.cover_version:
        response.headers["Cache-Control"] = "private, no-cache"
    elif event.visibility == Visibility.PUBLIC and event.status != EventStatus.DRAFT:
        response.headers["Cache-Control"] = f"public, {_FOREVER}"
    else:
        response.headers["Cache-Control"] = "private, max-age=3600"
        response.vary.add("Cookie")
    return response.make_conditional(request)


@pages.get("/events/preview/<token>")
@everybody
def preview(token: str) -> ResponseReturnValue:
    """A draft for whoever has the link; nobody can answer here."""
    event = get_previewed(token)
    if event.status != EventStatus.DRAFT:
        return redirect(url_for("events.show", slug=event.slug))
    return render_template("events/preview.html", event=event, token=token, hosts=event.hosts)


@pages.get("/events/preview/<token>/cover/<size>")
@everybody
def preview_cover(token: str, size: str) -> ResponseReturnValue:
    """The cover of such a draft, which has no other address for them."""
    event = get_previewed(token)
    return _picture(find_cover(event.cover_version, size))


def _picture(found: EventCover | None) -> Response:
    if found is None:
        raise NotFound("cover")
    response = Response(found.content, mimetype=found.content_type)
    response.set_etag(found.digest)
    return response


def _topic(slug: str) -> Topic | None:
    return get_topic(slug) if slug else None
