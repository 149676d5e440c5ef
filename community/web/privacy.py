"""What is held about somebody: taking all of it out, and having it erased."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.current import settings
from community.core.errors import Refused
from community.core.text import gettext
from community.privacy.erasing import erase_person, owned_alone
from community.privacy.exporting import ask_for_export, get_export_file, list_exports
from community.rsvp.leaving import places_to_come
from community.web.access import recently_signed_in, signed_in_person
from community.web.browser import drop_session
from community.web.forms import ButtonForm, ask_again
from community.web.forms.privacy import EraseForm

pages = Blueprint("privacy", __name__)


@pages.get("/profile/privacy/export")
@recently_signed_in
def export() -> ResponseReturnValue:
    """What can be fetched, and the button that has it made."""
    return render_template("privacy/export.html", form=ButtonForm(), **_exports())


@pages.post("/profile/privacy/export")
@recently_signed_in
def ask_for_everything() -> ResponseReturnValue:
    """Have everything put together."""
    try:
        ask_for_export(signed_in_person().id)
    except Refused as refused:
        return ask_again("privacy/export.html", ButtonForm(), refused, **_exports())
    flash(gettext("Your file is being made. A mail tells you when it is ready."), "success")
    return redirect(url_for("privacy.export"), 303)


@pages.get("/profile/privacy/export/<int:number>")
@recently_signed_in
def export_file(number: int) -> ResponseReturnValue:
    """The zip itself, for the person whom it is about."""
    response = Response(get_export_file(signed_in_person().id, number), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"my-data-{number}.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/profile/privacy/erase")
@recently_signed_in
def erase() -> ResponseReturnValue:
    """What erasing does, which seats are given back, and what stands in the way."""
    return render_template("privacy/erase.html", form=EraseForm(), **_at_stake())


@pages.post("/profile/privacy/erase")
@recently_signed_in
def erase_me() -> ResponseReturnValue:
    """Erase the person who is signed in, for good."""
    form = EraseForm()
    if not form.validate():
        return ask_again("privacy/erase.html", form, **_at_stake())
    try:
        erase_person(signed_in_person().id, typed=form.email.data)
    except Refused as refused:
        return ask_again("privacy/erase.html", form, refused, **_at_stake())
    drop_session()
    flash(gettext("Everything about you is erased. A last mail says what that means."), "success")
    return redirect(url_for("home.index"), 303)


def _exports() -> dict[str, Any]:
    me = signed_in_person()
    return {"exports": list_exports(me.id), "zone": me.timezone or settings().timezone}


def _at_stake() -> dict[str, Any]:
    me = signed_in_person()
    return {
        "address": me.address,
        "places": places_to_come(me.id),
        "owned": owned_alone(me.id),
    }
