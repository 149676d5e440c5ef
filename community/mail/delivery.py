"""From the outbox to the next mail server: lease, render, store the bytes, send, mark.

The guarantee: every row ends in ``sent``, ``failed``, ``held``, ``superseded`` or ``stopped``;
none is lost with a process, and a second attempt sends the same bytes. A copy can only come from
a death between the server's final answer and the mark. A newer invite never overtakes an older
one of the same calendar entry: the older is superseded, or has left before.
"""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import undefer

from community.core.clock import now
from community.core.current import settings
from community.core.db import DatabaseBusy, db, rows_changed, transactional
from community.core.text import clean_line
from community.mail.bounces import note_bounce
from community.mail.failures import LONGEST_REASON, PermanentFailure, TemporaryFailure
from community.mail.kinds import Rendered, get_kind
from community.mail.message import UnsafeMail
from community.mail.models import MailState, OutboxMail
from community.mail.return_path import return_path
from community.mail.suppressions import reason_to_stop
from community.mail.transport import Transport

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 1800.0
# Seconds between tries to note that a mail has left, while the database is away.
_INSIST = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, DatabaseBusy)


@dataclass(frozen=True)
class _Taken:
    """What is needed of a leased row, so that no step has to read it (and its bytes) again."""

    id: int
    lease: str
    kind: str
    recipient: str
    message_id: str
    calendar_key: str | None
    attempts: int
    deadline: datetime


def deliver_due(transport: Transport, *, lease: str, most: int = 20) -> int:
    """Deal with up to ``most`` mails that are due; 0 when there was nothing to do.

    ``lease`` is a token of the caller's own (at most 32 characters), for one call at a time.
    While this runs, somebody must call :func:`renew` with it well before it runs out.
    """
    if not _something_is_due(lease):
        return 0  # an idle worker takes no lock
    ids, settled = _lease_due(lease, most)
    for mail_id in ids:
        # Fresh, because the turn of this one may come minutes after it was leased.
        mail = db.session.get(
            OutboxMail, mail_id, populate_existing=True, options=[undefer(OutboxMail.body)]
        )
        if mail is not None:
            _deliver(mail, transport, lease)
    return len(ids) + settled


@transactional
def renew(lease: str) -> int:
    """Keep hold of the mails taken under ``lease`` for as long again; says how many."""
    mine = sa.update(OutboxMail).where(
        OutboxMail.lease == lease, OutboxMail.state == MailState.SENDING
    )
    return rows_changed(mine.values(leased_until=now() + _lease_time()))


def _lease_time() -> timedelta:
    """Renewed while its worker lives; a dead one's mails go on by then."""
    return timedelta(seconds=settings().lease_seconds)


def _due(lease: str, moment: datetime) -> sa.ColumnElement[bool]:
    # What is still under our own lease was left by a pass of ours that broke off: renewing would
    # keep it from everybody for as long as we are busy.
    left_over = sa.or_(OutboxMail.leased_until < moment, OutboxMail.lease == lease)
    return sa.or_(
        sa.and_(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at <= moment),
        sa.and_(OutboxMail.state == MailState.SENDING, left_over),
    )


def _something_is_due(lease: str) -> bool:
    found = db.session.scalar(sa.select(OutboxMail.id).where(_due(lease, now())).limit(1))
    db.session.rollback()
    return found is not None


@transactional
def _lease_due(lease: str, most: int) -> tuple[list[int], int]:
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


def _deliver(mail: OutboxMail, transport: Transport, lease: str) -> None:
    taken = _Taken(
        id=mail.id,
        lease=lease,
        kind=mail.kind,
        recipient=mail.recipient,
        message_id=mail.message_id,
        calendar_key=mail.calendar_key,
        attempts=mail.attempts,
        deadline=mail.deadline,
    )
    if _is_overtaken(taken):
        _change(taken, state=MailState.SUPERSEDED, lease=None)
        return
    if reason := reason_to_stop(mail):
        _change(taken, state=MailState.STOPPED, lease=None, last_error=reason)
        return
    body = _render(mail, taken) if mail.body is None else mail.body
    if body is not None and _is_mine(taken):
        _send(taken, body, transport)


