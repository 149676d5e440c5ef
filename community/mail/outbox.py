"""Putting mails into the outbox, and what an operator may do with them there."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from community.core.addresses import domain_of
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, execute_plain, in_use_case, rows_changed, transactional
from community.core.errors import NotFound
from community.core.types import JSONDict
from community.mail.kinds import all_kinds
from community.mail.models import MailState, OutboxMail

PATIENCE = timedelta(hours=72)
_BODIES_KEPT = timedelta(hours=24)
# Plain: an object of its own would cost as much as all else that an RSVP writes.
_QUEUE = sa.insert(OutboxMail.metadata.tables["outbox"])


def queue_mail(
    kind: str,
    *,
    to: str,
    name: str,
    facts: JSONDict,
    person_id: int | None = None,
    event_id: int | None = None,
    calendar_key: str | None = None,
    dedupe_key: str | None = None,
    message_id: str | None = None,
    urgency: int = 5,
    due: datetime | None = None,
    deadline: datetime | None = None,
) -> int:
    """Queue the intent to send one mail, in the transaction of what it tells of; its id.

    ``facts`` is everything that the mail states; only its wording is made later. It leaves from
    ``due`` on, at once by default. After ``deadline`` (72 hours by default) it is given up and
    shown as failed.
    """
    assert in_use_case(), "a mail outside a use-case would be lost with it"
    moment = now()
    mail = {
        "kind": kind,
        "recipient": to,
        "recipient_name": name,
        "person_id": person_id,
        "event_id": event_id,
        "facts": facts,
        "message_id": message_id or f"{uuid.uuid4()}@{domain_of(settings().mail_from)}",
        "calendar_key": calendar_key,
        "dedupe_key": dedupe_key,
        "urgency": urgency,
        "created_at": moment,
        "due_at": due or moment,
        "deadline": deadline or moment + PATIENCE,
    }
    key: Any = execute_plain(_QUEUE, mail).inserted_primary_key
    return int(key[0])


def list_mails(state: MailState | None = None, *, most: int = 200) -> Sequence[OutboxMail]:
    """The newest mails of the outbox, of one state if given."""
    query = sa.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(most)
    if state is not None:
        query = query.where(OutboxMail.state == state)
    return db.session.scalars(query).all()


def newest_by_calendar(keys: Sequence[str]) -> dict[str, OutboxMail]:
    """The newest mail of each of these calendar entries, whatever its state."""
    newest = (
        sa.select(sa.func.max(OutboxMail.id))
        .where(OutboxMail.calendar_key.in_(list(keys)))
        .group_by(OutboxMail.calendar_key)
    )
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.id.in_(newest)))
    return {mail.calendar_key: mail for mail in mails if mail.calendar_key}


def newest_about(
    event_id: int, person_ids: Sequence[int], *, kinds: Sequence[str]
) -> dict[int, OutboxMail]:
    """By person, the newest mail of these kinds about an event, whatever its state."""
    newest = (
        sa.select(sa.func.max(OutboxMail.id))
        .where(
            OutboxMail.event_id == event_id,
            OutboxMail.person_id.in_(list(person_ids)),
            OutboxMail.kind.in_(list(kinds)),
        )
        .group_by(OutboxMail.person_id)
    )
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.id.in_(newest)))
    return {mail.person_id: mail for mail in mails if mail.person_id}


def counts_by_state() -> dict[str, int]:
    """How many mails are in each state; absent states are left out."""
    counted = sa.select(OutboxMail.state, sa.func.count()).group_by(OutboxMail.state)
    return {state.value: count for state, count in db.session.execute(counted)}


@transactional
def retry_mails(ids: Sequence[int] = ()) -> int:
    """Try failed mails again (all, or those of ``ids``), and waiting ones at once; says how many.

    A mail whose deadline is over gets another day: the operator knows why. One with a token does
    not: what its link or code was for is over, too.
    """
    moment = now()
    wanted = OutboxMail.state.in_([MailState.FAILED, MailState.QUEUED])
    alive = sa.or_(OutboxMail.kind.not_in(_secret_kinds()), OutboxMail.deadline > moment)
    again = sa.update(OutboxMail).where(wanted, alive)
    if ids:
        again = again.where(OutboxMail.id.in_(list(ids)))
    later = moment + timedelta(days=1)
    deadline = sa.case((OutboxMail.deadline > moment, OutboxMail.deadline), else_=later)
    count = rows_changed(again.values(state=MailState.QUEUED, due_at=moment, deadline=deadline))
    if ids and not count:
        raise NotFound("mail")
    return count


@transactional
def stop_mails(ids: sa.Select[int], reason: str) -> int:
    """Let none of these mails leave that no worker has in hand; says how many.

    What a worker has in hand it asks its kind about once more, just before it sends it.
    """
    waiting = sa.update(OutboxMail).where(
        OutboxMail.id.in_(ids), OutboxMail.state.in_([MailState.QUEUED, MailState.HELD])
    )
    return rows_changed(waiting.values(state=MailState.STOPPED, last_error=reason))


@transactional
def wipe_bodies() -> int:
    """Forget the bytes of mails sent a day ago, of those with a token at once; says how many."""
    over = OutboxMail.state.in_(
        [MailState.SENT, MailState.FAILED, MailState.SUPERSEDED, MailState.STOPPED]
    )
    old = sa.or_(OutboxMail.kind.in_(_secret_kinds()), OutboxMail.due_at <= now() - _BODIES_KEPT)
    wipe = sa.update(OutboxMail).where(over, old, OutboxMail.body.is_not(None))
    return rows_changed(wipe.values(body=None))


def _secret_kinds() -> list[str]:
    return [kind.name for kind in all_kinds() if kind.holds_secret]
