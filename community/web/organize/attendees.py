"""The RSVP list of an event, as a page and as a file."""

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import gettext
from community.events.queries import get_event
from community.organizing.desk import get_organized_event
from community.organizing.export import csv_lines
from community.organizing.segments import Segment
from community.rsvp import approval
from community.rsvp.models import RsvpStatus
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms.events import RefusalForm
from community.web.organize.roster_page import list_page
from community.web.streaming import Streamed


@event_editors
def attendees(slug: str) -> ResponseReturnValue:
    """Who is meant by the address, in its order and with its columns, a page at a time."""
    return list_page(get_organized_event(viewer(), slug))


@event_editors
def export(slug: str, kind: str) -> ResponseReturnValue:
    """The list as a file, read and sent piece by piece. So far there is CSV."""
    event = get_organized_event(viewer(), slug)
    args = request.args.to_dict(flat=False)
    # A mistyped state must not send everybody to somebody who wanted a few.
    if kind != "csv" or Segment.misread(args):
        abort(404)
    event_id, segment = event.id, Segment.from_args(args)
    pieces = Streamed(lambda: csv_lines(get_event(event_id), segment))
    response = Response(pieces, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}-attendees.csv")
    return response


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
