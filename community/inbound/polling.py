"""Mails out of a mailbox: fetched, handed in, and only then moved away.

Who dies in between has moved nothing, so that the mail is handed in again, which has no second
effect. One worker at a time looks into a mailbox; when two do all the same, because a lease ran
out, the same holds.
"""

import logging
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import exc

from community.calendar.received_models import ReceivedSource
from community.core.clock import now
from community.core.current import settings
from community.core.db import DatabaseBusy, db, rows_changed, transactional
from community.inbound.bounds import LARGEST
from community.inbound.envelope import recipient_of
from community.inbound.mailbox import Account, Mailbox, MailboxFailure
from community.inbound.poll_models import MailboxPoll
from community.inbound.receive import receive

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)
_BATCH = 50
_MOST_TRIES = 3  # of a mail that cannot be fetched, or ends the worker
# Not the mail's fault: it is kept, and comes again.
OUTAGES = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, DatabaseBusy, OSError)


def poll_due(account: Account, *, lease: str) -> bool:
    """Deal with what waits in a mailbox when that is due and nobody else does.

    Says whether there may be more. ``lease`` is a token of the caller's own (at most 32
    characters). That the mailbox cannot be used is noted; only an outage of the database is raised.
    """
    if not _is_due(account.label) or not _take_turn(account.label, lease):
        return False
    try:
        handled = poll(account, lease=lease)
    except MailboxFailure as failure:
        if _note_failure(account.label, lease, str(failure)) == 1:
            log.warning("mails cannot be fetched: %s", failure)
        return False
    more = handled == _BATCH
    if _note_success(account.label, lease, more=more):
        log.info("mails can be fetched again from %s", account.label)
    return more


def poll(account: Account, *, lease: str = "") -> int:
    """Deal with at most 50 mails of a mailbox; says with how many. Raises MailboxFailure.

    Without a ``lease`` it is an operator who asks, and nobody is kept from looking, too.
    """
    handled = 0
    with Mailbox(account, largest=LARGEST) as mailbox:
        for uid in mailbox.waiting(most=_BATCH):
            name = f"{mailbox.validity}:{uid}"[:40]
            tries = _begin(account.label, lease, name) if lease else 1
            if tries == 0:
                break  # this took so long that somebody else has gone on with it
            if tries > _MOST_TRIES:
                log.error("mail %s of %s was tried %d times", name, account.label, tries - 1)
                mailbox.set_aside(uid)
            else:
                try:
                    _deal_with(mailbox, uid, name)
                except OUTAGES:
                    if lease:
                        with suppress(*OUTAGES):  # the lease runs out anyway
                            _give_back(account.label, lease)
                    raise
            handled += 1
            if lease:
                _let_go(account.label, lease)
    return handled


def find_poll(account: Account) -> MailboxPoll | None:
    """How the fetching from a mailbox stands; None before the first time."""
    return db.session.get(MailboxPoll, account.label, populate_existing=True)


def _deal_with(mailbox: Mailbox, uid: int, name: str) -> None:
    data = mailbox.fetch(uid)
    if data is None:
        return
    try:
        outcome = receive(recipient_of(data), data, source=ReceivedSource.IMAP)
    except OUTAGES:
        raise
    except Exception:
        # A fault of ours: it must not stop the mails behind it, and the operator must see it.
        log.exception("mail %s cannot be dealt with and is set aside", name)
        mailbox.set_aside(uid)
        return
    mailbox.put_away(uid)
    log.info("mail %s: %s %s", name, outcome.verdict, outcome.detail)


def _is_due(label: str) -> bool:
    """Whether it is worth taking a lock."""
    row = db.session.execute(
        sa.select(MailboxPoll.due_at, MailboxPoll.leased_until).where(MailboxPoll.mailbox == label)
    ).one_or_none()
    db.session.rollback()
    moment = now()
    return row is None or (
        row.due_at <= moment and (row.leased_until is None or row.leased_until < moment)
    )


@transactional
def _take_turn(label: str, lease: str) -> bool:
    """Two workers at once: the unique name makes one of them start over, the condition wait."""
    if db.session.get(MailboxPoll, label) is None:
        db.session.add(MailboxPoll(mailbox=label))
        db.session.flush()
    moment = now()
    free = sa.or_(MailboxPoll.leased_until.is_(None), MailboxPoll.leased_until < moment)
    take = sa.update(MailboxPoll).where(
        MailboxPoll.mailbox == label, MailboxPoll.due_at <= moment, free
    )
    return rows_changed(take.values(lease=lease, leased_until=moment + _lease_time())) == 1


@transactional
def _begin(label: str, lease: str, name: str) -> int:
    """Note which mail is in hand, and hold the lease as long again; 0 when it is no longer ours."""
    row = db.session.scalar(
        sa.select(MailboxPoll)
        .where(MailboxPoll.mailbox == label, MailboxPoll.lease == lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return 0
    row.tries = row.tries + 1 if row.in_hand == name else 1
    row.in_hand, row.leased_until = name, now() + _lease_time()
    return row.tries


@transactional
def _let_go(label: str, lease: str) -> None:
    mine = sa.update(MailboxPoll).where(MailboxPoll.mailbox == label, MailboxPoll.lease == lease)
    rows_changed(mine.values(in_hand="", tries=0, handled=MailboxPoll.handled + 1))


@transactional
def _give_back(label: str, lease: str) -> None:
    """Nobody could have dealt with the mail in hand: this was none of its tries."""
    mine = sa.update(MailboxPoll).where(MailboxPoll.mailbox == label, MailboxPoll.lease == lease)
    rows_changed(mine.values(in_hand="", tries=0, lease=None, leased_until=None))


@transactional
def _note_success(label: str, lease: str, *, more: bool) -> bool:
    """Note it; says whether the times before had failed."""
    row = _mine(label, lease)
    if row is None:
        return False
    had_failed = row.failures > 0
    moment = now()
    row.done_at, row.due_at = moment, moment if more else moment + EVERY
    row.lease = row.leased_until = None
    row.failures, row.last_error = 0, ""
    return had_failed


@transactional
def _note_failure(label: str, lease: str, reason: str) -> int:
    """Note it and wait longer each time; says how often in a row."""
    row = _mine(label, lease)
    if row is None:
        return 0
    row.failures += 1
    row.last_error = reason[:300]
    row.due_at = now() + min(EVERY * 2 ** min(row.failures - 1, 10), _LONGEST_PAUSE)
    row.lease = row.leased_until = None
    return row.failures


def _mine(label: str, lease: str) -> MailboxPoll | None:
    return db.session.scalar(
        sa.select(MailboxPoll)
        .where(MailboxPoll.mailbox == label, MailboxPoll.lease == lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _lease_time() -> timedelta:
    return timedelta(seconds=settings().lease_seconds)
