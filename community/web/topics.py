"""Topics: all of them, and the page of each, where members follow it."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.calendar.publishing import feed_ways
from community.core import limits
from community.core.text import gettext
from community.discovery.events import Wanted, coming_by_topic, list_events
from community.membership.queries import all_topics, count_followers, get_topic, is_following
from community.membership.topics import follow_topic, unfollow_topic
from community.web.access import everybody, signed_in, signed_in_person, viewer

COMING, PAST = 12, 3

pages = Blueprint("topics", __name__)


@pages.get("/topics")
@everybody
def index() -> ResponseReturnValue:
    """Every topic with its figures."""
    return render_template(
        "topics/index.html",
        topics=all_topics(),
        followers=count_followers(),
        coming=coming_by_topic(viewer()),
    )


@pages.get("/topics/<slug:topic>")
@everybody
def show(topic: str) -> ResponseReturnValue:
    """One topic: what is on and what was. A former slug leads to the present one."""
    found = get_topic(topic)
    if found.slug != topic:
        return redirect(url_for("topics.show", topic=found.slug), 301)
    return render_template(
        "topics/show.html",
        topic=found,
        followers=count_followers(found.id).get(found.id, 0),
        is_following=is_following(viewer().person_id, found.id),
        coming=list_events(viewer(), Wanted("coming", found.slug), size=COMING),
        past=list_events(viewer(), Wanted("past", found.slug), size=PAST),
        ways=feed_ways(found),
    )


@pages.post("/topics/<slug:topic>/follow")
@signed_in
def follow(topic: str) -> ResponseReturnValue:
    """Follow a topic, by any slug that it ever had."""
    found, person = get_topic(topic), signed_in_person()
    _take_turn(person.id)
    follow_topic(person.id, found.id)
    flash(gettext("You follow %(topic)s now.", topic=found.name), "success")
    return redirect(url_for("topics.show", topic=found.slug), 303)


@pages.post("/topics/<slug:topic>/unfollow")
@signed_in
def unfollow(topic: str) -> ResponseReturnValue:
    """Stop following a topic."""
    found, person = get_topic(topic), signed_in_person()
    _take_turn(person.id)
    unfollow_topic(person.id, found.id)
    flash(gettext("You no longer follow %(topic)s.", topic=found.name), "success")
    return redirect(url_for("topics.show", topic=found.slug), 303)


def _take_turn(person_id: int) -> None:
    """Each turn leaves an entry in the audit log."""
    limits.take("follow", str(person_id), most=200, within=timedelta(hours=1))
