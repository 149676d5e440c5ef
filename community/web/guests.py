"""The page of a guest whom somebody brings along, without signing in."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.rsvp.guests import decline_as_guest, get_linked_guest
from community.rsvp.models import Attendee, RsvpStatus
from community.web.access import everybody
from community.web.forms import ButtonForm, ask_again
from community.web.standing import standing

pages = Blueprint("guests", __name__)


@pages.get("/guest/<token>")
@everybody
def show(token: str) -> ResponseReturnValue:
    """What the guest is expected at, and the one button."""
    return render_template("guests/show.html", form=ButtonForm(), **_facts(get_linked_guest(token)))


@pages.post("/guest/<token>")
@everybody
def decline(token: str) -> ResponseReturnValue:
    """The guest cannot come: who brings them is told, and the seat moves on."""
    guest, form = get_linked_guest(token), ButtonForm()
    facts = _facts(guest)
    if not form.validate():
        return ask_again("guests/show.html", form, **facts)
    try:
        decline_as_guest(guest.id)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("guests/show.html", form, refused, **facts)
    flash(gettext("You are off the list. Thank you for telling us."), "success")
    return redirect(url_for("events.index"), 303)


def _facts(guest: Attendee) -> dict[str, Any]:
    rsvp = guest.rsvp
    return {
        **standing(rsvp.event, None),
        "guest": guest,
        "brought_by": rsvp.person.name,
        "expected": rsvp.status == RsvpStatus.GOING,
    }
