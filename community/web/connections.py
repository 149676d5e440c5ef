"""Connections: asking, accepting, letting lie; the list of them; people met; the address card."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar.vcard import card_of, vcard
from community.core.current import settings
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.discovery.connected import (
    Standing,
    asks_received,
    asks_sent,
    between,
    contacts,
)
from community.discovery.met import people_met, wants_to_be_found
from community.discovery.people import visible_member
from community.membership import connections as rules
from community.membership.connection_models import ConnectionState
from community.membership.models import Person
from community.membership.profiles import be_findable_after_events
from community.web.access import members, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.connections import AskForm

_CHOICE_ON = ("connections.met", "profile.privacy")
_LISTS = {"received": asks_received, "sent": asks_sent, "connected": contacts}

pages = Blueprint("connections", __name__)


def facts_about(person: Person) -> dict[str, Any]:
    """What a member's page needs to offer what may be done between the two."""
    return {
        "between": between(viewer(), person),
        "ask_form": AskForm(formdata=None),
        "zone": signed_in_person().timezone or settings().timezone,
    }


@pages.get("/connections")
@members
def index() -> ResponseReturnValue:
    """Asks that wait for me, asks of mine, and with whom I am connected; each in pages."""
    show = request.args.get("show", "")
    after = request.args.get("after", "") if show in _LISTS else ""
    shown = {name: _LISTS[name] for name in ([show] if after else _LISTS)}
    return render_template(
        "connections/index.html",
        lists={name: read(viewer(), after) for name, read in shown.items()},
        form=ButtonForm(),
        zone=signed_in_person().timezone or settings().timezone,
    )


@pages.post("/members/<slug:handle>/connect")
@members
def connect(handle: str) -> ResponseReturnValue:
    """Ask to connect, with a word."""
    person, shown = visible_member(viewer(), handle)
    form = AskForm()
    if not form.validate():
        return ask_again("members/show.html", form, **_again(person, form), shown=shown)
    try:
        pair = rules.ask_to_connect(signed_in_person().id, person.id, form.word.data or "")
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("members/show.html", form, refused, **_again(person, form), shown=shown)
    if pair.state == ConnectionState.CONNECTED:
        return _done(gettext("You are connected."), handle)
    return _done(gettext("Your ask is on its way."), handle)


@pages.post("/members/<slug:handle>/connect/accept")
@members
def accept(handle: str) -> ResponseReturnValue:
    """Say yes to somebody's ask."""
    rules.accept(signed_in_person().id, _other(handle).id)
    return _done(gettext("You are connected."), handle)


@pages.post("/members/<slug:handle>/connect/let-lie")
@members
def let_lie(handle: str) -> ResponseReturnValue:
    """See somebody's ask no more; they are not told."""
    rules.let_lie(signed_in_person().id, _other(handle).id)
    flash(gettext("You see this ask no more. Nobody is told."), "success")
    return redirect(url_for("connections.index"), 303)


@pages.post("/members/<slug:handle>/connect/take-back")
@members
def take_back(handle: str) -> ResponseReturnValue:
    """Ask no longer."""
    rules.take_back(signed_in_person().id, _other(handle).id)
    return _done(gettext("You ask no longer."), handle)


@pages.post("/members/<slug:handle>/disconnect")
@members
def disconnect(handle: str) -> ResponseReturnValue:
    """Be connected no longer."""
    rules.disconnect(signed_in_person().id, _other(handle).id)
    flash(gettext("You are connected no longer."), "success")
    return redirect(url_for("connections.index"), 303)


@pages.get("/members/<slug:handle>.vcf")
@members
def card(handle: str) -> ResponseReturnValue:
    """The address card of somebody whom I am connected with; absent for everybody else."""
    person, shown = visible_member(viewer(), handle)
    if between(viewer(), person).standing != Standing.CONNECTED:
        raise NotFound("card")
    data = vcard(card_of(person.id, shown))
    response = Response(data, content_type="text/vcard; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{person.handle}.vcf")
    return response


@pages.get("/people-i-met")
@members
def met() -> ResponseReturnValue:
    """Who was at the same events, as far as both of us want to be found."""
    page = people_met(viewer(), request.args.get("after", ""))
    return render_template(
        "connections/met.html",
        findable=wants_to_be_found(viewer()),
        evenings=page.rows,
        next_url=url_for("connections.met", after=page.after) if page.after else None,
    )


@pages.post("/people-i-met")
@members
def be_findable() -> ResponseReturnValue:
    """Say whether people of the same events may find me afterwards."""
    findable = request.form.get("findable") == "yes"
    be_findable_after_events(signed_in_person().id, findable=findable)
    flash(gettext("Your choice is saved."), "success")
    asked = request.form.get("page")
    return redirect(url_for(asked if asked in _CHOICE_ON else "connections.met"), 303)


def _other(handle: str) -> Person:
    return visible_member(viewer(), handle)[0]


def _again(person: Person, form: AskForm) -> dict[str, Any]:
    return {**facts_about(person), "ask_form": form}


def _done(said: str, handle: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("members.show", handle=handle), 303)
