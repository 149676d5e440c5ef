"""The team of one event: its owner says who helps, and as what."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events import team as use_cases
from community.events import team_invitations
from community.events.models import Event
from community.organizing.desk import get_led_event
from community.web.access import event_leaders, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.team import HelperForm, RoleForm
from community.web.wording import worded

HOUR = timedelta(hours=1)


@event_leaders
def team(slug: str) -> ResponseReturnValue:
    """Everybody who helps, and the form to add somebody."""
    event = get_led_event(viewer(), slug)
    return render_template("organize/team.html", form=HelperForm(), **_facts(event))


@event_leaders
def add(slug: str) -> ResponseReturnValue:
    """Ask an address to help. The answer is the same whoever has it."""
    event, form = get_led_event(viewer(), slug), HelperForm()
    if not form.validate():
        return ask_again("organize/team.html", form, **_facts(event))
    me, email = signed_in_person().id, form.email.data or ""
    try:
        limits.take("team", str(me), most=60, within=HOUR)  # nobody fills mailboxes from here
        team_invitations.ask_to_help(me, event.id, email, form.chosen)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/team.html", form, refused, **_facts(event))
    flash(gettext("A mail asks %(address)s to help.", address=email), "success")
    return _back(slug)


@event_leaders
def send_again(slug: str, invitation_id: int) -> ResponseReturnValue:
    """The same mail once more, with another link."""
    event = get_led_event(viewer(), slug)
    try:
        address = team_invitations.ask_again(signed_in_person().id, event.id, invitation_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("Another mail asks %(address)s to help.", address=address), "success")
    return _back(slug)


@event_leaders
def take_back(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Ask no longer: the mailed link is dead at once."""
    event = get_led_event(viewer(), slug)
    address = team_invitations.take_back(signed_in_person().id, event.id, invitation_id)
    flash(gettext("%(address)s is asked no longer.", address=address), "success")
    return _back(slug)


@event_leaders
def change(slug: str, person_id: int) -> ResponseReturnValue:
    """Give a helper another role."""
    event, form = get_led_event(viewer(), slug), RoleForm()
    if not form.validate():
        flash(" ".join(map(str, form.role.errors)), "danger")
        return _back(slug)
    try:
        person = use_cases.change_helper(signed_in_person().id, event.id, person_id, form.chosen)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("%(name)s has another role now.", name=person.name), "success")
    return _back(slug)


@event_leaders
def remove(slug: str, person_id: int) -> ResponseReturnValue:
    """Take a helper's role away."""
    event = get_led_event(viewer(), slug)
    try:
        person = use_cases.remove_helper(signed_in_person().id, event.id, person_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("%(name)s is not on the team any more.", name=person.name), "success")
    return _back(slug)


@event_leaders
def hand_over(slug: str, person_id: int) -> ResponseReturnValue:
    """Make somebody else the owner."""
    event = get_led_event(viewer(), slug)
    try:
        person = use_cases.hand_over(signed_in_person().id, event.id, person_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
        return _back(slug)
    flash(gettext("%(name)s owns this event now, and is being told.", name=person.name), "success")
    return redirect(url_for("organize.event", slug=slug), 303)


def _facts(event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "helpers": use_cases.team_of(event.id),
        "asked": team_invitations.open_invitations(event.id),
    }


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("organize.team", slug=slug), 303)
