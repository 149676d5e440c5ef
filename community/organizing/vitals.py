"""Figures for whoever operates this: whether mails leave, seats fill, answers come, workers live.

All come from the database, so that they are the same whichever process of whichever machine is
asked. Each is read by an index, and what could be many is counted up to :data:`MOST`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.chores import chores_by_name
from community.core.clock import now
from community.core.db import db
from community.core.tokens import sign
from community.events.models import Event, EventStatus
from community.mail import leases
from community.mail.models import MailState, OutboxMail
from community.organizing.models import AuditEntry
from community.rsvp.models import Rsvp

MOST = 100_000
WORKER = "worker.alive"
_DEPTHS = (MailState.QUEUED, MailState.SENDING, MailState.HELD, MailState.FAILED)
_WAITING = (MailState.QUEUED, MailState.SENDING)
_URGENCIES = range(10)
_HOUR = timedelta(hours=1)


def key_name(of: str | None = None) -> str:
    """Under which name a worker notes which SECRET_KEY it has, by what cannot be turned back."""
    return f"worker.key.{sign('fingerprint')[:12] if of is None else of}"


@dataclass
class Vital:
    """One figure, or one for each value of its label."""

    name: str
    means: str
    label: str = ""
    grows: bool = False  # a counter, that is, never less than before
    values: dict[str, float] = field(default_factory=dict)


def vitals() -> Iterator[Vital]:
    """Every figure, in seven statements."""
    moment = now()
    yield _depths()
    yield _ages(moment)
    yield from _coming(moment)
    yield _answers(moment - _HOUR)
    yield from _chores(moment)


def _depths() -> Vital:
    counts = [
        sa.select(sa.literal(str(state)), sa.func.count()).select_from(
            sa.select(OutboxMail.id).where(OutboxMail.state == state).limit(MOST).subquery()
        )
        for state in _DEPTHS
    ]
    rows = db.session.execute(sa.union_all(*counts)).all()
    means = f"Mails that have not left, by state, counted up to {MOST}."
    return Vital("outbox_mails", means, "state", values={str(r[0]): r[1] for r in rows})


def _ages(moment: datetime) -> Vital:
    # The index is by state, urgency and time: the first of each urgency is one look.
    oldest = [
        sa.select(sa.literal(str(state)), sa.func.min(OutboxMail.due_at)).where(
            OutboxMail.state == state, OutboxMail.urgency == urgency
        )
        for state in _WAITING
        for urgency in _URGENCIES
    ]
    values = {str(state): 0.0 for state in _WAITING}
    for state, due_at in db.session.execute(sa.union_all(*oldest)):
        if due_at is not None:
            values[state] = max(values[state], (moment - due_at).total_seconds())
    means = "Seconds for which the oldest of these mails could have left."
    return Vital("outbox_oldest_seconds", means, "state", values=values)


def _coming(moment: datetime) -> Iterator[Vital]:
    is_limited = Event.capacity.is_not(None)
    rows = db.session.execute(
        sa.select(
            is_limited, sa.func.count(), sa.func.sum(Event.seats_taken), sa.func.sum(Event.capacity)
        )
        .where(Event.starts_at > moment, Event.status == EventStatus.PUBLISHED)
        .group_by(is_limited)
    ).all()
    events, taken = {"yes": 0.0, "no": 0.0}, {"yes": 0.0, "no": 0.0}
    seats = 0.0
    for limited, count, seated, capacity in rows:
        key = "yes" if limited else "no"
        events[key], taken[key] = count, float(seated or 0)
        seats += float(capacity or 0)
    limited_or_not = "by whether seats are limited."
    yield Vital(
        "coming_events", f"Published events to come, {limited_or_not}", "limited", values=events
    )
    means = f"Seats taken at events to come, {limited_or_not}"
    yield Vital("coming_seats_taken", means, "limited", values=taken)
    yield Vital("coming_seats", "Seats there are at events to come.", values={"": seats})


def _answers(since: datetime) -> Vital:
    """Answers are noted in the audit log, which is indexed by time; rsvps are not."""
    noted = sa.select(AuditEntry.rsvp_id).where(
        AuditEntry.at >= since, AuditEntry.rsvp_id.is_not(None)
    )
    lately = noted.order_by(AuditEntry.at.desc()).limit(MOST).subquery()
    rows = db.session.execute(
        sa.select(Rsvp.source, sa.func.count())
        .where(Rsvp.id.in_(sa.select(lately.c.rsvp_id)), Rsvp.answered_at >= since)
        .group_by(Rsvp.source)
    ).all()
    means = "RSVPs answered within the last hour, by the way that the answer came."
    return Vital("answers_last_hour", means, "source", values={str(s): n for s, n in rows})


def _chores(moment: datetime) -> Iterator[Vital]:
    known = chores_by_name()
    for name, chore, means in (
        ("lease_losses", leases.LOST, "Mails that a worker took over from one that had died."),
        ("mails_sent_late", leases.LATE, "Mails that left when their lease had passed on."),
    ):
        count = known[chore].count if chore in known else 0
        yield Vital(name, means, grows=True, values={"": float(count)})
    if WORKER in known:
        seen = max(0.0, (moment - known[WORKER].done_at).total_seconds())
        yield Vital("worker_seen_seconds", "Seconds since a worker said so.", values={"": seen})
