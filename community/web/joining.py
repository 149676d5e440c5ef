"""Joining: the form, the note to look in the mail, and the mailed page with its button."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.addresses import normal_address
from community.core.current import settings
from community.core.errors import NotFound, Refused
from community.core.identity import community_name
from community.core.text import gettext
from community.membership.applications import REST, latest_application
from community.membership.entering import enter_by_joining
from community.membership.joining import ask_to_join, pending_name
from community.membership.models import Membership, PendingKind
from community.membership.pending import find_pending
from community.web.access import everybody, network, own_zone, signed_in, signed_in_person
from community.web.browser import agent, keep_session, own_browser_secret
from community.web.forms import ButtonForm, ask_again
from community.web.forms.joining import JoinForm

HOUR = timedelta(hours=1)

pages = Blueprint("joining", __name__)


@pages.get("/join")
@everybody
def join() -> ResponseReturnValue:
    """The join form, or that joining is by invitation. A topic's page has its topic ticked."""
    return render_template("joining/join.html", form=_form())


@pages.post("/join")
@everybody
def ask() -> ResponseReturnValue:
    """Note the wish and have a mail sent. The answer is the same for members and strangers."""
    form = _form()
    if form is None:
        return render_template("joining/join.html", form=None), 403
    if form.was_filled_by_a_program:
        own_browser_secret()  # the answer is that of a success, cookie and all
        return redirect(url_for("joining.check_mail"), 303)
    if not form.validate():
        return ask_again("joining/join.html", form.renew())
    try:
        _ask(form)
    except Refused as refused:
        return ask_again("joining/join.html", form.renew(), refused)
    return redirect(url_for("joining.check_mail"), 303)


def _form() -> JoinForm | None:
    if settings().join_policy == "invitation":
        return None
    form = JoinForm.offering_topics(request.args.get("topic", ""))
    return form if request.method == "POST" else form.renew()


def _ask(form: JoinForm) -> None:
    limits.take("join-network", network(), most=30, within=HOUR)
    limits.take("join-address", normal_address(form.email.data or ""), most=3, within=HOUR)
    ask_to_join(
        name=form.name.data or "",
        email=form.email.data or "",
        organization=form.organization.data or "",
        job_title=form.job_title.data or "",
        topics=form.topics.data or [],
        reason=form.reason.data or "",
        consent=form.read_version,
        browser=own_browser_secret(),
    )


@pages.get("/join/check-mail")
@everybody
def check_mail() -> ResponseReturnValue:
    """What to do next, in words that tell nobody who is a member."""
    return render_template("joining/check_mail.html", policy=settings().join_policy)


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
        person, session = enter_by_joining(token, browser=agent(), known=own_browser_secret())
    except Refused as refused:
        if refused.code == "link_dead":
            return _dead()
        return ask_again("joining/confirm.html", ButtonForm(), refused, **_facts(token))
    keep_session(session)
    if person.membership == Membership.APPLIED:
        return redirect(url_for("joining.application"), 303)
    flash(gettext("Welcome to %(name)s!", name=community_name()), "success")
    return redirect(url_for("home.index"), 303)


@pages.get("/join/application")
@signed_in
def application() -> ResponseReturnValue:
    """Where somebody's own application stands."""
    found = latest_application(signed_in_person().id)
    if found is None:
        raise NotFound("application")
    again = found.decided_at + REST if found.decided_at else None
    return render_template(
        "joining/application.html", application=found, again=again, zone=own_zone()
    )


def _facts(token: str) -> dict[str, object]:
    pending = find_pending(PendingKind.JOIN, token)
    name = pending_name(pending) if pending else ""
    return {
        "name": name,
        "community": community_name(),
        "dead": pending is None,
        "policy": settings().join_policy,
    }


def _dead() -> ResponseReturnValue:
    return render_template("joining/confirm.html", form=None, dead=True), 410
