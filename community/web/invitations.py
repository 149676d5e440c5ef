"""Inviting somebody to join, and the page that an invitation leads to."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import Refused
from community.core.identity import community_name
from community.core.text import gettext
from community.membership import invitations
from community.membership.entering import enter_by_invitation
from community.web.access import everybody, members, network, own_zone, signed_in_person
from community.web.browser import agent, keep_session, own_browser_secret
from community.web.forms import ButtonForm, ask_again
from community.web.forms.invitations import InviteForm
from community.web.forms.joining import InvitedForm
from community.web.joining import HOUR

pages = Blueprint("invitations", __name__)


@pages.get("/invite")
@members
def invite() -> ResponseReturnValue:
    """The form, and what is still open."""
    return render_template("invitations/invite.html", form=InviteForm(), **_sent())


@pages.post("/invite")
@members
def send() -> ResponseReturnValue:
    """Have an invitation mailed. The answer is the same whoever has the address."""
    form = InviteForm()
    if not form.validate():
        return ask_again("invitations/invite.html", form, **_sent())
    try:
        invitations.invite(signed_in_person().id, form.email.data or "", form.line.data or "")
    except Refused as refused:
        return ask_again("invitations/invite.html", form, refused, **_sent())
    flash(gettext("The invitation is on its way."), "success")
    return redirect(url_for("invitations.invite"), 303)


@pages.post("/invite/<int:invitation_id>/revoke")
@members
def revoke(invitation_id: int) -> ResponseReturnValue:
    """Take one's own invitation back."""
    invitations.revoke_invitation(signed_in_person().id, invitation_id)
    flash(gettext("The invitation is taken back. Its link leads nowhere now."), "success")
    return redirect(url_for("invitations.invite"), 303)


@pages.get("/invited/<token>")
@everybody
def invited(token: str) -> ResponseReturnValue:
    """The mailed page: the join form without an address. Opening it changes nothing."""
    invitation = invitations.find_invitation(token)
    if invitation is None:
        return _dead()
    form = InvitedForm.offering_topics().renew()
    return render_template("invitations/invited.html", form=form, invitation=invitation)


@pages.post("/invited/<token>")
@everybody
def join(token: str) -> ResponseReturnValue:
    """Make the invited person a member and sign this browser in: its owner reads the mail."""
    invitation, form = invitations.find_invitation(token), InvitedForm.offering_topics()
    if invitation is None:
        return _dead()
    if form.was_filled_by_a_program:
        return redirect(url_for("home.index"), 303)
    if not form.validate():
        return ask_again("invitations/invited.html", form.renew(), invitation=invitation)
    try:
        session = _join(token, form)
    except Refused as refused:
        return ask_again("invitations/invited.html", form.renew(), refused, invitation=invitation)
    keep_session(session)
    flash(gettext("Welcome to %(name)s!", name=community_name()), "success")
    return redirect(url_for("home.index"), 303)


def _join(token: str, form: InvitedForm) -> str:
    limits.take("join-network", network(), most=30, within=HOUR)
    return enter_by_invitation(
        token,
        name=form.name.data or "",
        organization=form.organization.data or "",
        job_title=form.job_title.data or "",
        topics=form.topics.data or [],
        consent=form.read_version,
        browser=agent(),
        known=own_browser_secret(),
    )


def _sent() -> dict[str, Any]:
    sent = invitations.open_invitations(signed_in_person().id)
    return {"invitations": sent, "revoke_form": ButtonForm(), "zone": own_zone()}


def _dead() -> ResponseReturnValue:
    return render_template("invitations/invited.html", form=None, invitation=None), 410
