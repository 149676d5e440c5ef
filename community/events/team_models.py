"""The table of who was asked by mail to help at an event, and has not answered yet."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice
from community.events.models import Event, HostRole
from community.membership.models import Person


class TeamInvitation(Base):
    """An address that was asked to help, and has not answered. It is deleted when it is over."""

    __tablename__ = "team_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(sa.String(254), index=True)
    role: Mapped[HostRole] = mapped_column(choice(HostRole))
    invited_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    # Made by the worker while it renders the mail, so that no database row ever held the token.
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    event: Mapped[Event] = relationship()
    inviter: Mapped[Person | None] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("event_id", "address"),
        # A mail names its invitation by this id, also after that is gone.
        {"sqlite_autoincrement": True},
    )
