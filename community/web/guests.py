"""The page of a guest whom somebody brings along, without signing in."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.rsvp.guests import answer_as_guest, decline_as_guest, get_linked_guest
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.transitions import LEAVABLE
from community.web.access import everybody
from community.web.door_codes import door_codes
from community.web.forms import ButtonForm, Form, ask_again
from community.web.forms.linked import GuestForm, guest_form
from community.web.standing import standing

PAGE, SAVE = "guests/show.html", "save"

pages = Blueprint("guests", __name__)


@pages.get("/guest/<token>")
@everybody
def show(token: str) -> ResponseReturnValue:
    """What the guest is expected at, what they say for themselves, and a way out."""
    guest = get_linked_guest(token)
    return render_template(PAGE, form=guest_form(guest), **_facts(guest))


@pages.post("/guest/<token>")
@everybody
def decline(token: str) -> ResponseReturnValue:
    """Save what the guest says, or: the guest cannot come, and the seat moves on."""
    guest = get_linked_guest(token)
    form: Form = guest_form(guest) if request.form.get("action") == SAVE else ButtonForm()
    facts = _facts(guest)
    if not form.validate() or (isinstance(form, GuestForm) and not form.answers_are_whole):
        return ask_again(PAGE, form, **facts)
    try:
        said = _act(guest, form)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(PAGE, form, refused, **facts)
    flash(said, "success")
    back = url_for("guests.show", token=token) if isinstance(form, GuestForm) else None
    return redirect(back or url_for("events.index"), 303)


def _act(guest: Attendee, form: Form) -> str:
    if isinstance(form, GuestForm):
        answer_as_guest(guest.id, dietary=form["dietary"].data or "", answers=form.typed())
        return gettext("Thank you. The host sees what you wrote.")
    decline_as_guest(guest.id)
    return gettext("You are off the list. Thank you for telling us.")


def _facts(guest: Attendee) -> dict[str, Any]:
    rsvp = guest.rsvp
    return {
        **standing(rsvp.event, None),
        "codes": door_codes(rsvp.event, [guest]) if rsvp.status == RsvpStatus.GOING else [],
        "guest": guest,
        "brought_by": rsvp.person.name,
        "expected": rsvp.status == RsvpStatus.GOING,
        "comes": rsvp.status in LEAVABLE,
    }
