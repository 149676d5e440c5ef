"""When the tidying that nobody watches was last done, so that somebody notices when it is not."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base, db, transactional


class Chore(Base):
    """One kind of tidying: its last pass, what that let go, and when there last was anything.

    Also what else is noted of workers by a name: that one lives, and what is counted ever.
    """

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(default=now)
    count: Mapped[int] = mapped_column(default=0)
    last_found_at: Mapped[datetime | None]


@transactional
def note_done(name: str, count: int) -> None:
    """Note that a pass is over. Two workers at once: the unique name makes one start over."""
    chore = _locked(name)
    chore.done_at, chore.count = now(), count
    if count:
        chore.last_found_at = chore.done_at


@transactional
def add_to(name: str, count: int) -> None:
    """Count how often something happened ever, where no single pass is what matters."""
    chore = _locked(name)
    chore.done_at, chore.count = now(), (chore.count or 0) + count
    chore.last_found_at = chore.done_at


def _locked(name: str) -> Chore:
    chore = db.session.get(Chore, name, with_for_update=True, populate_existing=True)
    if chore is None:
        chore = Chore(name=name)
        db.session.add(chore)
    return chore


def chores_by_name() -> Mapping[str, Chore]:
    """Every chore that was ever done."""
    found = db.session.scalars(sa.select(Chore).execution_options(populate_existing=True))
    return {chore.name: chore for chore in found}
