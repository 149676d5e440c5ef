"""The page of a mail that asks somebody to help at an event: yes or no, by one button."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import Refused
from community.core.text import gettext
from community.events import team_invitations
from community.events.models import HostRole
from community.events.queries import rights_at
from community.events.team_models import TeamInvitation
from community.web.access import everybody, is_signed_in, network, viewer
from community.web.forms import ask_again
from community.web.forms.team import HelpingForm
from community.web.organize.team import HOUR

pages = Blueprint("helping", __name__)
PAGE = "helping/show.html"


@pages.get("/helping/<token>")
@everybody
def show(token: str) -> ResponseReturnValue:
    """Who asks, and for what. Opening it changes nothing."""
    asked = team_invitations.find_invitation(token)
    if asked is None:
        return _dead()
    return render_template(PAGE, form=_form(asked), asked=asked)


@pages.post("/helping/<token>")
@everybody
def answer(token: str) -> ResponseReturnValue:
    """Take the role, or decline. Signs nobody in: the page behind it asks for that."""
    asked = team_invitations.find_invitation(token)
    if asked is None:
        return _dead()
    form, says_no = _form(asked), _pressed_no()
    if not says_no and not form.validate():
        return ask_again(PAGE, form, asked=asked)
    page, slug = _page_of(asked), asked.event.slug
    try:
        limits.take("helping-network", network(), most=60, within=HOUR)
        _settle(token, form, says_no=says_no)
    except Refused as refused:
        return ask_again(PAGE, form, refused, asked=asked)
    if says_no:
        flash(gettext("You said no. The address is forgotten here."), "success")
        return redirect(url_for("events.index"), 303)
    return _on_the_team(page, slug)


def _on_the_team(page: str, slug: str) -> ResponseReturnValue:
    """To the page of the role, by way of signing in; somebody else's browser gets home."""
    flash(gettext("Thank you! Your role is there for who signs in with the address."), "success")
    mine = rights_at(viewer(), slug) if is_signed_in() else None
    if mine is not None and not mine.checks_in:
        return redirect(url_for("home.index"), 303)
    return redirect(url_for(page, slug=slug), 303)


def _settle(token: str, form: HelpingForm, *, says_no: bool) -> None:
    if says_no:
        team_invitations.say_no_to_helping(token)
    else:
        name = form.name.data if form.name else None
        team_invitations.say_yes_to_helping(token, name or "")


def _pressed_no() -> bool:
    return HelpingForm(asks_for_name=False).action.data == "decline"


def _form(asked: TeamInvitation) -> HelpingForm:
    return HelpingForm(asks_for_name=team_invitations.asks_for_name(asked))


def _page_of(asked: TeamInvitation) -> str:
    return "organize.check_in" if asked.role == HostRole.DOOR else "organize.event"


def _dead() -> ResponseReturnValue:
    return render_template(PAGE, form=None, asked=None), 410
