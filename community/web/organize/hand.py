"""The organizer's hand: one answer whole, removing, seating, moving, and adding somebody."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from community.core import limits
from community.core.clock import now
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events.models import Event, EventStatus
from community.organizing.desk import get_organized_event
from community.organizing.one_answer import OneAnswer, get_answer
from community.rsvp import hand
from community.rsvp.models import Decision, RsvpStatus
from community.rsvp.queries import get_rsvp, seats_of
from community.rsvp.transitions import REMOVABLE
from community.web.access import event_editors, signed_in_person, viewer
from community.web.filters import number
from community.web.forms import ask_again
from community.web.forms.hand import AddForm, MoveForm, SeatForm, WordForm, add_form
from community.web.organize.history import brief_of_answer
from community.web.reasons import Told, in_line, why_whole

HOUR = timedelta(hours=1)
PAGE = "organize/attendee.html"


@event_editors
def attendee(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """One answer: who comes, every decision about it, and what can be decided now."""
    event = get_organized_event(viewer(), slug)
    return render_template(PAGE, **_facts(event, rsvp_id))


@event_editors
def remove_attendee(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Take back a seat, a place, a request or an invitation."""
    event, form = get_organized_event(viewer(), slug), WordForm()
    if not form.validate():
        return _again(event, rsvp_id, form)
    me, word = signed_in_person().id, form.word.data or ""
    try:
        rsvp = hand.remove_attendee(me, event.id, rsvp_id, word=word)
    except NotFound:
        raise
    except Refused as refused:
        return _again(event, rsvp_id, form, refused)
    return _done(slug, rsvp_id, gettext("%(name)s is off the list.", name=rsvp.person.name))


@event_editors
def seat_attendee(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Give a party of the waitlist its seats now."""
    event, form = get_organized_event(viewer(), slug), SeatForm()
    if not form.validate():
        return _again(event, rsvp_id, form)
    me, kept = signed_in_person().id, bool(form.use_kept_back.data)
    try:
        rsvp = hand.seat_waiting(me, event.id, rsvp_id, use_kept_back=kept)
    except NotFound:
        raise
    except Refused as refused:
        return _again(event, rsvp_id, form, refused)
    return _done(slug, rsvp_id, gettext("%(name)s is going now.", name=rsvp.person.name))


@event_editors
def move_attendee(slug: str, rsvp_id: int) -> ResponseReturnValue:
    """Give a party another place in line."""
    event, form = get_organized_event(viewer(), slug), MoveForm()
    if not form.validate():
        return _again(event, rsvp_id, form)
    me, place = signed_in_person().id, form.place.data or 0
    try:
        rsvp = hand.move_in_line(me, event.id, rsvp_id, place=place, word=form.word.data or "")
    except NotFound:
        raise
    except Refused as refused:
        return _again(event, rsvp_id, form, refused)
    facts = {"name": rsvp.person.name, "place": number(place)}
    return _done(slug, rsvp_id, gettext("%(name)s has place %(place)s now.", **facts))


@event_editors
def add_attendee(slug: str) -> ResponseReturnValue:
    """The form to add somebody without asking them."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/add_attendee.html", event=event, form=add_form(event))


@event_editors
def add_person(slug: str) -> ResponseReturnValue:
    """Give somebody seats without asking them, once however often the form is sent."""
    event = get_organized_event(viewer(), slug)
    form = add_form(event)
    if not form.validate():
        return ask_again("organize/add_attendee.html", form, event=event)
    me = signed_in_person().id
    try:
        limits.take("add-attendee", str(me), most=200, within=HOUR)
        rsvp_id = form.once(f"add {event.id}", me, lambda: _add(me, event, form))
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/add_attendee.html", form, refused, event=event)
    name = get_rsvp(rsvp_id).person.name
    return _done(slug, rsvp_id, gettext("%(name)s is going, and is being told.", name=name))


def _add(me: int, event: Event, form: AddForm) -> int:
    added = hand.add_attendee(
        me,
        event.id,
        name=form["name"].data or "",
        email=form.email.data or "",
        guests=form.party or (),
        word=form.word.data or "",
        use_kept_back=bool(form.use_kept_back.data),
    )
    return added.id


def _facts(event: Event, rsvp_id: int) -> dict[str, Any]:
    """What the page shows: its forms are blank."""
    known = get_answer(event, rsvp_id)
    is_on = event.status == EventStatus.PUBLISHED and event.ends_at > now()
    status = known.rsvp.status if is_on else None  # what is over is not decided any more
    return {
        **brief_of_answer(event, known.rsvp),
        "event": event,
        "known": known,
        "rank": in_line(known.place, known.waiting),
        "history": [_told(known, decision) for decision in known.decisions],
        "seats": seats_of(event, known.waiting),
        "may_remove": status in REMOVABLE,
        "waits": status == RsvpStatus.WAITLISTED,
        "asks": status == RsvpStatus.REQUESTED,
        "word_form": WordForm(formdata=None),
        "seat_form": SeatForm(formdata=None),
        "move_form": MoveForm(formdata=None),
    }


def _told(known: OneAnswer, decision: Decision) -> Told:
    by = known.deciders.get(decision.actor_id or 0, "")
    return Told(decision.at, why_whole(decision), by)


_NAMES: dict[type, str] = {SeatForm: "seat_form", MoveForm: "move_form", WordForm: "word_form"}


def _again(
    event: Event, rsvp_id: int, form: FlaskForm, refused: Refused | None = None
) -> ResponseReturnValue:
    """The page with the one form as it was typed, and what is wrong with it."""
    facts = _facts(event, rsvp_id) | {_NAMES[type(form)]: form}
    return ask_again(PAGE, form, refused, **facts)


def _done(slug: str, rsvp_id: int, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("organize.attendee", slug=slug, rsvp_id=rsvp_id), 303)
