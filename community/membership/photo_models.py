"""The table of people's photos: in the database, so that every machine and backup has them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base


class PersonPhoto(Base):
    """A person's photo in one size. Its bytes are read only when they are asked for."""

    __tablename__ = "person_photos"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    size: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    content_type: Mapped[str] = mapped_column(sa.String(40))
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256, hexadecimal
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
