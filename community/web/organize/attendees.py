"""The RSVP list of an event, as a page and as a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext, ngettext
from community.events.models import Event
from community.events.queries import get_event
from community.organizing.desk import get_organized_event
from community.organizing.export import csv_lines
from community.organizing.roster import PAGE, list_attendees
from community.organizing.roster_order import EVERY_SORT, SORTS
from community.organizing.segments import Segment
from community.rsvp import approval
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import counts_by_status, seats_of
from community.web.access import event_editors, signed_in_person, viewer
from community.web.filters import number
from community.web.forms import ask_again
from community.web.forms.events import RefusalForm
from community.web.forms.hand import ManyForm
from community.web.reasons import why
from community.web.streaming import Streamed


@event_editors
def attendees(slug: str) -> ResponseReturnValue:
    """Who answered, by state, by words and in one of three orders, a page at a time."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/attendees.html", form=ManyForm(formdata=None), **_list(event))


@event_editors
def decide(slug: str) -> ResponseReturnValue:
    """Say yes or no to every request that was ticked."""
    event, form, ids = get_organized_event(viewer(), slug), ManyForm(), _ticked()
    if not form.validate():
        return ask_again("organize/attendees.html", form, **_list(event, ids))
    try:
        said = _decide(event, form, ids)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/attendees.html", form, refused, **_list(event, ids))
    flash(*said)
    return redirect(url_for("organize.attendees", slug=slug, status="requested"), 303)


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


def _list(event: Event, ticked: Sequence[int] = ()) -> dict[str, Any]:
    """One page of the list, as the address narrows and sorts it."""
    segment = Segment.from_args(request.args.to_dict(flat=False))
    status, q = (*segment.statuses, "")[0], segment.q
    sort = request.args.get("sort", "")
    sort = sort if sort in EVERY_SORT else SORTS[0]
    page = list_attendees(event, segment, sort=sort, after=request.args.get("after", ""))
    counts = counts_by_status(event.id)
    more = urlencode({"status": status, "q": q, "sort": sort, "after": page.after})
    address = url_for("organize.attendees", slug=event.slug)
    return {
        "event": event,
        "seats": seats_of(event, counts.get(RsvpStatus.WAITLISTED.value, 0)),
        "counts": counts,
        "rows": [replace(row, reason=why(row.decision)) for row in page.rows],
        "status": status,
        "q": q,
        "sort": sort,
        "next_url": f"{address}?{more}" if page.after else None,
        "kinds": ("csv",),
        "ticked": ticked,
    }


def _ticked() -> list[int]:
    """Which requests were ticked: at most as many as a page shows."""
    given = request.form.getlist("rsvp")[:PAGE]
    return [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 10]


def _decide(event: Event, form: ManyForm, ids: list[int]) -> tuple[str, str]:
    """What became of those ticked, in a sentence, and the category to flash it in."""
    me, action, count, said = signed_in_person().id, request.form.get("action"), 0, ""
    if action == "refuse":
        count = len(approval.refuse_requests(me, event.id, ids, word=form.word.data or ""))
        said = ngettext("%(num)s was told no.", "%(num)s were told no.", count)
    elif action == "approve":
        wait = bool(form.or_waitlist.data)
        approved = approval.approve_requests(me, event.id, ids, or_waitlist=wait)
        count, going = len(approved), [one for one in approved if one.status == RsvpStatus.GOING]
        said = gettext(
            "Going: %(going)s. On the waitlist: %(waiting)s.",
            going=number(len(going)),
            waiting=number(count - len(going)),
        )
    nobody = gettext("Nobody was ticked who still waits for your answer.")
    return (said, "success") if count else (nobody, "info")
