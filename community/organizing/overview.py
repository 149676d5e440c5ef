"""How one event stands: its seats, its line, and who has not answered yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.db import db
from community.events.models import Event
from community.mail.models import MailState, OutboxMail
from community.membership.queries import shown_name
from community.rsvp.capacity import free_seats
from community.rsvp.models import Rsvp, RsvpStatus

MOST_FAILED = 20


@dataclass(frozen=True)
class SeatsNow:
    """Heads, and what is left. None in ``capacity`` and ``free``: no limit."""

    capacity: int | None
    going: int
    kept_back: int
    offered: int
    reserved: int  # for those invited with a seat
    free: int | None


@dataclass(frozen=True)
class LineNow:
    """Who waits, and since when the first in line does (UTC)."""

    parties: int
    heads: int
    since: datetime | None


@dataclass(frozen=True)
class OutNow:
    """Invitations without an answer: since when the oldest is out, when one of them was reminded
    last, and how many never were. Instants are UTC."""

    invited: int
    oldest: datetime | None
    reminded: datetime | None
    not_reminded: int


@dataclass(frozen=True)
class Overview:
    """``counts`` are parties by state; absent states are left out."""

    counts: dict[str, int]
    seats: SeatsNow
    line: LineNow
    out: OutNow


@dataclass(frozen=True)
class FailedMail:
    """A mail about the event that could not be delivered; ``rsvp_id`` is its recipient's own."""

    rsvp_id: int | None
    name: str
    address: str
    reason: str
    at: datetime


def overview_of(event: Event) -> Overview:
    """Two queries, however many answers there are."""
    rows = {row.status: row for row in db.session.execute(_by_status(event.id))}
    heads = {status: int(row.heads) for status, row in rows.items()}
    invited = rows.get(RsvpStatus.INVITED)
    seats = SeatsNow(
        capacity=event.capacity,
        going=heads.get(RsvpStatus.GOING, 0),
        kept_back=event.kept_back,
        offered=heads.get(RsvpStatus.OFFERED, 0),
        reserved=int(invited.reserved or 0) if invited else 0,
        free=free_seats(event.capacity, event.kept_back, event.seats_taken),
    )
    waiting = rows.get(RsvpStatus.WAITLISTED)
    line = LineNow(
        parties=waiting.parties if waiting else 0,
        heads=heads.get(RsvpStatus.WAITLISTED, 0),
        since=_first_waits_since(event.id) if waiting else None,
    )
    out = OutNow(
        invited=invited.parties if invited else 0,
        oldest=invited.oldest if invited else None,
        reminded=invited.reminded if invited else None,
        not_reminded=invited.parties - invited.reminders if invited else 0,
    )
    return Overview({status.value: row.parties for status, row in rows.items()}, seats, line, out)


def failed_mails(event_id: int, *, most: int = MOST_FAILED) -> list[FailedMail]:
    """Mails about an event that could not be delivered, the newest first."""
    theirs = aliased(Rsvp)
    found = (
        sa.select(OutboxMail, theirs.id)
        .outerjoin(
            theirs,
            sa.and_(theirs.event_id == event_id, theirs.person_id == OutboxMail.person_id),
        )
        .where(OutboxMail.event_id == event_id, OutboxMail.state == MailState.FAILED)
        .order_by(OutboxMail.id.desc())
        .limit(most)
    )
    return [
        FailedMail(
            rsvp_id=rsvp_id,
            name=shown_name(mail.recipient_name),
            address=mail.recipient,
            reason=mail.last_error,
            at=mail.due_at,
        )
        for mail, rsvp_id in db.session.execute(found)
    ]


def _by_status(event_id: int) -> sa.Select[*tuple[Any, ...]]:
    reserved = sa.func.sum(Rsvp.party_size).filter(Rsvp.reserved_until.is_not(None))
    return (
        sa.select(
            Rsvp.status,
            sa.func.count().label("parties"),
            sa.func.sum(Rsvp.party_size).label("heads"),
            reserved.label("reserved"),
            sa.func.min(Rsvp.invited_at).label("oldest"),
            sa.func.max(Rsvp.reminded_at).label("reminded"),
            sa.func.count(Rsvp.reminded_at).label("reminders"),
        )
        .where(Rsvp.event_id == event_id)
        .group_by(Rsvp.status)
    )


def _first_waits_since(event_id: int) -> datetime | None:
    """When the party that is first in line asked for a seat."""
    first = sa.select(sa.func.coalesce(Rsvp.answered_at, Rsvp.created_at)).where(
        Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED
    )
    return db.session.scalar(first.order_by(Rsvp.ticket).limit(1))
