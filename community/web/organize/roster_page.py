"""What the page of an event's list shows beside its rows: filters, chips, views, bulk actions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from community.core.errors import Refused
from community.events.models import Event
from community.membership.queries import all_topics
from community.organizing.restoring import last_removed
from community.organizing.roster import list_attendees
from community.organizing.saved_views import COLUMNS, list_views
from community.organizing.segments import Segment
from community.rsvp.answering import questions_of
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import counts_by_status, seats_of
from community.web.forms import ask_again
from community.web.forms.lists import ViewForm
from community.web.organize.roster_args import Asked, built_in, of_view
from community.web.reasons import why

TEMPLATE = "organize/attendees.html"
REMOVED = Segment(statuses=("removed",))


def list_page(event: Event) -> ResponseReturnValue:
    """The list as the address asks for it."""
    return render_template(TEMPLATE, form=None, **facts(event))


def list_again(
    event: Event, form: FlaskForm, refused: Refused | None = None, ticked: Sequence[int] = ()
) -> ResponseReturnValue:
    """The list once more, with what was typed or ticked, and what is wrong with it."""
    known = facts(event, ticked)
    if isinstance(form, ViewForm):
        known["view_form"] = form
    return ask_again(TEMPLATE, form, refused, **known)


def facts(event: Event, ticked: Sequence[int] = ()) -> dict[str, Any]:
    """All that the page shows."""
    asked = Asked.now(event)
    after = request.args.get("after", "")
    page = list_attendees(event, asked.segment, sort=asked.sort, after=after)
    counts, questions = counts_by_status(event.id), questions_of(event.id)
    topics, views = all_topics(), [(one, of_view(event, one)) for one in list_views(event.id)]
    current = next((one for one, _ in views if one.id == asked.view), None)
    return {
        "event": event,
        "seats": seats_of(event, counts.get(RsvpStatus.WAITLISTED.value, 0)),
        "counts": counts,
        "rows": [replace(row, reason=why(row.decision)) for row in page.rows],
        "asked": asked,
        "segment": asked.segment,
        "chips": asked.chips(topics, questions),
        "topics": [(one.slug, one.name) for one in topics],
        "questions": [one for one in questions if one.retired_at is None],
        "columns": COLUMNS,
        "views": views,
        "built_in": built_in(event, questions),
        "view": current,
        "view_changed": current is not None and of_view(event, current).shown != asked.shown,
        "view_form": ViewForm(formdata=None, data={"name": current.name if current else ""}),
        "can_undo": asked.segment == REMOVED and bool(last_removed(event)),
        "next_url": asked.after(page.after) if page.after else None,
        "segment_args": asked.segment.to_args(),
        "ticked": ticked,
    }
