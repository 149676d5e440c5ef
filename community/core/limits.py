"""How often something may be asked for, counted so that it holds over processes and machines.

The database counts, or Redis where ``REDIS_URL`` is set; then the database is what remains when
Redis is away. Its windows begin anew there: an outage lets at most twice as much through.
"""

from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from community.core import redis_limits
from community.core.clock import now
from community.core.current import settings
from community.core.db import Base, db, rows_changed, transactional
from community.core.errors import TooMany
from community.core.tokens import digest


class Limit(Base):
    """How often a key was used in its present window."""

    __tablename__ = "limits"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    used: Mapped[int]
    resets_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.CheckConstraint("used >= 0", name="used"),)


def take(kind: str, key: str, *, most: int, within: timedelta) -> None:
    """Use one of ``most`` turns. Raises :class:`TooMany` when none is left in the window.

    It is a use-case of its own: what is refused later has been counted all the same.
    """
    if settings().rate_limits == "off":
        return
    moment, url = now(), settings().redis_url
    if url:
        answer = redis_limits.take_turn(url, kind, key, most=most, moment=moment, within=within)
        if answer is not None:
            has_turn, resets_at = answer
            if not has_turn:
                raise _too_many(resets_at, moment)
            return
    _take_in_database(digest(f"{kind}\x00{key}"), most, moment, within)


@transactional
def _take_in_database(hashed: str, most: int, moment: datetime, within: timedelta) -> None:
    # Hashed: a list of addresses and networks is not kept.
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    fresh = Limit.resets_at <= moment
    statement = insert(Limit).values(key=hashed, used=1, resets_at=moment + within)
    statement = statement.on_conflict_do_update(
        index_elements=[Limit.key],
        set_={
            "used": sa.case((fresh, 1), else_=Limit.used + 1),
            "resets_at": sa.case((fresh, moment + within), else_=Limit.resets_at),
        },
    )
    used, resets_at = db.session.execute(statement.returning(Limit.used, Limit.resets_at)).one()
    if used > most:
        raise _too_many(resets_at, moment)


def _too_many(resets_at: datetime, moment: datetime) -> TooMany:
    return TooMany(max(1, ceil((resets_at - moment).total_seconds())))


@transactional
def forget_old() -> int:
    """Drop windows that are over; says how many."""
    return rows_changed(sa.delete(Limit).where(Limit.resets_at <= now()))
