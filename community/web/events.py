"""What is on: the list of events, and one event's page."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import clean_line
from community.discovery.events import Wanted, get_visible_event, list_events, rights_of
from community.membership.models import Topic
from community.membership.queries import all_topics, get_topic
from community.rsvp.answering import asked_at, missing
from community.rsvp.queries import find_rsvp
from community.web.access import everybody, is_signed_in, viewer
from community.web.forms.rsvp import rsvp_form
from community.web.standing import standing

LONGEST_QUERY = 100

pages = Blueprint("events", __name__)


@pages.get("/events")
@everybody
def index() -> ResponseReturnValue:
    """Coming or past events, by topic and by words, a page at a time."""
    when = "past" if request.args.get("when") == "past" else "coming"
    topic = _topic(clean_line(request.args.get("topic", "")))
    q = clean_line(request.args.get("q", "")[:LONGEST_QUERY])
    slug = topic.slug if topic else ""
    page = list_events(viewer(), Wanted(when, slug, q, request.args.get("after", "")))
    more = {"when": when, "topic": slug, "q": q, "after": page.after}
    return render_template(
        "events/index.html",
        cards=page.rows,
        when=when,
        topic=topic,
        topics=all_topics(),
        q=q,
        next_url=f"{url_for('events.index')}?{urlencode(more)}" if page.after else None,
    )


@pages.get("/events/<slug:slug>")
@everybody
def show(slug: str) -> ResponseReturnValue:
    """One event. A visitor's page holds no form, so that it may be kept by caches."""
    event = get_visible_event(viewer(), slug)
    mine = find_rsvp(event.id, viewer().person_id)
    facts = standing(event, mine)
    open_to_me = is_signed_in() and facts["phase"] == "open"
    form = rsvp_form(event, mine, visitor=False) if open_to_me else None
    questions = form.questions if form else asked_at(event.id) if is_signed_in() else ()
    return render_template(
        "events/show.html",
        form=form,
        asks_first=any(missing(questions, mine)),
        hosts=event.hosts,
        rights=rights_of(viewer(), event),
        **facts,
    )


def _topic(slug: str) -> Topic | None:
    return get_topic(slug) if slug else None
