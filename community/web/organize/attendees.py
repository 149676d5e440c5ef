"""The RSVP list of an event, as a page and as a file."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import clean_line, gettext
from community.events.queries import get_event
from community.organizing.desk import get_organized_event
from community.organizing.export import csv_lines
from community.organizing.roster import SORTS, list_attendees
from community.rsvp import approval
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import counts_by_status, seats_of
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms.events import RefusalForm
from community.web.organize.reasons import why
from community.web.streaming import Streamed

LONGEST_QUERY = 100


@event_editors
def attendees(slug: str) -> ResponseReturnValue:
    """Who answered, by state, by words and in one of three orders, a page at a time."""
    event = get_organized_event(viewer(), slug)
    status, q = _status(), clean_line(request.args.get("q", "")[:LONGEST_QUERY])
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    after = request.args.get("after", "")
    page = list_attendees(event, status=status, q=q, sort=sort, after=after)
    counts = counts_by_status(event.id)
    more = urlencode({"status": status, "q": q, "sort": sort, "after": page.after})
    address = url_for("organize.attendees", slug=slug)
    return render_template(
        "organize/attendees.html",
        event=event,
        seats=seats_of(event, counts.get(RsvpStatus.WAITLISTED.value, 0)),
        counts=counts,
        rows=[replace(row, reason=why(row.decision)) for row in page.rows],
        status=status,
        q=q,
        sort=sort,
        next_url=f"{address}?{more}" if page.after else None,
        kinds=("csv",),
    )


@event_editors
def export(slug: str, kind: str) -> ResponseReturnValue:
    """The list as a file, read and sent piece by piece. So far there is CSV."""
    event = get_organized_event(viewer(), slug)
    status = _status()
    # A mistyped state must not send everybody to somebody who wanted a few.
    if kind != "csv" or status != request.args.get("status", ""):
        abort(404)
    event_id = event.id
    pieces = Streamed(lambda: csv_lines(get_event(event_id), status))
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
        said = gettext("No seat is free: %(name)s is on the waitlist now.", name=rsvp.person.name)
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


def _status() -> str:
    """The state that the list is narrowed to; an unknown one narrows nothing."""
    wanted = request.args.get("status", "")
    return wanted if wanted in set(RsvpStatus) else ""
