"""Notices to those who help at one event."""

from datetime import datetime

import sqlalchemy as sa

from community.core.dates import day
from community.core.db import db, rows_changed
from community.core.links import link
from community.core.walltime import to_local
from community.events.changes import (
    HelperAdded,
    HelperAsked,
    HelperChanged,
    HelperReminded,
    OwnerChanged,
)
from community.events.models import Event, EventStatus, HostRole
from community.events.queries import find_role, get_event
from community.events.team_invitations import may_give, new_helping_token
from community.events.team_models import TeamInvitation
from community.events.visibility import shown_to_anybody, shown_to_team
from community.mail.kinds import Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.queries import get_person
from community.notices.facts import event_facts
from community.notices.mails import compose, kind


def tell_helper(change: HelperAdded | HelperChanged) -> None:
    """You help at this event, and this is what you can do."""
    _tell(change.event_id, change.person_id, change.role)


def tell_owner(change: OwnerChanged) -> None:
    """The event is yours now."""
    _tell(change.event_id, change.person_id, HostRole.OWNER.value)


def _tell(event_id: int, person_id: int, role: str) -> None:
    person, event = get_person(person_id), get_event(event_id)
    if person.address:
        queue_mail(
            "on_team",
            to=person.address,
            name=person.name,
            facts={**event_facts(event, shown_to_team(event)), "role": role},
            person_id=person.id,
            event_id=event.id,
        )


def ask_helper(change: HelperAsked | HelperReminded) -> None:
    """Would you help at this event? The same to every address, whoever's it is."""
    row = db.session.get_one(TeamInvitation, change.invitation_id)
    event = row.event
    queue_mail(
        "team_invitation",
        to=row.address,
        name="",  # whose it is decides nothing here
        facts={
            **event_facts(event, shown_to_anybody(event)),
            "invitation_id": row.id,
            "asked_at": row.asked_at.isoformat(),
            "inviter": row.inviter.name if row.inviter else "",
            "role": row.role.value,
            "until": to_local(row.expires_at, event.timezone).isoformat(),
        },
        event_id=event.id,
        deadline=row.expires_at,
    )


def _unasked(mail: OutboxMail) -> str:
    """Whoever is asked no longer would read of an event that is not theirs."""
    found = db.session.execute(
        sa.select(TeamInvitation.asked_at, TeamInvitation.invited_by, Event.status, Event.id)
        .join(TeamInvitation.event)
        .where(TeamInvitation.id == mail.facts["invitation_id"])
    ).first()
    if found is None or found.status == EventStatus.CANCELLED:
        return "it was taken back, answered, or the event is off"
    if not may_give(found.invited_by, found.id):
        return "whoever asked leads the event no more"
    newer = found.asked_at.isoformat() != mail.facts["asked_at"]
    return "it was sent again" if newer else ""


def _render_invitation(mail: OutboxMail) -> Rendered:
    token, token_hash = new_helping_token()

    def store() -> None:
        row = sa.update(TeamInvitation).where(TeamInvitation.id == mail.facts["invitation_id"])
        rows_changed(row.values(token_hash=token_hash))

    until = day(datetime.fromisoformat(mail.facts["until"]))
    return Rendered(compose(mail, url=link("helping", token=token), until_day=until), store)


def _unwanted(mail: OutboxMail) -> str:
    """Whoever lost the role meanwhile would be led to a page that is not there for them."""
    if mail.event_id is None or find_role(mail.event_id, mail.person_id) != mail.facts["role"]:
        return "the person has another role by now"
    return ""


def _render(mail: OutboxMail) -> Rendered:
    page = "check_in" if mail.facts["role"] == HostRole.DOOR else "desk"
    return Rendered(compose(mail, url=link(page, slug=mail.facts["event_slug"])))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("on_team", _render, unwanted=_unwanted)
    kind("team_invitation", _render_invitation, holds_secret=True, unwanted=_unasked)
