"""Who may deal with a mail of the outbox: a lease, and the fence that holds once it is over."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import sqlalchemy as sa

from community.core.chores import add_to
from community.core.clock import now
from community.core.current import settings
from community.core.db import Base, db, rows_changed, transactional
from community.mail.models import MailState, OutboxMail

log = logging.getLogger(__name__)

# Under which names is counted that a lease ran out, as whoever went on saw it, and as whoever
# came too late did.
LOST, LATE = "mail.lease_lost", "mail.sent_late"
_LONGEST_WAIT = timedelta(hours=1)  # longer than any pause between two attempts

# Built once: putting these together takes as long as running them.
_OUTBOX = Base.metadata.tables["outbox"]
_MINE = (
    _OUTBOX.c.id == sa.bindparam("mail"),
    _OUTBOX.c.lease == sa.bindparam("mine"),
    _OUTBOX.c.state == MailState.SENDING,
)
_IS_MINE = sa.select(_OUTBOX.c.id).where(*_MINE)
_STORE = (
    sa.update(_OUTBOX).where(*_MINE, _OUTBOX.c.body.is_(None)).values(body=sa.bindparam("made"))
)
_SENT = (
    sa.update(_OUTBOX)
    .where(*_MINE)
    .values(state=MailState.SENT, lease=None, last_error="", sent_at=sa.bindparam("at"))
)


@dataclass(frozen=True)
class Taken:
    """What is needed of a leased row, so that no step has to read it (and its bytes) again."""

    id: int
    lease: str
    kind: str
    recipient: str
    message_id: str
    attempts: int
    deadline: datetime

    @classmethod
    def of(cls, mail: OutboxMail, lease: str) -> Self:
        """A row just leased."""
        return cls(
            id=mail.id,
            lease=lease,
            kind=mail.kind,
            recipient=mail.recipient,
            message_id=mail.message_id,
            attempts=mail.attempts,
            deadline=mail.deadline,
        )


@transactional
def renew(lease: str) -> int:
    """Keep hold of the mails taken under ``lease`` for as long again; says how many."""
    mine = sa.update(OutboxMail).where(
        OutboxMail.lease == lease, OutboxMail.state == MailState.SENDING
    )
    return rows_changed(mine.values(leased_until=now() + _lease_time()))


@transactional
def let_go(lease: str, *, but: str) -> int:
    """Give up what was taken under ``lease``, all but the mail of one Message-ID; says how many."""
    others = sa.update(OutboxMail).where(
        OutboxMail.lease == lease,
        OutboxMail.state == MailState.SENDING,
        OutboxMail.message_id != but,
    )
    back = {"state": MailState.QUEUED, "lease": None, "attempts": OutboxMail.attempts - 1}
    return rows_changed(others.values(**back))


def _lease_time() -> timedelta:
    """Renewed while its worker lives; a dead one's mails go on by then."""
    return timedelta(seconds=settings().lease_seconds)


def _due(lease: str, moment: datetime) -> sa.ColumnElement[bool]:
    # Nothing is put off for so long: a clock that was ahead said so.
    is_time = sa.or_(OutboxMail.due_at <= moment, OutboxMail.due_at > moment + _LONGEST_WAIT)
    # What is still under our own lease was left by a pass of ours that broke off: renewing would
    # keep it from everybody for as long as we are busy.
    left_over = sa.or_(OutboxMail.leased_until < moment, OutboxMail.lease == lease)
    return sa.or_(
        sa.and_(OutboxMail.state == MailState.QUEUED, is_time),
        sa.and_(OutboxMail.state == MailState.SENDING, left_over),
    )


def something_is_due(lease: str) -> bool:
    """Whether there is anything to lease."""
    found = db.session.scalar(sa.select(OutboxMail.id).where(_due(lease, now())).limit(1))
    db.session.rollback()
    return found is not None


