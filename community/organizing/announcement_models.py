"""The tables of announcements: what hosts write to those who answered, to whom, and when.

A reminder of an event is an announcement that nobody has to press a button for.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.models import RsvpStatus

SUBJECT_LENGTH = 150
BODY_LENGTH = 20_000


class AnnouncementState(StrEnum):
    """Where an announcement is. Nobody is written to before an organizer pressed "send"."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"  # who gets it is frozen, and their mails are being made
    SENT = "sent"  # all mails are made; how many have left is in the outbox
    STOPPED = "stopped"
    SKIPPED = "skipped"  # a reminder that would have come too late


class Reminds(StrEnum):
    """Whom a reminder of an event is for."""

    GOING = "going"
    UNDECIDED = "undecided"  # invited, and has not answered


class RecipientState(StrEnum):
    """What became of somebody who was to get it."""

    WAITING = "waiting"
    MADE = "made"  # there is a mail in the outbox
    PASSED_OVER = "passed_over"


class PassedOver(StrEnum):
    """Why somebody gets no mail who was to get one."""

    ERASED = "erased"
    NO_ADDRESS = "no_address"  # walked in, and gave none
    LEFT = "left"  # withdrew, or was removed, after it began
    ANSWERED = "answered"  # a reminder has nothing to ask any more
    SUPPRESSED = "suppressed"  # the address is not written to
    UNWANTED = "unwanted"  # does not want such mails
    LATELY = "lately"  # was asked a short while ago
    STOPPED = "stopped"  # by an organizer, or the event is off


class Announcement(Base):
    """One message to a segment of those who answered an event.

    ``segment`` is the query of an address; whom it means is frozen when sending begins, in
    ``announcement_recipients``. Of a reminder, ``reminds`` says who it is for, ``minutes`` how long
    before ``starts_at`` it was due; that combination exists once, which is what sends it once.
    """

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    segment: Mapped[JSONDict] = mapped_column(default=dict)
    subject: Mapped[str] = mapped_column(sa.String(SUBJECT_LENGTH), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[AnnouncementState] = mapped_column(
        choice(AnnouncementState), default=AnnouncementState.DRAFT
    )
    send_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(default=0)  # how many were to get it when it began
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    reminds: Mapped[Reminds | None] = mapped_column(choice(Reminds))
    minutes: Mapped[int | None]
    starts_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    person: Mapped[Person | None] = relationship()

    __table_args__ = (
        sa.Index("ix_announcements_due", "state", "send_at"),
        sa.UniqueConstraint("event_id", "reminds", "minutes", "starts_at"),
        {"sqlite_autoincrement": True},  # mails name a row by its id
    )


class Recipient(Base):
    """Somebody who is to get an announcement: one row, one mail at most."""

    __tablename__ = "announcement_recipients"

    announcement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    status: Mapped[RsvpStatus] = mapped_column(choice(RsvpStatus))  # when it began
    state: Mapped[RecipientState] = mapped_column(
        choice(RecipientState), default=RecipientState.WAITING
    )
    why: Mapped[PassedOver | None] = mapped_column(choice(PassedOver))
    mail_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("outbox.id", ondelete="SET NULL"), index=True
    )

    __table_args__ = (
        sa.Index("ix_announcement_recipients_state", "announcement_id", "state", "person_id"),
    )


class EventReminder(Base):
    """A reminder that an event is to have: so many minutes before it starts, to whom."""

    __tablename__ = "event_reminders"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    reminds: Mapped[Reminds] = mapped_column(choice(Reminds))
    minutes: Mapped[int]
    is_on: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    event: Mapped[Event] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("event_id", "reminds", "minutes"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
    )
