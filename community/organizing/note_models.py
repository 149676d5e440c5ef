"""The tables of what organizers write about people, for each other."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.membership.models import Person

TAG_LENGTH = 40
TEXT_LENGTH = 2000


class PersonNote(Base):
    """One note about a person. It is theirs, too: an export gives it to them."""

    __tablename__ = "person_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]

    author: Mapped[Person | None] = relationship(foreign_keys=author_id)


class PersonTag(Base):
    """A word by which organizers find people again. Words that read alike are one."""

    __tablename__ = "person_tags"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    folded: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(TAG_LENGTH))
    added_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (sa.Index("ix_person_tags_found", "folded", "person_id"),)
