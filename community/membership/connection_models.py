"""The tables of who is connected with whom, who stays away from whom, and who was reported."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice
from community.membership.models import Person

WORD_LENGTH = 300
REASON_LENGTH = 1000


class ConnectionState(StrEnum):
    """How two people stand."""

    ASKED = "asked"
    CONNECTED = "connected"
    ENDED = "ended"  # taken back, or no longer connected


class Connection(Base):
    """Two people and how they stand: one row for a pair, whoever asked.

    ``asked_by`` is one of the two. ``lies_since``: the other one let the ask lie, which the asker
    must never learn. It outlives taking the ask back, so that asking anew does not undo it.
    """

    __tablename__ = "connections"

    id: Mapped[int] = mapped_column(primary_key=True)
    low_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    high_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    state: Mapped[ConnectionState] = mapped_column(choice(ConnectionState))
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(sa.String(WORD_LENGTH), default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]  # when the asked one was last written to about it
    lies_since: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("low_id", "high_id"),
        sa.Index("ix_connections_high", "high_id", "low_id"),
        sa.Index("ix_connections_asked", "asked_by", "state"),
        sa.CheckConstraint("low_id < high_id", name="order"),
        sa.CheckConstraint("asked_by IN (low_id, high_id)", name="asker"),
    )

    @property
    def asked(self) -> int:
        """The one who was asked."""
        return self.high_id if self.asked_by == self.low_id else self.low_id

    def other(self, person_id: int) -> int:
        """The other one of the two."""
        return self.high_id if person_id == self.low_id else self.low_id


class Block(Base):
    """Somebody who wants to see nothing of somebody else, and not to be seen by them."""

    __tablename__ = "blocks"

    blocker_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    blocked_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        sa.Index("ix_blocks_blocked", "blocked_id", "blocker_id"),
        sa.CheckConstraint("blocker_id <> blocked_id", name="two"),
    )


class Report(Base):
    """What a member tells the organizers about another one. That one is not told."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    reporter_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    word: Mapped[str] = mapped_column(sa.Text, default="")  # what the organizer says was done

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    reporter: Mapped[Person | None] = relationship(foreign_keys=reporter_id)
    resolver: Mapped[Person | None] = relationship(foreign_keys=resolved_by)
