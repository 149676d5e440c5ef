"""Test invites, by which an operator sees that answers come back."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base


class SelfTest(Base):
    """One test invite and what came back; to whom it went only the outbox knows.

    ``partstat`` is the answer, ``""`` as long as there is none. ``found`` is what our mail server
    found of the answer's sender, such as ``mx.example.org: dkim=pass dmarc=pass``.
    """

    __tablename__ = "calendar_selftests"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    reply_key: Mapped[str] = mapped_column(sa.String(32), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    partstat: Mapped[str] = mapped_column(sa.String(20), default="")
    source: Mapped[str] = mapped_column(sa.String(10), default="")
    found: Mapped[str] = mapped_column(sa.String(200), default="")
