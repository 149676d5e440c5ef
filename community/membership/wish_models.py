"""The table of what people want mails about."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice


class MailCategory(StrEnum):
    """What mails that nobody has to get are about: one value for each kind that exists."""

    EVENTS = "events"
    CONNECTIONS = "connections"
    APPLICATIONS = "applications"  # for organizers
    MESSAGES = "messages"  # of hosts, to whoever is not coming to their event


class MailWish(Base):
    """What a person said about a category; without a row they get its mails.

    ``link_generation`` is part of the links in mails, which a new one makes useless.
    """

    __tablename__ = "mail_wishes"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[MailCategory] = mapped_column(choice(MailCategory), primary_key=True)
    wanted: Mapped[bool] = mapped_column(default=True)
    link_generation: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)
