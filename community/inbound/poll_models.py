"""How the fetching of mails stands, one row for each mailbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base


class MailboxPoll(Base):
    """Whose turn it is to look into a mailbox, when the next look is due, how the last one went.

    ``in_hand`` names the mail that is being dealt with, ``tries`` how often it was begun: what
    ends the worker again and again must not keep the others waiting for ever.
    """

    __tablename__ = "mailbox_polls"

    mailbox: Mapped[str] = mapped_column(sa.String(200), primary_key=True)  # without the password
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    leased_until: Mapped[datetime | None]
    in_hand: Mapped[str] = mapped_column(sa.String(40), default="")
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    done_at: Mapped[datetime | None]
    handled: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    last_error: Mapped[str] = mapped_column(sa.String(300), default="")
