"""What is somebody's own."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from community.discovery.events import my_events
from community.organizing.desk import events_to_help_at
from community.web.access import signed_in, viewer
from community.web.standing import own_reasons

pages = Blueprint("my", __name__)


@pages.get("/my/events")
@signed_in
def events() -> ResponseReturnValue:
    """What I answered, what I am invited to, and where I help."""
    coming, past = (my_events(viewer(), past=past) for past in (False, True))
    helping = events_to_help_at(viewer())
    reasons = own_reasons([rsvp for _, rsvp in coming])
    facts = {"coming": coming, "past": past, "helping": helping, "reasons": reasons}
    return render_template("my/events.html", **facts)
