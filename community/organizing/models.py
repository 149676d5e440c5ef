"""The table of who did what."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict


class AuditEntry(Base):
    """Who did what to whom, when and from where. Rows are added and never changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    # Ids only, and no foreign keys: an entry outlives whom it is about.
    actor_id: Mapped[int | None] = mapped_column(index=True)
    via: Mapped[str] = mapped_column(sa.String(20))
    network: Mapped[str] = mapped_column(sa.String(64), default="")
    action: Mapped[str] = mapped_column(sa.String(60))
    event_id: Mapped[int | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    details: Mapped[JSONDict] = mapped_column(default=dict)

    __table_args__ = (
        # What retention looks for each hour among all that it has emptied already.
        sa.Index(
            "ix_audit_networks",
            "at",
            sqlite_where=sa.text("network <> ''"),
            postgresql_where=sa.text("network <> ''"),
        ),
    )
