"""The table of attendee lists that the worker makes because they are long."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice
from community.organizing.export_kinds import Kind
from community.organizing.segments import Segment


class FileState(StrEnum):
    """Where such a file is."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class AttendeeFile(Base):
    """A list as a file. The file itself lies in the instance folder of the worker that made it.

    ``query`` says whom it is about; of ``rows`` so many are ``done``. A lease that ran out is of a
    worker that died, and the next one begins again.
    """

    __tablename__ = "attendee_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    format: Mapped[Kind] = mapped_column(choice(Kind, "format"))
    query: Mapped[JSONDict] = mapped_column(default=dict)
    state: Mapped[FileState] = mapped_column(choice(FileState), default=FileState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    stored_as: Mapped[str] = mapped_column(sa.String(64), default="")  # random
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # bytes

    __table_args__ = (
        sa.Index("ix_attendee_files_state_id", "state", "id"),
        # A link that has expired must not open a newer file.
        {"sqlite_autoincrement": True},
    )

    @property
    def segment(self) -> Segment:
        """Whom it is about."""
        return Segment.from_args(self.query)
