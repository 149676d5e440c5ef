"""Deciding about many on an event's list: a page that shows who is concerned, and the act."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext, ngettext
from community.events.models import Event
from community.organizing import bulk
from community.organizing.bulk import Action, Done
from community.organizing.bulk_parties import Party
from community.organizing.desk import get_organized_event
from community.organizing.restoring import last_removed
from community.web.access import event_editors, signed_in_person, viewer
from community.web.filters import number
from community.web.forms import ask_again
from community.web.forms.lists import BulkForm, TickedForm
from community.web.list_wording import PASSED_OVER
from community.web.organize.roster_args import Asked
from community.web.organize.roster_page import list_again

PAGE, NAMED = "organize/bulk.html", 50
_FROZEN = re.compile(r"([0-9]{1,9}):([a-z]{1,20})", re.ASCII)


@event_editors
def choose_many(slug: str) -> ResponseReturnValue:
    """Who would be concerned; nothing is changed so far."""
    event, ticked = get_organized_event(viewer(), slug), _ticked()
    try:
        facts = _facts(event, _action(), _chosen(event, ticked))
    except NotFound:
        raise
    except Refused as refused:
        return list_again(event, TickedForm(), refused, ticked)
    return render_template(PAGE, form=BulkForm(formdata=None), **facts)


@event_editors
def undo_removal(slug: str) -> ResponseReturnValue:
    """Who would be seated or invited again, of those who were removed last."""
    event = get_organized_event(viewer(), slug)
    ids = last_removed(event)
    if not ids:
        raise NotFound("removal")
    return render_template(PAGE, form=BulkForm(formdata=None), **_facts(event, Action.RESTORE, ids))


@event_editors
def decide_on_many(slug: str) -> ResponseReturnValue:
    """Do it to those who were shown and still stand where they stood."""
    event, form = get_organized_event(viewer(), slug), BulkForm()
    frozen, me = _frozen(), signed_in_person().id
    try:
        action = _action()
    except Refused as refused:
        return list_again(event, TickedForm(), refused)
    if not form.validate():
        return ask_again(PAGE, form, **_facts(event, action, list(frozen), frozen))
    words: dict[str, Any] = {
        "word": form.word.data or "",
        "or_waitlist": bool(form.or_waitlist.data),
    }
    try:
        done = bulk.act_on_many(me, event.id, action, frozen, **words)
    except NotFound:
        raise
    except Refused as refused:
        return _refused(event, form, refused, action, frozen)
    return _told(event, done)


def _refused(
    event: Event, form: BulkForm, refused: Refused, action: Action, frozen: Mapping[int, str]
) -> ResponseReturnValue:
    if len(frozen) > bulk.MOST:
        return list_again(event, TickedForm(), refused)
    return ask_again(PAGE, form, refused, **_facts(event, action, list(frozen), frozen))


def _told(event: Event, done: Done) -> ResponseReturnValue:
    if done.did:
        flash(_said(done), "success")
    if done.passed:
        flash(gettext("Passed over: %(people)s", people=_named(done.passed)), "warning")
    if done.action == Action.REMOVE:
        return redirect(url_for("organize.attendees", slug=event.slug, status="removed"), 303)
    return redirect(Asked.now(event).address(), 303)


def _said(done: Done) -> str:
    count = len(done.did)
    match done.action:
        case Action.APPROVE:
            waiting = number(count - done.going)
            return gettext(
                "Going: %(going)s. On the waitlist: %(waiting)s.",
                going=number(done.going),
                waiting=waiting,
            )
        case Action.REFUSE:
            return ngettext("%(num)s was told no.", "%(num)s were told no.", count)
        case Action.REMIND:
            return ngettext(
                "%(num)s person is being reminded.", "%(num)s people are being reminded.", count
            )
        case Action.REMOVE:
            return ngettext("%(num)s is off the list.", "%(num)s are off the list.", count)
    return ngettext("%(num)s is on the list again.", "%(num)s are on the list again.", count)


def _named(passed: Sequence[Party]) -> str:
    """Some names with why, and how many more there are."""
    some = [f"{one.name} ({PASSED_OVER[one.why]})" for one in passed[:10]]
    if len(passed) > 10:
        more = len(passed) - 10
        some.append(ngettext("and %(num)s more", "and %(num)s more", more))
    return ", ".join(some)


def _facts(
    event: Event, action: Action, ids: Sequence[int], frozen: Mapping[int, str] | None = None
) -> dict[str, Any]:
    shown = bulk.preview(event, action, ids, frozen)
    return {
        "event": event,
        "asked": Asked.now(event),
        "preview": shown,
        "action": action.value,
        "frozen": " ".join(f"{one.rsvp_id}:{one.status}" for one in shown.concerned),
        "named": NAMED,
        "why": PASSED_OVER,
    }


def _action() -> Action:
    wanted = request.form.get("action", "")
    if wanted not in set(Action):
        raise Refused("no_such_action")
    return Action(wanted)


def _chosen(event: Event, ticked: Sequence[int]) -> list[int]:
    """Those ticked, or everybody whom the address means."""
    asked = Asked.now(event)
    if request.form.get("who") == "all" and asked.wrong:
        # A slip of the finger must not choose everybody.
        raise Refused("list_misread", names=", ".join(asked.wrong))
    everybody = request.form.get("who") == "all"
    ids = bulk.meant_by(event, asked.segment) if everybody else list(dict.fromkeys(ticked))
    if not ids:
        raise Refused("nobody_chosen")
    return ids


def _ticked() -> list[int]:
    given = request.form.getlist("rsvp")[: bulk.MOST + 1]
    return [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 10]


def _frozen() -> dict[int, str]:
    """The states in which those who were shown stood."""
    typed = request.form.get("frozen", "").split()[: bulk.MOST + 1]
    return {int(pair[1]): pair[2] for pair in map(_FROZEN.fullmatch, typed) if pair}
