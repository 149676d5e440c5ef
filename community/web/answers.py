"""The page on which an invited person says that an answer by calendar was theirs."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import Refused
from community.core.text import gettext
from community.inbound.confirming import HeldAnswer, confirm_held, find_held
from community.rsvp.by_calendar import Effect
from community.web.access import everybody
from community.web.forms import ButtonForm, ask_again

pages = Blueprint("answers", __name__)


@pages.get("/answers/<token>")
@everybody
def show(token: str) -> ResponseReturnValue:
    """The held answer with its one button. Opening it, by whatever program, changes nothing."""
    held = find_held(token)
    if held is None:
        return _dead()
    return render_template("answers/show.html", form=ButtonForm(), **_facts(held))


@pages.post("/answers/<token>")
@everybody
def confirm(token: str) -> ResponseReturnValue:
    """It was them: the answer counts, and a new address of theirs is known from now on."""
    held, form = find_held(token), ButtonForm()
    if held is None:
        return _dead()
    facts = _facts(held)
    if not form.validate():
        return ask_again("answers/show.html", form, **facts)
    try:
        effect = confirm_held(token)
    except Refused as refused:
        return _dead() if find_held(token) is None else _refuse(token, form, refused)
    flash(*_outcome(effect))
    return redirect(url_for("events.index"), 303)


def _refuse(token: str, form: ButtonForm, refused: Refused) -> ResponseReturnValue:
    held = find_held(token)
    assert held is not None
    return ask_again("answers/show.html", form, refused, **_facts(held))


def _outcome(effect: Effect) -> tuple[str, str]:
    if effect == Effect.OLDER:
        return gettext("You have answered again since then, and that answer counts."), "info"
    if effect == Effect.OUTDATED:
        return gettext("The event has another time by now. Please answer the newest mail."), "info"
    return gettext("Thank you. Your answer counts."), "success"


def _facts(held: HeldAnswer) -> dict[str, Any]:
    return {
        "event": held.event,
        "name": held.head.name,
        "partstat": held.mail.partstat.value if held.mail.partstat else "",
        "answered_as": held.mail.answered_as,
        "another": held.is_from_another_address,
        "dead": False,
    }


def _dead() -> ResponseReturnValue:
    return render_template("answers/show.html", form=None, event=None, dead=True), 410
