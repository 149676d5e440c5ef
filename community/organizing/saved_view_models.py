"""The table of saved views of an event's list."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict
from community.organizing.segments import Segment

VIEW_NAME_LENGTH = 80


class SavedView(Base):
    """A name for whom somebody means, what is shown of them, and in which order.

    The event's editors share it. It is deleted when the event's answers are let go: what is sought
    may name somebody.
    """

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(VIEW_NAME_LENGTH))
    # Names that people take for one are one here, so that the database refuses the second.
    folded: Mapped[str] = mapped_column(sa.String(2 * VIEW_NAME_LENGTH))
    query: Mapped[JSONDict] = mapped_column(default=dict)  # of an address: lists of values
    columns: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    sort: Mapped[str] = mapped_column(sa.String(20), default="")
    made_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (sa.UniqueConstraint("event_id", "folded"),)

    @property
    def segment(self) -> Segment:
        """Whom it means."""
        return Segment.from_args(self.query)
