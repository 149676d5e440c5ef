"""The RSVP list of an event, and the yes or no to one request."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from community.core.text import gettext
from community.organizing.desk import get_organized_event
from community.rsvp import approval
from community.rsvp.models import RsvpStatus
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms.events import RefusalForm
from community.web.organize.roster_page import list_page


@event_editors
def attendees(slug: str) -> ResponseReturnValue:
    """Who is meant by the address, in its order and with its columns, a page at a time."""
    return list_page(get_organized_event(viewer(), slug))


@event_editors
def approve_request(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Let a party come that asked to."""
    event = get_organized_event(viewer(), slug)
    rsvp = approval.approve_request(signed_in_person().id, event.id, rsvp_id)
    if rsvp.status == RsvpStatus.GOING:
        said = gettext("%(name)s is going, and has been told.", name=rsvp.person.name)
    else:
        said = gettext(
            "Too few seats are free: %(name)s is on the waitlist now.", name=rsvp.person.name
        )
    flash(said, "success")
    return redirect(url_for("organize.attendees", slug=slug, status="requested"), 303)


@event_editors
def refuse_request(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Say no to a party that asked to come."""
    event, form = get_organized_event(viewer(), slug), RefusalForm()
    if form.validate():
        rsvp = approval.refuse_request(
            signed_in_person().id, event.id, rsvp_id, word=form.word.data or ""
        )
        flash(gettext("%(name)s has been told.", name=rsvp.person.name), "success")
    else:
        flash(" ".join(map(str, form.word.errors)), "danger")
    return redirect(url_for("organize.attendees", slug=slug, status="requested"), 303)
