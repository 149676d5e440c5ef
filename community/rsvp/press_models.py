"""The table of presses at the door."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.db import Base

LONGEST_KEY = 40


class DoorPress(Base):
    """Somebody at the door pressed a button about one head, when, and which way.

    Kept so that presses which arrive late, twice or out of order lead to the same as in order.
    """

    __tablename__ = "door_presses"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Drawn by lot by the phone, so that a press that it sends again is known.
    key: Mapped[str | None] = mapped_column(sa.String(LONGEST_KEY), unique=True)
    attendee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True
    )
    lets_in: Mapped[bool]  # or takes it back
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
