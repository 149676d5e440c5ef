"""What the pages about messages show: the readers, a message as somebody reads it, its progress."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from community.core.clock import now
from community.core.errors import Refused
from community.core.text import clean_line
from community.events.models import Event
from community.notices.announcements import preview
from community.organizing.announcement_models import Announcement, AnnouncementState
from community.organizing.announcement_queries import (
    GROUPS,
    count_unwilling,
    find_reader,
    find_readers,
    list_announcements,
    list_readers,
    progress_of,
    progress_of_all,
)
from community.organizing.announcements import count_reached, get_announcement
from community.organizing.event_reminders import due_at, list_reminders, runs_of
from community.organizing.placeholders import NAMES
from community.organizing.segments import BESIDE, LONGEST_QUERY, Segment
from community.rsvp.queries import counts_by_status
from community.web.forms.messages import MessageForm, ReminderForm, SendForm, lead

_NARROWS = frozenset(
    {
        *("status", "not_status", "topic", "not_topic", "unanswered"),
        *("checked_in", "first", "silent_since", "maybe", "q"),
    }
)
_BEFORE_SENDING = (AnnouncementState.DRAFT, AnnouncementState.SCHEDULED)


def given_args(given: "MultiDict[str, str]") -> dict[str, list[str]]:
    """Whom a form or an address means: every argument that narrows, with what it says."""
    return {
        name: [value for value in values if value]
        for name, values in given.to_dict(flat=False).items()
        if _narrows(name) and any(values)
    }


def refuse_misread(args: Mapping[str, Sequence[str]]) -> None:
    """Refuse what was to narrow and does not: a slip must not send everything to everybody."""
    misread = Segment.misread(args, BESIDE | {"thanks"})
    if misread:
        raise Refused("readers_misread", field="status", names=", ".join(misread)[:100])


def _narrows(name: str) -> bool:
    return name in _NARROWS or name.removeprefix("not_").startswith("answer-")


def beside_status(segment: Segment) -> list[tuple[str, str]]:
    """What a segment says that has no field in the form, as hidden fields."""
    args = segment.to_args()
    return [(name, value) for name in args if name != "status" for value in args[name]]


def list_facts(event: Event, segment: Segment, form: MessageForm) -> dict[str, Any]:
    """Of the page with all messages; gives the form its choices."""
    form.offering(counts_by_status(event.id))
    page = list_announcements(event.id, request.args.get("after", ""))
    far = progress_of_all(page.rows)
    address = url_for("organize.messages", slug=event.slug)
    return {
        "event": event,
        "writing": form,
        "args": segment.to_args(),
        "hidden": beside_status(segment),
        "count": count_reached(event, segment),
        "placeholders": NAMES,
        "earlier": [(one, far.get(one.id)) for one in page.rows],
        "next_url": f"{address}?{urlencode({'after': page.after})}" if page.after else None,
        "lead": lead,
        "is_over": event.ends_at <= now(),
        **reminder_facts(event),
    }


def reminder_facts(event: Event) -> dict[str, Any]:
    """Of the section with an event's reminders."""
    runs = runs_of(event)
    rows = [
        (one, due_at(event, one.minutes), runs.get((one.reminds, one.minutes)))
        for one in list_reminders(event.id)
    ]
    return {"reminders": rows, "reminding": ReminderForm(formdata=None).offering()}


def facts_of(event: Event, announcement_id: int, form: FlaskForm | None = None) -> dict[str, Any]:
    """Of the page of one message; ``form`` is the one that was sent."""
    one = get_announcement(event.id, announcement_id)
    facts: dict[str, Any] = {"event": event, "one": one, "lead": lead, "placeholders": NAMES}
    if one.state in _BEFORE_SENDING:
        return {**facts, **_before(event, one, form)}
    if isinstance(form, MessageForm):  # opened before it left
        form.offering(counts_by_status(event.id))
    return {**facts, **_progress(event, one)}


def _before(event: Event, one: Announcement, form: FlaskForm | None) -> dict[str, Any]:
    kept = Segment.from_args(one.segment)
    edit = form if isinstance(form, MessageForm) else MessageForm.of(one)
    segment = Segment.from_args(given_args(request.form)) if edit is form else kept
    q = clean_line(request.args.get("find", "")[:LONGEST_QUERY])
    is_known = bool(one.segment)  # without any condition it would be everybody
    reader = find_reader(event, kept, request.args.get("as", type=_small)) if is_known else None
    return {
        "args": kept.to_args(),
        "hidden": beside_status(segment),
        "count": count_reached(event, kept) if is_known else 0,
        "unwilling": count_unwilling(event, kept) if is_known else 0,
        "edit": edit.offering(counts_by_status(event.id)),
        "send": form if isinstance(form, SendForm) else SendForm(formdata=None).offering(),
        "reader": reader,
        "words": preview(one, event, reader) if reader else None,
        "found": find_readers(event, kept, q) if is_known else [],
        "find": q,
    }


def _progress(event: Event, one: Announcement) -> dict[str, Any]:
    group = request.args.get("group", "")
    group = group if group in GROUPS else ""
    page = list_readers(one, group, request.args.get("after", ""))
    here = url_for("organize.message", slug=event.slug, announcement_id=one.id)
    more = urlencode({"group": group, "after": page.after})
    return {
        "progress": progress_of(one),
        "groups": GROUPS,
        "group": group,
        "readers": page.rows,
        "next_url": f"{here}?{more}" if page.after else None,
    }


def _small(text: str) -> int:
    """An id as a number that every database has room for. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