def _is_overtaken(taken: _Taken) -> bool:
    """Whether a newer mail came for the calendar entry while this one was being leased.

    PostgreSQL lets another worker lease the newer one before it sees our lease. Looked up after
    the lease was saved: either we see the newer mail here, or its worker saw our lease and waits.
    """
    if taken.calendar_key is None:
        return False
    newer = sa.select(OutboxMail.id).where(
        OutboxMail.calendar_key == taken.calendar_key,
        OutboxMail.id > taken.id,
        OutboxMail.state != MailState.STOPPED,
    )
    return db.session.scalar(newer.limit(1)) is not None


def _render(mail: OutboxMail, taken: _Taken) -> bytes | None:
    """The mail's bytes, saved before anybody else sees them; None when it must not be sent."""
    try:
        rendered = get_kind(taken.kind).render(mail)
    except Exception as error:
        # A fault of ours: it must not stop the mails behind it, and the operator must see it.
        log.exception("mail %s (%s) cannot be rendered", taken.id, taken.kind)
        _put_off(taken, f"cannot be rendered: {error}", final=isinstance(error, UnsafeMail))
        return None
    return rendered.data if _store(taken, rendered) else None


@transactional
def _store(taken: _Taken, rendered: Rendered) -> bool:
    stored = sa.update(OutboxMail).where(*_mine(taken), OutboxMail.body.is_(None))
    if rows_changed(stored.values(body=rendered.data)) != 1:
        return False  # the lease ran out: whoever has the mail now makes bytes of its own
    rendered.store()
    return True


def _send(taken: _Taken, body: bytes, transport: Transport) -> None:
    sender = return_path(taken.id)
    db.session.rollback()  # no read transaction stays open while a slow server answers
    try:
        transport.send(sender, taken.recipient, body, message_id=taken.message_id)
    except TemporaryFailure as failure:
        _put_off(taken, failure.reason, final=False)
    except PermanentFailure as failure:
        _give_up(taken, failure)
    except Exception as error:
        log.exception("mail %s (%s) cannot be handed over", taken.id, taken.kind)
        _put_off(taken, f"cannot be handed over: {error}", final=False)
    else:
        _mark_sent(taken)


def _mark_sent(taken: _Taken) -> None:
    """Note that the mail has left, and insist: a mail that left unnoted is sent again."""
    values: dict[str, object] = {"sent_at": now(), "last_error": ""}
    if get_kind(taken.kind).holds_secret:
        values["body"] = None
    if get_kind(taken.kind).forgets_reader:
        values |= {"recipient": "", "body": None}
    for pause in (*_INSIST, None):
        try:
            if not _change(taken, state=MailState.SENT, lease=None, **values):
                log.warning("mail %s was sent after its lease had passed on", taken.id)
        except _AWAY:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


@transactional
def _give_up(taken: _Taken, failure: PermanentFailure) -> None:
    """The mail has failed; that nobody is there counts as if a report had come back later."""
    if _put_off(taken, failure.reason, final=True) and failure.status:
        note_bounce(
            taken.id, taken.message_id, status=failure.status, final=True, said=failure.reason
        )


def _put_off(taken: _Taken, reason: str, *, final: bool) -> bool:
    pause = min(_FIRST_PAUSE * 2 ** min(taken.attempts - 1, 20), _LONGEST_PAUSE)
    due_at = now() + timedelta(seconds=pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
    failed = final or due_at >= taken.deadline
    return _change(
        taken,
        state=MailState.FAILED if failed else MailState.QUEUED,
        due_at=due_at,
        lease=None,
        last_error=clean_line(reason)[:LONGEST_REASON],
    )


@transactional
def _change(taken: _Taken, **values: object) -> bool:
    return rows_changed(sa.update(OutboxMail).where(*_mine(taken)).values(**values)) == 1


def _is_mine(taken: _Taken) -> bool:
    return db.session.scalar(sa.select(OutboxMail.id).where(*_mine(taken))) is not None


def _mine(taken: _Taken) -> tuple[sa.ColumnElement[bool], ...]:
    """The fence: a worker that was paused past its lease changes nothing any more."""
    return (
        OutboxMail.id == taken.id,
        OutboxMail.lease == taken.lease,
        OutboxMail.state == MailState.SENDING,
    )
