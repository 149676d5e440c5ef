"""Asking somebody to help at one event, by mail: the role begins when they say yes.

Whoever is asked is an address until then, known here or not, so that neither the page nor the time
that it takes tells who has an account. What the mailed page does is done for the owner of the
mailbox, and signs nobody in.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from community.core import limits
from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line
from community.core.tokens import digest, new_token, same
from community.events.changes import (
    HelperAsked,
    HelperDeclined,
    HelperReminded,
    HelperUnasked,
)
from community.events.models import Event, EventStatus, HostRole
from community.events.queries import get_event, lock_event, require_leader
from community.events.team import GIVEN, put_on_team, team_of
from community.events.team_models import TeamInvitation
from community.membership.joining import person_at
from community.membership.models import Person
from community.membership.queries import find_owner

MOST_OPEN = 20
LIFETIME = timedelta(days=14)
_MOST_MAILS = 3  # a day to one address, whoever asks
_LARGEST_ID = 2**31 - 1


def ask_to_help(actor_id: int, event_id: int, email: str, role: HostRole) -> None:
    """Ask an address to co-organize or to work at the door; the answer is the same for everybody.

    Refuses an address that the team's page shows already, and the twenty-first that is open.
    """
    require_leader(actor_id, event_id)
    address = normal_address(email)
    _check(event_id, address, role)  # what is refused uses up nobody's mails
    _limit(address)
    _ask(actor_id, event_id, address, role)


@transactional
def _ask(actor_id: int, event_id: int, address: str, role: HostRole) -> None:
    _lock(actor_id, event_id)
    _check(event_id, address, role)
    # One that ran out may be there still.
    rows_changed(sa.delete(TeamInvitation).where(_of(event_id), TeamInvitation.address == address))
    row = TeamInvitation(
        event_id=event_id,
        address=address,
        role=role,
        invited_by=actor_id,
        expires_at=now() + LIFETIME,
    )
    db.session.add(row)
    db.session.flush()
    record(HelperAsked(event_id, row.id, role.value))


def _check(event_id: int, address: str, role: HostRole) -> None:
    _require_on(event_id)
    if role not in GIVEN:
        raise Refused("role_not_given", field="role")
    for helper in team_of(event_id):
        if helper.address == address:
            raise Refused("helper_already", field="email", name=helper.name)
    asked = open_invitations(event_id)
    if any(one.address == address for one in asked):
        raise Refused("helper_asked_already", field="email")
    if len(asked) >= MOST_OPEN:
        raise Refused("too_many_asked", most=MOST_OPEN)


def ask_again(actor_id: int, event_id: int, invitation_id: int) -> str:
    """Send it once more, with a new link; the old one is dead. Says to which address."""
    require_leader(actor_id, event_id)
    address = _get(event_id, invitation_id).address
    _limit(address)
    return _ask_again(actor_id, event_id, invitation_id)


@transactional
def _ask_again(actor_id: int, event_id: int, invitation_id: int) -> str:
    _lock(actor_id, event_id)
    _require_on(event_id)
    row = _get(event_id, invitation_id)
    row.token_hash, row.invited_by = None, actor_id
    row.asked_at, row.expires_at = now(), now() + LIFETIME
    record(HelperReminded(event_id, row.id, row.role.value))
    return row.address


@transactional
def take_back(actor_id: int, event_id: int, invitation_id: int) -> str:
    """Ask no longer: the mailed link leads nowhere from now on. Says which address that was."""
    _lock(actor_id, event_id)
    row = _get(event_id, invitation_id)
    db.session.delete(row)
    record(HelperUnasked(event_id, row.id, row.role.value))
    return row.address


def open_invitations(event_id: int) -> Sequence[TeamInvitation]:
    """Who was asked and can still say yes, by address; never more than :data:`MOST_OPEN`."""
    return db.session.scalars(
        sa.select(TeamInvitation)
        .where(_of(event_id), TeamInvitation.expires_at > now())
        .order_by(TeamInvitation.address)
        .execution_options(populate_existing=True)
    ).all()


def find_invitation(token: str) -> TeamInvitation | None:
    """The living invitation behind a mailed token, for its page. Changes nothing."""
    found = db.session.scalar(
        sa.select(TeamInvitation)
        .join(TeamInvitation.event)
        .where(
            TeamInvitation.token_hash == digest(token),
            TeamInvitation.expires_at > now(),
            Event.status != EventStatus.CANCELLED,
        )
        .options(contains_eager(TeamInvitation.event), joinedload(TeamInvitation.inviter))
    )
    return found if found is not None and may_give(found.invited_by, found.event_id) else None


def may_give(person_id: int | None, event_id: int) -> bool:
    """Whether whoever asked may give a role still: what they offered ends with their own."""
    if person_id is None:
        return False
    try:
        require_leader(person_id, event_id)
    except NotFound:
        return False
    return True


def asks_for_name(row: TeamInvitation) -> bool:
    """Whether nobody has told us what to call whoever says yes."""
    owner = find_owner(row.address)
    return owner is None or not owner.name


@transactional
def say_yes_to_helping(token: str, name: str = "") -> Person:
    """Give the owner of the asked address the role: the mail has proven it. Used once.

    Refuses a dead link, and somebody whose membership is suspended or has ended.
    """
    row = _redeemable(token)
    called = clean_line(name)
    if asks_for_name(row) and not called:
        raise Refused("name_missing", field="name")
    person = person_at(row.address, name=called)
    if person.is_shut_out:
        raise Refused("membership_closed")
    person.name = person.name or called
    put_on_team(row.event_id, person, row.role)
    db.session.delete(row)
    return person


@transactional
def say_no_to_helping(token: str) -> None:
    """Decline. The address is forgotten with it."""
    row = _redeemable(token)
    db.session.delete(row)
    record(HelperDeclined(row.event_id, row.id, row.role.value))


def new_helping_token() -> tuple[str, str]:
    """A new token and what to store of it, for the worker that renders the mail."""
    token = new_token()
    return token, digest(token)


@transactional
def forget_old_asks() -> int:
    """Delete what ran out; says how many."""
    return rows_changed(sa.delete(TeamInvitation).where(TeamInvitation.expires_at <= now()))


def _redeemable(token: str) -> TeamInvitation:
    """Under the event's lock, so that of yes, no and taking back at once the first counts."""
    found = find_invitation(token)
    if found is None:
        raise Refused("link_dead")
    lock_event(found.event_id)
    if db.session.get(TeamInvitation, found.id, populate_existing=True) is None:
        raise Refused("link_dead")
    if not same(found.token_hash or "", digest(token)):
        raise Refused("link_dead")  # sent again meanwhile
    if not may_give(found.invited_by, found.event_id):
        raise Refused("link_dead")
    return found


def _get(event_id: int, invitation_id: int) -> TeamInvitation:
    number = min(invitation_id, _LARGEST_ID)
    row = db.session.get(TeamInvitation, number, populate_existing=True)
    if row is None or row.event_id != event_id:
        raise NotFound("invitation")
    return row


def _limit(address: str) -> None:
    limits.take("ask-to-help", address, most=_MOST_MAILS, within=timedelta(days=1))


def _lock(actor_id: int, event_id: int) -> None:
    require_leader(actor_id, event_id)
    lock_event(event_id)
    require_leader(actor_id, event_id)  # who waited for the lock may have handed the event over


def _require_on(event_id: int) -> None:
    if get_event(event_id).status == EventStatus.CANCELLED:
        raise Refused("event_cancelled")


def _of(event_id: int) -> sa.ColumnElement[bool]:
    return TeamInvitation.event_id == event_id
