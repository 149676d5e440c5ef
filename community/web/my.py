"""What is somebody's own."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar.secret_feeds import FeedKind, find_tokens, make_feed, revoke_feed
from community.calendar.ways import Ways, ways_to_subscribe
from community.core import limits
from community.core.errors import NotFound
from community.core.identity import community_name
from community.core.links import link
from community.core.text import gettext
from community.discovery.events import my_events
from community.membership.viewer import Viewer
from community.organizing.desk import events_to_help_at, has_desk
from community.web.access import signed_in, signed_in_person, viewer
from community.web.standing import own_reasons

pages = Blueprint("my", __name__)


@pages.get("/my/events")
@signed_in
def events() -> ResponseReturnValue:
    """What I answered, what I am invited to, where I help, and my calendar addresses."""
    coming, past = (my_events(viewer(), past=past) for past in (False, True))
    helping = events_to_help_at(viewer())
    reasons = own_reasons([rsvp for _, rsvp in coming])
    facts = {"coming": coming, "past": past, "helping": helping, "reasons": reasons}
    return render_template("my/events.html", feeds=_feeds(viewer()), **facts)


@pages.post("/my/calendar")
@signed_in
def make_calendar() -> ResponseReturnValue:
    """A secret calendar address, or another one in its place."""
    person = signed_in_person()
    # Each turn leaves an entry in the audit log.
    limits.take("calendar-address", str(person.id), most=20, within=timedelta(hours=1))
    make_feed(person.id, _kind())
    flash(gettext("Here is your calendar address. One from before no longer works."), "success")
    return redirect(url_for("my.events", _anchor="calendar"), 303)


@pages.post("/my/calendar/revoke")
@signed_in
def revoke_calendar() -> ResponseReturnValue:
    """End a secret calendar address for whoever has it."""
    revoke_feed(signed_in_person().id, _kind())
    flash(gettext("The address no longer works."), "success")
    return redirect(url_for("my.events", _anchor="calendar"), 303)


def _kind() -> FeedKind:
    try:
        return FeedKind(request.form.get("feed", FeedKind.OWN))
    except ValueError:
        raise NotFound("feed") from None


def _feeds(who: Viewer) -> list[tuple[str, str, Ways | None]]:
    """Kind, title, and how to subscribe: None without an address, "" in it for one untold."""
    assert who.person_id is not None
    tokens, name = find_tokens(who.person_id), community_name()
    titles = {FeedKind.OWN: gettext("My events · %(name)s", name=name)}
    if has_desk(who):
        titles[FeedKind.ORGANIZER] = gettext("Organizing · %(name)s", name=name)
    return [
        (kind.value, title, _ways(tokens[kind], title) if kind in tokens else None)
        for kind, title in titles.items()
    ]


def _ways(token: str, title: str) -> Ways:
    address = link("secret_feed", token=token) if token else ""
    return ways_to_subscribe(address, title)
