"""The table of who did what."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict


class AuditEntry(Base):
    """Who did what to whom, when and from where.

    Triggers of the database refuse to change or delete an entry; see migration ``audit``.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    # Ids only, and no foreign keys: an entry outlives whom it is about.
    actor_id: Mapped[int | None]
    via: Mapped[str] = mapped_column(sa.String(20))
    network: Mapped[str] = mapped_column(sa.String(64), default="")
    action: Mapped[str] = mapped_column(sa.String(60))
    event_id: Mapped[int | None]
    person_id: Mapped[int | None]
    rsvp_id: Mapped[int | None]
    details: Mapped[JSONDict] = mapped_column(default=dict)

    __table_args__ = (
        # The newest come first, of all and of what the log is narrowed to: by key, in order.
        sa.Index("ix_audit_at", "at", "id"),
        sa.Index("ix_audit_actor_id", "actor_id", "at", "id"),
        sa.Index("ix_audit_event_id", "event_id", "at", "id"),
        sa.Index("ix_audit_person_id", "person_id", "at", "id"),
        sa.Index("ix_audit_rsvp_id", "rsvp_id", "at", "id"),
        sa.Index("ix_audit_action", "action", "at", "id"),
        sa.Index("ix_audit_via", "via", "at", "id"),
        # What retention looks for each hour among all that it has emptied already.
        sa.Index(
            "ix_audit_networks",
            "at",
            sqlite_where=sa.text("network <> ''"),
            postgresql_where=sa.text("network <> ''"),
        ),
    )
