"""Notices about who may join: invitations, and what became of an application."""

from datetime import datetime

import sqlalchemy as sa

from community.core.current import settings
from community.core.dates import day
from community.core.db import db, rows_changed
from community.core.links import link
from community.core.walltime import to_local
from community.mail.kinds import Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.applications import REST, Application, get_application
from community.membership.changes import ApplicationApproved, ApplicationDeclined, MemberInvited
from community.membership.invitations import Invitation, new_invitation_token
from community.membership.models import Membership
from community.membership.queries import find_person
from community.notices.mails import compose, kind, plain_kind


def tell_approved(change: ApplicationApproved) -> None:
    """The applicant is a member now; nothing to somebody suspended meanwhile."""
    application = get_application(change.application_id)
    if application.person.membership == Membership.ACTIVE:
        _tell("application_approved", application)


def tell_declined(change: ApplicationDeclined) -> None:
    """The organizer's no, the word that came with it, and when one may apply again."""
    application = get_application(change.application_id)
    assert application.decided_at is not None
    again = application.decided_at + REST
    _tell("application_declined", application, word=application.word, again=again.isoformat())


def _tell(name: str, application: Application, **facts: str) -> None:
    person = application.person
    if person.address:
        queue_mail(name, to=person.address, name=person.name, facts=facts, person_id=person.id)


def send_invitation(change: MemberInvited) -> None:
    """The way in; to somebody who has joined already, that they only need to sign in."""
    invitation = db.session.get_one(Invitation, change.invitation_id)
    person = find_person(invitation.address)  # of a stranger, too, for the same time in all
    if not change.has_joined:
        person = None
    queue_mail(
        "invitation_again" if change.has_joined else "invitation",
        to=invitation.address,
        name=person.name if person else "",
        facts={
            "invitation_id": invitation.id,
            "inviter": invitation.inviter.name,
            "line": invitation.line,
            "until": invitation.expires_at.isoformat(),
        },
        deadline=invitation.expires_at,
    )


def _render_invitation(mail: OutboxMail) -> Rendered:
    token, token_hash = new_invitation_token()

    def store() -> None:
        row = sa.update(Invitation).where(Invitation.id == mail.facts["invitation_id"])
        rows_changed(row.values(token_hash=token_hash))

    return Rendered(compose(mail, url=link("invited", token=token)), store)


def _render_declined(mail: OutboxMail) -> Rendered:
    again = to_local(datetime.fromisoformat(mail.facts["again"]), settings().timezone)
    return Rendered(compose(mail, again_day=day(again)))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("invitation", _render_invitation, holds_secret=True)
    plain_kind("invitation_again")
    plain_kind("application_approved")
    kind("application_declined", _render_declined)
