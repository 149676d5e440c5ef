"""What a restore holds: mails that may have left after the backup, until an operator says so."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.core.errors import NotFound
from community.mail.models import Broadcast, MailState, OutboxMail

_WAITING = (MailState.QUEUED, MailState.SENDING)


@transactional
def hold_mails() -> int:
    """Hold every mail that is to leave, or was on the wire; says how many."""
    waiting = sa.update(OutboxMail).where(OutboxMail.state.in_(_WAITING))
    return rows_changed(waiting.values(state=MailState.HELD, lease=None, leased_until=None))


@transactional
def hold_broadcasts() -> int:
    """Hold the news to many of which not all mails are made; says how many."""
    waiting = sa.update(Broadcast).where(Broadcast.finished_at.is_(None))
    return rows_changed(waiting.values(held=True))


def held_counts() -> Mapping[str, int]:
    """How many mails of each kind are held, and ``… to many`` for news to many."""
    mails = sa.select(OutboxMail.kind, sa.func.count()).where(OutboxMail.state == MailState.HELD)
    many = sa.select(Broadcast.kind, sa.func.count()).where(Broadcast.held)
    counts = dict(iter(db.session.execute(mails.group_by(OutboxMail.kind))))
    for kind, count in db.session.execute(many.group_by(Broadcast.kind)):
        counts[f"{kind} to many"] = count
    db.session.rollback()
    return dict(sorted(counts.items()))


@transactional
def release_held(ids: Sequence[int] = ()) -> int:
    """Let held mails go: those of ``ids``, or all and the news to many, too; says how many.

    One whose deadline has passed is then given up like any other.
    """
    return _settle(ids, MailState.QUEUED)


@transactional
def discard_held(ids: Sequence[int] = ()) -> int:
    """Give held mails up, all without ``ids``: they left after the backup was made. How many."""
    return _settle(ids, MailState.STOPPED)


def _settle(ids: Sequence[int], state: MailState) -> int:
    held = sa.update(OutboxMail).where(OutboxMail.state == MailState.HELD)
    if ids:
        held = held.where(OutboxMail.id.in_(list(ids)))
    count = rows_changed(held.values(state=state))
    if ids and not count:
        raise NotFound("held mail")
    if not ids:
        many = sa.update(Broadcast).where(Broadcast.held)
        over = {"finished_at": now()} if state == MailState.STOPPED else {}
        count += rows_changed(many.values(held=False, **over))
    return count
