"""The outbox: every mail as a row before it is a mail, the only way that one leaves."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice


class MailState(StrEnum):
    """Where a mail is. Every row ends in one of the last five (docs: the mail guarantee)."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"  # after a restore: waits for the operator
    SUPERSEDED = "superseded"  # a newer intent for the same calendar entry exists
    STOPPED = "stopped"


class OutboxMail(Base):
    """An intent to send one mail to one address: kind, recipient, and every fact it states.

    ``body`` is None until the worker has rendered it; from then on the very same bytes are sent
    however often it takes.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    recipient_name: Mapped[str] = mapped_column(sa.String(120), default="")
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    event_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("events.id", ondelete="SET NULL"), index=True
    )
    facts: Mapped[JSONDict]
    message_id: Mapped[str] = mapped_column(sa.String(120), unique=True)
    # Intents with the same key concern one calendar entry: the newest wins.
    calendar_key: Mapped[str | None] = mapped_column(sa.String(40))
    dedupe_key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)

    state: Mapped[MailState] = mapped_column(choice(MailState), default=MailState.QUEUED)
    urgency: Mapped[int] = mapped_column(sa.SmallInteger, default=5)  # smaller goes first
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    deadline: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    leased_until: Mapped[datetime | None]
    body: Mapped[bytes | None] = mapped_column(deferred=True)  # tens of kilobytes: when asked for
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(sa.String(300), default="")

    __table_args__ = (
        sa.Index("ix_outbox_due", "state", "urgency", "due_at"),
        sa.Index("ix_outbox_calendar_key", "calendar_key", "id"),
        # What retention has not emptied yet, so that it never looks at all mails there ever were.
        sa.Index(
            "ix_outbox_not_wiped",
            "due_at",
            sqlite_where=sa.text("recipient <> ''"),
            postgresql_where=sa.text("recipient <> ''"),
        ),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
    )


class Broadcast(Base):
    """A change that concerns many: the worker makes the mails in batches, each person once."""

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    facts: Mapped[JSONDict]
    cursor: Mapped[int] = mapped_column(default=0)  # id of the last row dealt with
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # by a restore


class SuppressionReason(StrEnum):
    """Why an address is not written to."""

    BOUNCED = "bounced"  # its server says for good that nobody reads there
    COMPLAINED = "complained"
    ASKED = "asked"


class Suppression(Base):
    """An address that must not be written to; see ``mail.suppressions`` for what that stops."""

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254), unique=True)
    reason: Mapped[SuppressionReason] = mapped_column(choice(SuppressionReason))
    at: Mapped[datetime] = mapped_column(default=now)
    details: Mapped[str] = mapped_column(sa.String(300), default="")


class Bounce(Base):
    """What a mail server said of a recipient, at once or later: one row for each mail and kind.

    ``scored_on`` (UTC) is set when it counts against the address, at most once a day.
    """

    __tablename__ = "bounces"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(sa.String(254))
    is_hard: Mapped[bool]
    status: Mapped[str] = mapped_column(sa.String(12))  # RFC 3463, such as 5.1.1
    details: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    scored_on: Mapped[date | None] = mapped_column(sa.Date)

    __table_args__ = (
        # The same report handed in again changes nothing.
        sa.UniqueConstraint("mail_id", "is_hard"),
        sa.UniqueConstraint("address", "scored_on"),
    )
