"""Inviting people to an event: hand in a list, see what each row would do, send, watch it done."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events.models import Event
from community.notices.invitations import preview
from community.organizing.desk import get_organized_event
from community.rsvp import guest_lists
from community.rsvp.guest_list_queries import (
    count_verdicts,
    get_guest_list,
    latest_lists,
    list_guests,
)
from community.rsvp.guest_texts import MOST_BYTES
from community.rsvp.invitation_models import OPEN, GuestList, GuestListState, GuestVerdict
from community.rsvp.queries import seats_of, waiting_parties
from community.rsvp.reminding import count_undecided
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.inviting import InviteForm
from community.web.uploads import takes_file
from community.web.wording import worded

HOUR = timedelta(hours=1)
_FORM_BYTES = 512 * 1024  # what surrounds the file in the request, a list that was typed included


@event_editors
def invite(slug: str) -> ResponseReturnValue:
    """The form for a list, empty or as one was filled in, and the lists of late."""
    event = get_organized_event(viewer(), slug)
    again = request.args.get("list", type=int)
    form = InviteForm() if again is None else InviteForm.of(get_guest_list(event.id, again), event)
    return render_template("organize/invite.html", form=form, **_lists(event))


@event_editors
@takes_file(MOST_BYTES + _FORM_BYTES)
def hand_in(slug: str) -> ResponseReturnValue:
    """Keep a list and show what it would do."""
    event, form = get_organized_event(viewer(), slug), InviteForm()
    if not form.validate():
        return ask_again("organize/invite.html", form, **_lists(event))
    me = signed_in_person().id
    try:
        limits.take("guest-list", str(me), most=60, within=HOUR)
        one = guest_lists.hand_in(
            me,
            event.id,
            form.people.data or "",
            message=form.message.data or "",
            reserve_until=form.until(event),
        )
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/invite.html", form, refused, **_lists(event))
    return redirect(url_for("organize.guest_list", slug=slug, list_id=one.id), 303)


@event_editors
def guest_list(slug: str, list_id: int) -> ResponseReturnValue:
    """What each row does, the mail as it will read, and how far it is."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/guest_list.html", form=ButtonForm(), **_facts(event, list_id))


@event_editors
def send_invitations(slug: str, list_id: int) -> ResponseReturnValue:
    """Have everybody on the list invited."""
    event = get_organized_event(viewer(), slug)
    try:
        guest_lists.send_invitations(signed_in_person().id, event.id, list_id)
    except NotFound:
        raise
    except Refused as refused:
        facts = _facts(event, list_id)
        return ask_again("organize/guest_list.html", ButtonForm(), refused, **facts)
    flash(gettext("The invitations are on their way. You may leave this page."), "success")
    return redirect(url_for("organize.guest_list", slug=slug, list_id=list_id), 303)


@event_editors
def put_list_away(slug: str, list_id: int) -> ResponseReturnValue:
    """Invite nobody more."""
    event = get_organized_event(viewer(), slug)
    try:
        guest_lists.put_away(signed_in_person().id, event.id, list_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("The list is put away. Whoever was invited stays invited."), "success")
    return redirect(url_for("organize.invite", slug=slug), 303)


def _lists(event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "lists": latest_lists(event.id),
        "seats": _seats(event),
        "undecided": count_undecided(event.id),
    }


def _facts(event: Event, list_id: int) -> dict[str, Any]:
    one = get_guest_list(event.id, list_id)
    wanted = request.args.get("verdict", "")
    verdict = wanted if wanted in set(GuestVerdict) else ""
    page = list_guests(one.id, verdict, request.args.get("after", ""))
    counts = count_verdicts(one.id)
    more = urlencode({"verdict": verdict, "after": page.after})
    address = url_for("organize.guest_list", slug=event.slug, list_id=one.id)
    return {
        "event": event,
        "one": one,
        "rows": page.rows,
        "columns": list(dict.fromkeys(name for row in page.rows for name in row.extra)),
        "counts": counts,
        "inviting": sum(counts.get(kind.value, 0) for kind in OPEN),
        "seats": _seats(event),
        "verdict": verdict,
        "next_url": f"{address}?{more}" if page.after else None,
        "words": _mail(event, one) if one.state == GuestListState.CHECKED else None,
    }


def _mail(event: Event, one: GuestList) -> object:
    first = next((row.name for kind in OPEN for row in list_guests(one.id, kind).rows), "")
    return preview(event, one.person_id, one.message, one.reserve_until, first)


def _seats(event: Event) -> object:
    return seats_of(event, waiting_parties([event.id]).get(event.id, 0))
