"""Ways to join for tests: the policy in force, applications, and mailed invitations."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import current_app

from community.core.db import db, transactional
from community.events.team_invitations import new_helping_token
from community.events.team_models import TeamInvitation
from community.membership.applications import Application, latest_application
from community.membership.invitations import Invitation, new_invitation_token
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import PendingKind
from tests.factories.proofs import mailed_token


@contextmanager
def policy(name: str) -> Iterator[None]:
    """Join by this policy inside the block, as if the program had been started with it."""
    extensions = current_app.extensions
    before = extensions["community_settings"]
    extensions["community_settings"] = before.model_copy(update={"join_policy": name})
    try:
        yield
    finally:
        extensions["community_settings"] = before


def an_application(
    name: str = "Ada", email: str = "ada@example.org", reason: str = ""
) -> Application:
    """Somebody who confirmed the address and waits for an organizer."""
    with policy("approval"):
        ask_to_join(name=name, email=email, reason=reason)
        person = confirm_joining(mailed_token(PendingKind.JOIN, email))
    application = latest_application(person.id)
    assert application is not None
    return application


@transactional
def mailed_invitation(address: str) -> str:
    """The token in the newest invitation to that address, made as the worker makes it."""
    wanted = sa.select(Invitation).where(Invitation.address == address)
    invitation = db.session.scalars(wanted.order_by(Invitation.id.desc()).limit(1)).one()
    token, invitation.token_hash = new_invitation_token()
    return token


@transactional
def mailed_helping(address: str) -> str:
    """The same of the newest mail that asks that address to help at an event."""
    wanted = sa.select(TeamInvitation).where(TeamInvitation.address == address)
    asked = db.session.scalars(wanted.order_by(TeamInvitation.id.desc()).limit(1)).one()
    token, asked.token_hash = new_helping_token()
    return token
