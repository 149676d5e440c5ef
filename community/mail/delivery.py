"""From the outbox to the next mail server: lease, render, store the bytes, send, mark.

The guarantee: every row ends in ``sent``, ``failed``, ``held``, ``superseded`` or ``stopped``;
none is lost with a process, and a second attempt sends the same bytes. A copy can only come from
a death between the server's final answer and the mark, or a power cut right after it. A newer
invite never overtakes an older one of the same calendar entry: the older is superseded, or has
left before.
"""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import undefer

from community.core.chores import add_to
from community.core.clock import now
from community.core.current import settings
from community.core.db import DatabaseBusy, db, durable_soon, transactional
from community.core.text import clean_line
from community.mail.bounces import note_bounce
from community.mail.failures import LONGEST_REASON, PermanentFailure, TemporaryFailure
from community.mail.kinds import Rendered, get_kind
from community.mail.leases import (
    LATE,
    Taken,
    change,
    is_mine,
    keep_bodies,
    lease_due,
    note_sent,
    something_is_due,
)
from community.mail.message import UnsafeMail
from community.mail.models import MailState, OutboxMail
from community.mail.return_path import return_path
from community.mail.suppressions import find_suppression, find_suppressions, reason_to_stop
from community.mail.transport import Transport

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 1800.0
# Seconds between tries to note that a mail has left, while the database is away.
_INSIST = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# Seconds after which a mail that waits in line is looked at again before it leaves.
_LATELY = 5.0
_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, DatabaseBusy)


def deliver_due(transport: Transport, *, lease: str, most: int = 20) -> int:
    """Deal with up to ``most`` mails that are due; 0 when there was nothing to do.

    ``lease`` is a token of the caller's own (at most 32 characters), for one call at a time.
    While this runs, somebody must call :func:`leases.renew` with it well before it runs out.
    """
    if not something_is_due(lease):
        return 0  # an idle worker takes no lock
    ids, settled = lease_due(lease, most)
    # Fresh, and with the bytes of those that were tried before.
    leased = sa.select(OutboxMail).where(OutboxMail.id.in_(ids)).options(undefer(OutboxMail.body))
    mails = db.session.scalars(leased.execution_options(populate_existing=True)).all()
    _deliver(sorted(mails, key=lambda mail: ids.index(mail.id)), transport, lease)
    return len(ids) + settled


def _deliver(mails: Sequence[OutboxMail], transport: Transport, lease: str) -> None:
    """Look at all, make and store what has no bytes yet, then hand over one after the other."""
    bodies = {mail.id: mail.body for mail in mails}
    taken = [Taken.of(mail, lease) for mail in mails]
    refused = _unsendable(mails)
    for one in taken:
        if one.id in refused:
            state, reason = refused[one.id]
            change(one, state=state, lease=None, last_error=reason)
    made = {
        one: rendered
        for one, mail in zip(taken, mails, strict=True)
        if one.id not in refused
        and bodies[one.id] is None
        and (rendered := _render(mail, one)) is not None
    }
    stored = _store(made) if made else {}
    at = time.monotonic()
    for one in taken:
        body = bodies[one.id] or stored.get(one.id)
        if body is None or one.id in refused:
            continue
        # Just stored, it was ours a moment ago. A slow server may have kept it waiting since.
        is_fresh = one.id in stored and time.monotonic() - at < _fresh_for()
        if is_fresh or _may_still_leave(one):
            _send(one, body, transport)


def _fresh_for() -> float:
    """For so many seconds a lease just checked needs no other look."""
    return min(_LATELY, settings().lease_seconds / 4)


def _unsendable(mails: Sequence[OutboxMail]) -> dict[int, tuple[MailState, str]]:
    """By id, those that must not leave any more: what becomes of each, and why."""
    newest = _newest_alive([mail.calendar_key for mail in mails if mail.calendar_key])
    suppressed = find_suppressions([mail.recipient for mail in mails])
    found = {}
    for mail in mails:
        if mail.calendar_key and newest[mail.calendar_key] > mail.id:
            found[mail.id] = (MailState.SUPERSEDED, mail.last_error)
        elif reason := reason_to_stop(mail, suppressed.get(mail.recipient)):
            found[mail.id] = (MailState.STOPPED, reason)
    return found