@transactional
def lease_due(lease: str, most: int) -> tuple[list[int], int]:
    """The mails now leased, in order, and how many were settled without being sent."""
    moment = now()
    mails = db.session.scalars(
        sa.select(OutboxMail)
        .where(_due(lease, moment))
        .order_by(OutboxMail.urgency, OutboxMail.due_at, OutboxMail.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    newest, sending = _rivals(mails, lease)
    taken, settled = [], 0
    if lost := sum(mail.lease not in {None, lease} for mail in mails):
        add_to(LOST, lost)
        log.warning("%d mails of a lease that ran out are gone on with", lost)
    for mail in mails:
        key = mail.calendar_key
        if key and newest[key] > mail.id:
            mail.state, mail.lease = MailState.SUPERSEDED, None
            settled += 1
        elif mail.deadline <= moment:
            mail.state, mail.lease = MailState.FAILED, None
            mail.last_error = mail.last_error or "the deadline passed"
            settled += 1
        elif key and key in sending:
            mail.state, mail.lease = MailState.QUEUED, None
            mail.due_at = moment + timedelta(seconds=1)  # its forerunner is on the wire
        else:
            mail.state, mail.lease = MailState.SENDING, lease
            mail.leased_until = moment + _lease_time()
            mail.attempts += 1
            taken.append(mail.id)
    return taken, settled


def _rivals(mails: Sequence[OutboxMail], lease: str) -> tuple[dict[str, int], set[str]]:
    """By calendar entry the newest mail there is, and the entries that another worker writes to."""
    keys = {mail.calendar_key for mail in mails if mail.calendar_key}
    if not keys:
        return {}, set()
    alive = sa.and_(
        OutboxMail.state == MailState.SENDING,
        OutboxMail.leased_until >= now(),
        OutboxMail.lease != lease,
    )
    rows = db.session.execute(
        sa.select(
            OutboxMail.calendar_key,
            sa.func.max(sa.case((OutboxMail.state != MailState.STOPPED, OutboxMail.id), else_=0)),
            sa.func.max(sa.case((alive, 1), else_=0)),
        )
        .where(OutboxMail.calendar_key.in_(keys))
        .group_by(OutboxMail.calendar_key)
    ).all()
    newest = {key: latest for key, latest, _ in rows}
    return newest, {key for key, _, busy in rows if busy}


@transactional
def change(taken: Taken, **values: object) -> bool:
    """Change the row if the lease still holds; says whether it did."""
    return rows_changed(sa.update(OutboxMail).where(*_mine(taken)).values(**values)) == 1


@transactional
def note_sent(taken: Taken, at: datetime) -> bool:
    """The mail has left, at an aware instant; says whether the lease still held."""
    values = {"mail": taken.id, "mine": taken.lease, "at": at}
    return bool(getattr(db.session.execute(_SENT, values), "rowcount", 0) == 1)


def keep_bodies(made: Mapping[Taken, bytes]) -> set[Taken]:
    """Store the bytes of rows that have none, as far as their lease still holds; says whose."""
    leases = {taken.lease for taken in made}
    fence = sa.select(_OUTBOX.c.id).where(
        _OUTBOX.c.id.in_([taken.id for taken in made]),
        _OUTBOX.c.lease.in_(leases),
        _OUTBOX.c.state == MailState.SENDING,
        _OUTBOX.c.body.is_(None),
    )
    ours = set(db.session.scalars(fence.order_by(_OUTBOX.c.id).with_for_update()))
    kept = {taken for taken in made if taken.id in ours}
    if kept:
        rows = [{"mail": one.id, "mine": one.lease, "made": made[one]} for one in kept]
        db.session.execute(_STORE, rows)
    return kept


def is_mine(taken: Taken) -> bool:
    """Whether the lease still holds."""
    values = {"mail": taken.id, "mine": taken.lease}
    return db.session.scalar(_IS_MINE, values) is not None


def _mine(taken: Taken) -> tuple[sa.ColumnElement[bool], ...]:
    """The fence: a worker that was paused past its lease changes nothing any more."""
    return (
        OutboxMail.id == taken.id,
        OutboxMail.lease == taken.lease,
        OutboxMail.state == MailState.SENDING,
    )
