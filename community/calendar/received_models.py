"""The tables of mails that came in for attendees, and of addresses that people answer from."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice
from community.rsvp.models import Partstat


class ReceivedSource(StrEnum):
    """Which way a mail came in."""

    PIPE = "pipe"
    IMAP = "imap"


class ReceivedVerdict(StrEnum):
    """What was made of a mail that came in."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"  # it says what is known already
    TOLD_HOSTS = "told_hosts"  # words, or another time: for people to read
    HELD = "held"  # waits until the invited person confirms it
    REFUSED = "refused"  # understood, and not possible
    OUTDATED = "outdated"  # something newer is known
    RESENT = "resent"  # about what has moved since, or asked for: the invite was sent again
    FILED = "filed"  # nothing to act on: an out-of-office note, a report
    DROPPED = "dropped"  # not from somebody who was given the key, or no answer at all
    POISON = "poison"  # could not be read; set aside after one try


class ReceivedMail(Base):
    """One mail that came to the address of an attendee's answers; the same one is kept once."""

    __tablename__ = "received_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[ReceivedSource] = mapped_column(choice(ReceivedSource))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of recipient and bytes
    raw: Mapped[bytes | None] = mapped_column(deferred=True)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    verdict: Mapped[ReceivedVerdict | None] = mapped_column(choice(ReceivedVerdict))
    detail: Mapped[str] = mapped_column(sa.String(40), default="")
    handled_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]  # by the event's hosts, who said so

    attendee_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True
    )
    rsvp_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("rsvps.id", ondelete="SET NULL"), index=True
    )
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("events.id", ondelete="SET NULL"))

    # What it says, as far as it could be read.
    message_id: Mapped[str] = mapped_column(sa.String(200), default="")
    from_address: Mapped[str] = mapped_column(sa.String(254), default="")
    answered_as: Mapped[str] = mapped_column(sa.String(254), default="")  # its ATTENDEE
    trust: Mapped[str] = mapped_column(sa.String(20), default="")
    method: Mapped[str] = mapped_column(sa.String(20), default="")
    partstat: Mapped[Partstat | None] = mapped_column(choice(Partstat))
    reply_sequence: Mapped[int | None]
    reply_stamp: Mapped[datetime | None]
    proposed_start: Mapped[datetime | None]
    proposed_end: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(sa.Text, default="")

    # The page on which the invited person says that a held answer is theirs.
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    token_expires_at: Mapped[datetime | None]
    token_used_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_received_mails_event_id_id", "event_id", "id"),
        sa.Index("ix_received_mails_received_at", "received_at"),
    )


class CalendarAlias(Base):
    """An address that a person confirmed to answer from. It opens nothing else."""

    __tablename__ = "calendar_aliases"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(sa.String(254), primary_key=True, index=True)
    confirmed_at: Mapped[datetime] = mapped_column(default=now)
