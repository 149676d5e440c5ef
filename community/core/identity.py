"""What the community is called and its logo, as its admins last said: versions, none ever changed.

It is here because mails and calendars name the community, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from community.core.clock import now
from community.core.current import settings
from community.core.db import Base, db

NAME_LENGTH = 80
_KNOWN = "community_identity"


class CommunityLogo(Base):
    """A logo that is or was in force, by the SHA-256 of its bytes."""

    __tablename__ = "community_logos"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    content_type: Mapped[str] = mapped_column(sa.String(40))
    width: Mapped[int]  # pixels
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)


class CommunityIdentity(Base):
    """One version. An empty name is the setting's; no digest is no logo."""

    __tablename__ = "community_identities"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    logo_digest: Mapped[str | None] = mapped_column(
        sa.ForeignKey("community_logos.digest"), index=True
    )
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )

    __table_args__ = (sa.CheckConstraint("version > 0", name="version"),)


_COLUMNS = (
    CommunityIdentity.name,
    CommunityIdentity.version,
    CommunityIdentity.published_at,
    CommunityLogo.digest,
    CommunityLogo.width,
    CommunityLogo.height,
)
# Made once, because every page asks it.
_NEWEST = (
    sa.select(*_COLUMNS)
    .outerjoin(CommunityLogo, CommunityLogo.digest == CommunityIdentity.logo_digest)
    .order_by(CommunityIdentity.version.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Logo:
    """A logo without its bytes; ``width`` and ``height`` are pixels."""

    digest: str
    width: int
    height: int


@dataclass(frozen=True)
class Identity:
    """What counts now. Version 0, without a time, is what the settings say."""

    name: str
    logo: Logo | None = None
    version: int = 0
    published_at: datetime | None = None


def identity() -> Identity:
    """What counts now: one query for each transaction, however many mails it queues."""
    known = db.session().info
    if _KNOWN not in known:
        known[_KNOWN] = _read()
    found: Identity = known[_KNOWN]
    return found


def forget_identity() -> None:
    """Have it read anew: this transaction has changed it."""
    db.session().info.pop(_KNOWN, None)


@sa.event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KNOWN, None)


def _read() -> Identity:
    row = db.session.execute(_NEWEST).one_or_none()
    return as_set() if row is None else _of_row(row)


def _of_row(row: Sequence[Any]) -> Identity:
    name, version, published_at, digest, width, height = row
    logo = Logo(digest, width, height) if digest else None
    return Identity(name or settings().name, logo, version, published_at)


def newest_columns() -> tuple[Any, ...]:
    """For a statement that reads something else as well: see :func:`with_newest`."""
    return _COLUMNS


def with_newest(query: sa.Select[Any]) -> sa.Select[Any]:
    """The same statement, whose rows hold what counts now beside what they hold anyway."""
    newest = sa.select(sa.func.max(CommunityIdentity.version)).scalar_subquery()
    query = query.outerjoin(CommunityIdentity, CommunityIdentity.version == newest)
    return query.outerjoin(CommunityLogo, CommunityLogo.digest == CommunityIdentity.logo_digest)


def remember_identity(*columns: Any) -> None:
    """What such a row held is what :func:`identity` says until this transaction ends."""
    known = as_set() if columns[1] is None else _of_row(columns)
    db.session().info[_KNOWN] = known


def as_set() -> Identity:
    """What the settings say, without asking the database."""
    return Identity(settings().name)


def community_name() -> str:
    """What the community is called now, on pages, in mails and in calendars."""
    return identity().name


def find_logo(digest: str) -> CommunityLogo | None:
    """The logo in force if it has that digest: one that was taken away is gone for everybody."""
    logo = identity().logo
    if logo is None or logo.digest != digest:
        return None
    return db.session.get(CommunityLogo, digest)
