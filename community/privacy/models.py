"""The table of exports: everything held about a person, as a file for that person alone."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice


class ExportState(StrEnum):
    """Where an export is."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Export(Base):
    """One export. The file lies in the database, because several machines share nothing else."""

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[ExportState] = mapped_column(choice(ExportState), default=ExportState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(default=0)  # bytes
    data: Mapped[bytes | None] = mapped_column(deferred=True)  # megabytes: only for the download

    __table_args__ = (
        sa.Index("ix_exports_state_id", "state", "id"),
        # One at a time for each person, however many forms are sent at once.
        sa.Index(
            "uq_exports_waiting",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )
