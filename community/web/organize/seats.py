"""Buttons about an event's seats: take no more answers, take answers again, shrink in time."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext, ngettext
from community.events import seats
from community.events.models import Event
from community.organizing.desk import get_organized_event
from community.rsvp.queries import parties_over
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms.hand import ShrinkForm
from community.web.wording import worded


@event_editors
def stop_answers(slug: str) -> ResponseReturnValue:
    """Take no more answers."""
    event = get_organized_event(viewer(), slug)
    try:
        seats.stop_answers(signed_in_person().id, event.id)
    except NotFound:
        raise
    except Refused as refused:
        return _back(slug, worded(refused), "danger")
    return _back(slug, gettext("The list is closed. Whoever has a seat keeps it, and can leave."))


@event_editors
def resume_answers(slug: str) -> ResponseReturnValue:
    """Take answers again."""
    event = get_organized_event(viewer(), slug)
    try:
        seats.resume_answers(signed_in_person().id, event.id)
    except NotFound:
        raise
    except Refused as refused:
        return _back(slug, worded(refused), "danger")
    return _back(slug, gettext("People can answer again."))


@event_editors
def shrink(slug: str) -> ResponseReturnValue:
    """Let the event become smaller as people leave."""
    event, form = get_organized_event(viewer(), slug), ShrinkForm()
    if not form.validate():
        return _back(slug, " ".join(map(str, form.seats.errors)), "danger")
    wanted = form.seats.data or 0
    try:
        seats.shrink_as_people_leave(signed_in_person().id, event.id, wanted)
    except NotFound:
        raise
    except Refused as refused:
        return _back(slug, worded(refused), "danger")
    return _back(slug, _shrinks(wanted))


def too_small(event: Event, capacity: int) -> str:
    """How many parties would have to go for the event to have only so many seats."""
    return ngettext(
        "%(num)s party would have to go, the one seated last.",
        "%(num)s parties would have to go, those seated last.",
        parties_over(event, capacity),
    )


def _shrinks(wanted: int) -> str:
    return ngettext(
        "Nobody is sent away: freed seats are given to nobody until %(num)s is left.",
        "Nobody is sent away: freed seats are given to nobody until %(num)s are left.",
        wanted,
    )


def _back(slug: str, said: str, category: str = "success") -> ResponseReturnValue:
    flash(said, category)
    return redirect(url_for("organize.event", slug=slug), 303)
