"""Invitations: a member vouches for somebody, who joins without any other leave."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core import limits
from community.core.addresses import normal_address
from community.core.clock import LEEWAY, now
from community.core.db import Base, db, record, rows_changed, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.core.text import clean_line
from community.core.tokens import digest, new_token
from community.membership.changes import InvitationRevoked, MemberInvited
from community.membership.models import Membership, Person
from community.membership.queries import find_person, get_person
from community.membership.viewer import Viewer

LIFETIME = timedelta(days=14)
MOST_OPEN, MOST_OPEN_ORGANIZER = 20, 500
MOST_A_DAY, MOST_A_DAY_ORGANIZER = 10, 200
SHOWN = 100
_KEPT = timedelta(days=30)
_DAY = timedelta(days=1)
# The personal line goes to somebody who does not know us: no other address in our mail than ours.
A_LINK = re.compile(
    r"://|www\.|\b[\w-]+\.(?:com|net|org|io|info|biz|ru|cn|xyz|top)\b", re.IGNORECASE
)


class Invitation(Base):
    """An invitation to join, sent to one address by one member."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254), index=True)
    invited_by: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    line: Mapped[str] = mapped_column(sa.String(300), default="")
    # Made by the worker while it renders the mail, so that no database row ever held the token.
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    inviter: Mapped[Person] = relationship()


def invite(inviter_id: int, email: str, line: str = "") -> None:
    """Invite an address, with a personal line. A member's count is limited, open and by day.

    The same rows are written for somebody who is a member already, so that nobody learns who
    is; the mail is another one.
    """
    inviter = get_person(inviter_id)
    address = normal_address(email)
    most = MOST_A_DAY_ORGANIZER if inviter.is_organizer else MOST_A_DAY
    limits.take("invite-person", str(inviter_id), most=most, within=_DAY)
    # Whoever invites, an address gets three such mails a day.
    limits.take("invite-address", address, most=3, within=_DAY)
    _invite(inviter_id, address, clean_line(line))


@transactional
def _invite(inviter_id: int, address: str, line: str) -> None:
    inviter = get_person(inviter_id)
    # Two forms sent at once would both count the same open invitations.
    db.session.refresh(inviter, with_for_update={"key_share": True})
    if not Viewer.of(inviter).is_member:
        raise Forbidden("members_only")
    if A_LINK.search(line):
        raise Refused("no_links", field="line")
    if _count_open(inviter_id, Invitation.address == address):
        raise Refused("invited_already", field="email")
    most = MOST_OPEN_ORGANIZER if inviter.is_organizer else MOST_OPEN
    if _count_open(inviter_id) >= most:
        raise Refused("too_many_invitations", most=most)
    invitation = Invitation(
        address=address, invited_by=inviter_id, line=line, expires_at=now() + LIFETIME
    )
    db.session.add(invitation)
    db.session.flush()
    person = find_person(address)
    joined = person is not None and person.membership in {Membership.ACTIVE, Membership.SUSPENDED}
    record(MemberInvited(invitation.id, joined))


def _alive() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now(),
        Invitation.created_at <= now() + LEEWAY,
    )


def _count_open(inviter_id: int, *narrower: sa.ColumnElement[bool]) -> int:
    counted = sa.select(sa.func.count(Invitation.id)).where(
        Invitation.invited_by == inviter_id, *_alive(), *narrower
    )
    return db.session.scalar(counted) or 0


def open_invitations(inviter_id: int) -> Sequence[Invitation]:
    """What somebody sent and nobody used yet, newest first, a hundred at most."""
    return db.session.scalars(
        sa.select(Invitation)
        .where(Invitation.invited_by == inviter_id, *_alive())
        .order_by(Invitation.id.desc())
        .limit(SHOWN)
    ).all()


def find_invitation(token: str) -> Invitation | None:
    """The living invitation behind a mailed token, for its page. Changes nothing."""
    found = db.session.scalar(
        sa.select(Invitation).where(Invitation.token_hash == digest(token), *_alive())
    )
    # Whoever is no member any more vouches for nobody.
    return found if found is not None and Viewer.of(found.inviter).is_member else None


@transactional
def revoke_invitation(inviter_id: int, invitation_id: int) -> None:
    """Take an invitation back. Twice is once. Raises NotFound for somebody else's."""
    invitation = db.session.get(
        Invitation, invitation_id, with_for_update=True, populate_existing=True
    )
    if invitation is None or invitation.invited_by != inviter_id:
        raise NotFound("invitation")
    if invitation.revoked_at is None and invitation.used_at is None:
        invitation.revoked_at = now()
        record(InvitationRevoked(invitation.id))


def redeem_invitation(token: str) -> Invitation:
    """Use an invitation up, once however many ask at the same time. Call it inside a use-case."""
    invitation = find_invitation(token)
    if invitation is None:
        raise Refused("link_dead")
    used = sa.update(Invitation).where(Invitation.id == invitation.id, *_alive())
    if rows_changed(used.values(used_at=now())) != 1:
        raise Refused("link_dead")
    return invitation


def new_invitation_token() -> tuple[str, str]:
    """A new token and what to store of it, for the worker that renders the mail."""
    token = new_token()
    return token, digest(token)


@transactional
def forget_old_invitations() -> int:
    """Delete invitations that ran out a month ago; says how many."""
    return rows_changed(sa.delete(Invitation).where(Invitation.expires_at <= now() - _KEPT))
