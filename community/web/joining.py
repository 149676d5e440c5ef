"""Joining: the form, the note to look in the mail, and the mailed page with its button."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.addresses import normal_address
from community.core.current import settings
from community.core.errors import Refused
from community.core.text import gettext
from community.membership.joining import ask_to_join, confirm_joining, pending_name
from community.membership.models import PendingKind
from community.membership.pending import find_pending
from community.membership.sessions import open_session
from community.web.access import everybody, network
from community.web.browser import agent, keep_session, own_browser_secret
from community.web.forms import ButtonForm, ask_again
from community.web.forms.joining import JoinForm

HOUR = timedelta(hours=1)

pages = Blueprint("joining", __name__)


@pages.get("/join")
@everybody
def join() -> ResponseReturnValue:
    """The join form; a topic's page leads here with that topic ticked."""
    form = JoinForm.offering_topics(request.args.get("topic", ""))
    return render_template("joining/join.html", form=form)


@pages.post("/join")
@everybody
def ask() -> ResponseReturnValue:
    """Note the wish and have a mail sent. The answer is the same for members and strangers."""
    form = JoinForm.offering_topics()
    if not form.validate():
        return ask_again("joining/join.html", form)
    try:
        _ask(form)
    except Refused as refused:
        return ask_again("joining/join.html", form, refused)
    return redirect(url_for("joining.check_mail"), 303)


def _ask(form: JoinForm) -> None:
    limits.take("join-network", network(), most=30, within=HOUR)
    limits.take("join-address", normal_address(form.email.data or ""), most=3, within=HOUR)
    ask_to_join(
        name=form.name.data or "",
        email=form.email.data or "",
        organization=form.organization.data or "",
        job_title=form.job_title.data or "",
        topics=form.topics.data or [],
        browser=own_browser_secret(),
    )


@pages.get("/join/check-mail")
@everybody
def check_mail() -> ResponseReturnValue:
    """What to do next, in words that tell nobody who is a member."""
    return render_template("joining/check_mail.html")


@pages.get("/join/confirm/<token>")
@everybody
def confirm(token: str) -> ResponseReturnValue:
    """The mailed page with its one button. Opening it, by whatever program, changes nothing."""
    pending = find_pending(PendingKind.JOIN, token)
    if pending is None:
        return _dead()
    return render_template("joining/confirm.html", form=ButtonForm(), **_facts(token))


@pages.post("/join/confirm/<token>")
@everybody
def become_member(token: str) -> ResponseReturnValue:
    """Make the person a member and sign this browser in: its owner reads the mail."""
    try:
        person = confirm_joining(token)
        session = open_session(person, proof="join", browser=agent(), known=own_browser_secret())
    except Refused as refused:
        if refused.code == "link_dead":
            return _dead()
        return ask_again("joining/confirm.html", ButtonForm(), refused, **_facts(token))
    keep_session(session)
    flash(gettext("Welcome to %(name)s!", name=settings().name), "success")
    return redirect(url_for("home.index"), 303)


def _facts(token: str) -> dict[str, object]:
    pending = find_pending(PendingKind.JOIN, token)
    name = pending_name(pending) if pending else ""
    return {"name": name, "community": settings().name, "dead": pending is None}


def _dead() -> ResponseReturnValue:
    return render_template("joining/confirm.html", form=None, dead=True), 410
