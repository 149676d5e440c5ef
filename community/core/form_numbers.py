"""One-time numbers of forms: the same form sent twice, even at the same moment, acts once.

A form that makes something new each time it is sent (a walk-in, a copy of an event) carries a
random number in a hidden field. Who sends it again is led to what the first sending led to.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base, db, rows_changed, transactional
from community.core.errors import Refused
from community.core.tokens import digest, new_key

KEPT = timedelta(days=7)
LONGEST = 64  # characters of a number


class FormNumber(Base):
    """A form that was sent, and what that led to."""

    __tablename__ = "form_numbers"

    # Hashes: what was typed cannot be guessed from them, because the number is not kept.
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    sent: Mapped[str] = mapped_column(sa.String(64))
    led_to: Mapped[int | None]  # an id; only the use-case knows of what
    expires_at: Mapped[datetime] = mapped_column(index=True)


def new_form_number() -> str:
    """A number for one form that is handed out."""
    return new_key()


@transactional
def once(purpose: str, who: int, number: str, sent: str, act: Callable[[], int]) -> int:
    """Call ``act`` and answer the id that it returns; for the same form again, that id alone.

    ``purpose`` names the form (and what it is about), ``who`` is the id of whoever sends it,
    ``sent`` all that was typed. An empty ``number`` is a form of its own each time. What ``act``
    refuses leaves the number unused. Refuses a number that came back with something else typed:
    a browser that went back shows the old form, and what is new in it must not be lost unsaid.
    """
    if not number:
        return act()
    key = digest("\x00".join((purpose, str(who), number)))
    typed = digest(f"{number}\x00{sent}")
    if not _claim(key, typed):
        known = db.session.get(FormNumber, key, populate_existing=True)
        if known is None or known.led_to is None or known.sent != typed:
            raise Refused("form_sent_already")
        return known.led_to
    led_to = act()
    rows_changed(sa.update(FormNumber).where(FormNumber.key == key).values(led_to=led_to))
    return led_to


def _claim(key: str, typed: str) -> bool:
    """Whether the number is new. A second sending waits here until the first has committed."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(FormNumber).values(key=key, sent=typed, expires_at=now() + KEPT)
    claimed = row.on_conflict_do_nothing(index_elements=[FormNumber.key])
    return db.session.scalar(claimed.returning(FormNumber.key)) is not None


@transactional
def forget_old() -> int:
    """Drop numbers of forms that nobody sends again; says how many."""
    return rows_changed(sa.delete(FormNumber).where(FormNumber.expires_at <= now()))
