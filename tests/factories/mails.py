"""Mails for tests: sent by the program's own delivery, and read back as a receiver would."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from icalendar import Calendar

from community.core.current import settings
from community.core.db import db, transactional
from community.mail.broadcasts import expand_due
from community.mail.delivery import deliver_due
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.mail.transport import Spool, Transport
from tests.calendar.linter import lint


@dataclass(frozen=True)
class Letter:
    """A mail as its receiver has it; ``calendar`` is the text/calendar part, if there is one."""

    subject: str
    sender: str
    recipient: str
    message_id: str
    text: str
    html: str
    calendar: bytes | None
    attachment: bytes | None
    calendar_method: str | None


@dataclass(frozen=True)
class Entry:
    """What a calendar message says, as icalendar reads it."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    organizer: str
    attendee: str
    partstat: str
    status: str
    start: datetime
    summary: str
    location: str


def post(transport: Transport | None = None) -> int:
    """What a worker does in one go; says how many mails it dealt with."""
    expand_due()
    way_out = transport or Spool(settings().spool_folder)
    done = 0
    while count := deliver_due(way_out, lease=uuid.uuid4().hex):
        done += count
    return done


def outbox(kind: str | None = None, *, to: str | None = None) -> list[OutboxMail]:
    """The rows as the database has them now, in order of their ids."""
    db.session.rollback()
    query = sa.select(OutboxMail).order_by(OutboxMail.id)
    if kind is not None:
        query = query.where(OutboxMail.kind == kind)
    if to is not None:
        query = query.where(OutboxMail.recipient == to)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def states(*, to: str | None = None) -> list[tuple[str, str]]:
    """Kind and state of every row, in order."""
    return [(mail.kind, mail.state.value) for mail in outbox(to=to)]


def letter(data: bytes | None) -> Letter:
    """A mail read back from its bytes; every calendar file in one is looked at by the linter."""
    assert data is not None, "the mail was not rendered"
    message = message_from_bytes(data, policy=policy.default)
    parts = {part.get_content_type(): part for part in message.walk()}
    invite, file = parts.get("text/calendar"), parts.get("application/ics")
    assert invite is None or lint(_bytes(invite) or b"") == [], "a faulty calendar was sent"
    return Letter(
        subject=str(message["Subject"]),
        sender=message["From"].addresses[0].addr_spec,
        recipient=message["To"].addresses[0].addr_spec,
        message_id=str(message["Message-ID"]),
        text=_text(parts["text/plain"]),
        html=_text(parts["text/html"]),
        calendar=_bytes(invite),
        attachment=_bytes(file),
        calendar_method=None if invite is None else str(invite.get_param("method")),
    )


def entry(read: Letter) -> Entry:
    """The one calendar entry of a mail."""
    assert read.calendar is not None, "the mail has no calendar part"
    calendar = Calendar.from_ical(read.calendar)
    (event,) = calendar.walk("VEVENT")
    return Entry(
        method=str(calendar["METHOD"]),
        uid=str(event["UID"]),
        sequence=int(event["SEQUENCE"]),
        dtstamp=event["DTSTAMP"].dt,
        organizer=str(event["ORGANIZER"]),
        attendee=str(event["ATTENDEE"]),
        partstat=str(event["ATTENDEE"].params["PARTSTAT"]),
        status=str(event["STATUS"]),
        start=event["DTSTART"].dt,
        summary=str(event["SUMMARY"]),
        location=str(event.get("LOCATION", "")),
    )


@transactional
def queued(to: str = "ann@example.org", **given: Any) -> OutboxMail:
    """A mail in the outbox that needs nothing else to be there."""
    mail_id = queue_mail(given.pop("kind", "sign_in_unknown"), to=to, name="", facts={}, **given)
    return db.session.get_one(OutboxMail, mail_id)


def _text(part: Any) -> str:
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def _bytes(part: Any) -> bytes | None:
    return None if part is None else part.get_payload(decode=True)
