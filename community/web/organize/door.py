"""The door: who is expected, who is in, and the button that lets one head in."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.dates import clock
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, gettext
from community.core.walltime import to_local
from community.events.models import Event
from community.organizing.door import MOST, find_heads, get_event_at_door, how_door_stands, turnout
from community.rsvp import checkin
from community.rsvp.checkin import OPEN_BEFORE, Door, Entry
from community.web.access import event_door, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.team import DoorForm

LONGEST_QUERY = 100
_LARGEST_ID = 2**31 - 1


@event_door
def check_in(slug: str) -> ResponseReturnValue:
    """Who is expected, by words of a name or by the code that somebody brings."""
    event = get_event_at_door(viewer(), slug)
    q, code = request.args.get("q", ""), request.args.get("code", "")
    return render_template("organize/check_in.html", form=DoorForm(), **_facts(event, q, code))


@event_door
def let_in(slug: str) -> ResponseReturnValue:
    """Check one head in."""
    event, form = get_event_at_door(viewer(), slug), DoorForm()
    try:
        entry = checkin.check_in(signed_in_person().id, event.id, _head(event, form))
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/check_in.html", form, refused, **_facts(event, _q(form)))
    flash(*_said(event, entry))
    return _back(slug, form)


@event_door
def undo(slug: str) -> ResponseReturnValue:
    """Take it back."""
    event, form = get_event_at_door(viewer(), slug), DoorForm()
    try:
        name = checkin.undo_check_in(signed_in_person().id, event.id, _head(event, form))
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/check_in.html", form, refused, **_facts(event, _q(form)))
    flash(gettext("%(name)s is not checked in any more.", name=name), "info")
    return _back(slug, form)


def _facts(event: Event, q: str, code: str = "") -> dict[str, Any]:
    """What the page shows; no names while the door is shut."""
    q, stands = clean_line(q[:LONGEST_QUERY]), how_door_stands(event)
    head = checkin.find_by_code(event.id, code) if code else None
    is_open = stands == Door.OPEN
    shown = is_open and (head is not None or not code)
    heads = find_heads(event, q=q, attendee_id=head) if shown else []
    return {
        "event": event,
        "door": stands.value,
        "opens": to_local(event.starts_at - OPEN_BEFORE, event.timezone),
        "q": q,
        "code": code,
        "heads": heads[:MOST],
        "more": len(heads) > MOST,
        "turnout": turnout(event) if is_open else None,
    }


def _head(event: Event, form: DoorForm) -> int:
    """Whom the button is about. Raises NotFound for a number or code that is nobody's here."""
    typed, code = form.attendee.data or "", form.code.data or ""
    found = checkin.find_by_code(event.id, code) if code else None
    if found is None and typed.isascii() and typed.isdigit() and len(typed) <= 10:
        found = min(int(typed), _LARGEST_ID)
    if found is None:
        raise Refused("nobody_expected")
    return found


def _said(event: Event, entry: Entry) -> tuple[str, str]:
    if entry.is_new:
        return gettext("%(name)s is in.", name=entry.name), "success"
    since = clock(to_local(entry.at, event.timezone))
    if entry.by:
        text = gettext(
            "%(name)s is already in since %(time)s, by %(by)s.",
            name=entry.name,
            time=since,
            by=entry.by,
        )
    else:
        text = gettext("%(name)s is already in since %(time)s.", name=entry.name, time=since)
    return text, "warning"


def _q(form: DoorForm) -> str:
    return form.q.data or ""


def _back(slug: str, form: DoorForm) -> ResponseReturnValue:
    q = clean_line(_q(form)[:LONGEST_QUERY])
    return redirect(url_for("organize.check_in", slug=slug, q=q or None), 303)
