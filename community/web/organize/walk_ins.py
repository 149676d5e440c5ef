"""Walk-ins: somebody stands at the door and is not on the list."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, gettext
from community.events.models import Event
from community.organizing.door import get_event_at_door, how_door_stands
from community.rsvp.queries import get_rsvp, seats_of
from community.rsvp.walking_in import walk_in
from community.web.access import event_door, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.door import WalkInForm, walk_in_form

PAGE = "organize/walk_in.html"
HOUR = timedelta(hours=1)


@event_door
def walk_in_page(slug: str) -> ResponseReturnValue:
    """The form for somebody who is not on the list, and how many seats are free."""
    event = get_event_at_door(viewer(), slug)
    return render_template(PAGE, form=walk_in_form(event), **_facts(event))


@event_door
def add_walk_in(slug: str) -> ResponseReturnValue:
    """Give them free seats and let them in, once however often the form is sent."""
    event = get_event_at_door(viewer(), slug)
    form = walk_in_form(event)
    if not form.validate():
        return ask_again(PAGE, form, **_facts(event))
    me = signed_in_person().id
    try:
        limits.take("walk-in", str(me), most=300, within=HOUR)
        rsvp_id = form.once(f"walk-in {event.id}", me, lambda: _walk_in(me, event, form))
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(PAGE, form, refused, **_facts(event))
    # As typed: the list says who is in, and this not whose address was typed.
    typed = clean_line(form["name"].data or "")
    rsvp = get_rsvp(rsvp_id)
    guests = [one.name for one in rsvp.attendees if one is not rsvp.head]
    flash(gettext("In: %(names)s.", names=", ".join([typed, *guests])), "success")
    return redirect(url_for("organize.check_in", slug=slug), 303)


def _walk_in(me: int, event: Event, form: WalkInForm) -> int:
    guests = form.party if form.guests else []
    name, email = form["name"].data or "", form.email.data or ""
    return walk_in(me, event.id, name=name, email=email, guests=guests).id


def _facts(event: Event) -> dict[str, Any]:
    return {"event": event, "door": how_door_stands(event).value, "seats": seats_of(event, 0)}