def _newest_alive(keys: Sequence[str]) -> dict[str, int]:
    """By calendar entry its newest mail, which may have come while an older one was being leased.

    PostgreSQL lets another worker lease the newer one before it sees our lease. Looked up after
    the lease was saved: either we see the newer mail here, or its worker saw our lease and waits.
    """
    if not keys:
        return {}
    newest = (
        sa.select(OutboxMail.calendar_key, sa.func.max(OutboxMail.id))
        .where(OutboxMail.calendar_key.in_(keys), OutboxMail.state != MailState.STOPPED)
        .group_by(OutboxMail.calendar_key)
    )
    return {str(key): latest for key, latest in db.session.execute(newest)}


def _may_still_leave(taken: Taken) -> bool:
    """Whether the mail is still ours, and nothing has come up that stops it."""
    if not is_mine(taken):
        return False
    mail = db.session.get_one(OutboxMail, taken.id, populate_existing=True)
    reason = reason_to_stop(mail, find_suppression(mail.recipient))
    if reason:
        change(taken, state=MailState.STOPPED, lease=None, last_error=reason)
    return not reason


def _render(mail: OutboxMail, taken: Taken) -> Rendered | None:
    """The mail's bytes, which nobody sees before they are stored; None for a faulty mail."""
    try:
        return get_kind(taken.kind).render(mail)
    except _AWAY:
        raise  # no fault of the mail: it stays under our lease, and the next pass tries again
    except Exception as error:
        # A fault of ours: it must not stop the mails behind it, and the operator must see it.
        log.exception("mail %s (%s) cannot be rendered", taken.id, taken.kind)
        _put_off(taken, f"cannot be rendered: {error}", final=isinstance(error, UnsafeMail))
        return None


@transactional
def _store(made: Mapping[Taken, Rendered]) -> dict[int, bytes]:
    """Save the bytes, all at once; says which. Whoever lost their lease makes none."""
    kept = keep_bodies({taken: rendered.data for taken, rendered in made.items()})
    stored = {taken: rendered for taken, rendered in made.items() if taken in kept}
    for rendered in stored.values():
        rendered.store()
    return {taken.id: rendered.data for taken, rendered in stored.items()}


def _send(taken: Taken, body: bytes, transport: Transport) -> None:
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


def _mark_sent(taken: Taken) -> None:
    """Note that the mail has left, and insist: a mail that left unnoted is sent again."""
    at, kind = now(), get_kind(taken.kind)
    forgotten: dict[str, object] = {"body": None} if kind.holds_secret else {}
    if kind.forgets_reader:
        forgotten = {"recipient": "", "body": None}
    for pause in (*_INSIST, None):
        try:
            with durable_soon():
                noted = _note_sent(taken, at, forgotten)
            if not noted:
                log.warning("mail %s was sent after its lease had passed on", taken.id)
                add_to(LATE, 1)
        except _AWAY:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


@transactional
def _note_sent(taken: Taken, at: datetime, forgotten: dict[str, object]) -> bool:
    if forgotten:
        change(taken, **forgotten)
    return note_sent(taken, at)


@transactional
def _give_up(taken: Taken, failure: PermanentFailure) -> None:
    """The mail has failed; that nobody is there counts as if a report had come back later."""
    if _put_off(taken, failure.reason, final=True) and failure.status:
        note_bounce(
            taken.id, taken.message_id, status=failure.status, final=True, said=failure.reason
        )


def _put_off(taken: Taken, reason: str, *, final: bool) -> bool:
    pause = min(_FIRST_PAUSE * 2 ** min(taken.attempts - 1, 20), _LONGEST_PAUSE)
    due_at = now() + timedelta(seconds=pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
    failed = final or due_at >= taken.deadline
    return change(
        taken,
        state=MailState.FAILED if failed else MailState.QUEUED,
        due_at=due_at,
        lease=None,
        last_error=clean_line(reason)[:LONGEST_REASON],
    )
