"""The door: who is expected, who is in, and the buttons that let people in."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.dates import clock
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, gettext
from community.core.walltime import to_local
from community.events.models import Event
from community.organizing.door import (
    MOST,
    Head,
    find_heads,
    get_event_at_door,
    how_door_stands,
    last_entries,
    turnout,
)
from community.rsvp import checkin
from community.rsvp.checkin import OPEN_AFTER, OPEN_BEFORE, Door, Entry
from community.rsvp.codes import LONGEST, get_head, head_of
from community.web.access import event_door, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.door import DoorForm
from community.web.wording import worded

PAGE = "organize/check_in.html"
LONGEST_QUERY = 100
_LARGEST_ID = 2**31 - 1


@event_door
def check_in(slug: str) -> ResponseReturnValue:
    """Who is expected, by words of a name or by the code that somebody brings. Acts on nothing."""
    event = get_event_at_door(viewer(), slug)
    q, code = request.args.get("q", ""), request.args.get("code", "")
    return render_template(PAGE, form=DoorForm(), **door_facts(event, q, code))


@event_door
def let_in(slug: str) -> ResponseReturnValue:
    """Check one head in, or all of a party."""
    event, form = get_event_at_door(viewer(), slug), DoorForm()
    try:
        said = _let_in(event, form)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(PAGE, form, refused, **door_facts(event, form.q.data or ""))
    flash(*said)
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
        return ask_again(PAGE, form, refused, **door_facts(event, form.q.data or ""))
    flash(gettext("%(name)s is not checked in any more.", name=name), "info")
    return _back(slug, form)


def door_facts(event: Event, q: str, code: str = "") -> dict[str, Any]:
    """What the page shows; no names while the door is shut."""
    q, stands = clean_line(q[:LONGEST_QUERY]), how_door_stands(event)
    is_open = stands == Door.OPEN
    heads: list[Head] = []
    chosen, problem = None, ""
    if is_open and not code and head_of(q) is not None:
        code = q  # typed where names are typed
    if is_open and code:
        heads, chosen, problem = _of_code(event, code)
    elif is_open:
        heads = find_heads(event, q=q)
    return {
        "event": event,
        "door": stands.value,
        "opens": to_local(event.starts_at - OPEN_BEFORE, event.timezone),
        "closes": (event.ends_at + OPEN_AFTER).isoformat(),
        "q": q,
        "code": code[:LONGEST],
        "chosen": chosen,
        "problem": problem,
        "heads": heads[:MOST],
        "more": len(heads) > MOST,
        "turnout": turnout(event) if is_open else None,
        "last": last_entries(event) if is_open and not (q or code) else [],
    }


def _of_code(event: Event, code: str) -> tuple[list[Head], int | None, str]:
    """The party of a code, whose head comes first, and which one that is; or what is wrong."""
    try:
        head = get_head(event.id, code)
    except Refused as refused:
        return [], None, worded(refused)
    party = find_heads(event, party_id=head.rsvp_id)
    return sorted(party, key=lambda one: one.attendee_id != head.id), head.id, ""


def _let_in(event: Event, form: DoorForm) -> tuple[str, str]:
    me, party = signed_in_person().id, form.party.data or ""
    if not party:
        return _said(event, checkin.check_in(me, event.id, _head(event, form)))
    names = checkin.check_in_party(me, event.id, _number(party))
    if not names:
        return gettext("All of them were in already."), "warning"
    return gettext("In: %(names)s.", names=", ".join(names)), "success"


def _head(event: Event, form: DoorForm) -> int:
    """Whom the button is about. Refuses a number or code that is nobody's here."""
    if form.code.data:
        return get_head(event.id, form.code.data).id
    return _number(form.attendee.data or "")


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 10):
        raise Refused("nobody_expected")
    return min(int(typed), _LARGEST_ID)


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


def _back(slug: str, form: DoorForm) -> ResponseReturnValue:
    q = clean_line((form.q.data or "")[:LONGEST_QUERY])
    return redirect(url_for("organize.check_in", slug=slug, q=q or None), 303)
