"""What the community says of itself: about, contact, imprint, privacy, and what joining asks for.

Each save is a new version and none is ever changed, so that a consent can always be traced to
the words that it was given to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base, db, record, transactional
from community.core.errors import Forbidden, Refused
from community.core.text import clean_text, gettext
from community.core.tokens import digest
from community.core.types import choice
from community.membership.changes import CommunityTextPublished
from community.membership.models import Person
from community.membership.queries import get_person

SHOWN_VERSIONS = 20


class TextKind(StrEnum):
    """Which text; ``consent`` is shown on the forms by which people join, the others as pages."""

    ABOUT = "about"
    CONTACT = "contact"
    PRIVACY = "privacy"
    IMPRINT = "imprint"
    CONSENT = "consent"


PAGES = (TextKind.ABOUT, TextKind.CONTACT, TextKind.PRIVACY, TextKind.IMPRINT)


class CommunityText(Base):
    """One version of a text. Rows are added and never changed; an empty one takes the page away."""

    __tablename__ = "community_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TextKind] = mapped_column(choice(TextKind))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)  # Markdown
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )

    publisher: Mapped[Person | None] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("kind", "version"),
        sa.CheckConstraint("version > 0", name="version"),
    )


@dataclass(frozen=True)
class TextInForce:
    """The words that count now. Version 0 is what the program brings along."""

    kind: TextKind
    version: int
    body: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the words, 64 hexadecimal digits."""
        return digest(self.body)


def text_in_force(kind: TextKind) -> TextInForce:
    """The newest version. Without one, or with an empty one, that is version 0.

    Only ``consent`` has words in version 0: nobody may join without having been asked.
    """
    newest = _newest(kind)
    if newest is not None and newest.body:
        return TextInForce(kind, newest.version, newest.body)
    return TextInForce(kind, 0, _built_in() if kind == TextKind.CONSENT else "")


def _built_in() -> str:
    return gettext("You may keep these details and write to me about events.")


def newest_version(kind: TextKind) -> int:
    """The number of the newest version, 0 without any."""
    newest = _newest(kind)
    return newest.version if newest else 0


def _newest(kind: TextKind) -> CommunityText | None:
    return db.session.scalar(
        sa.select(CommunityText)
        .where(CommunityText.kind == kind)
        .order_by(CommunityText.version.desc())
        .limit(1)
    )


def pages_in_force() -> list[TextKind]:
    """The pages that have words now, in the order of the foot of every page: one query."""
    return in_order(db.session.scalars(kinds_in_force()))


@cache
def kinds_in_force() -> sa.Select[TextKind]:
    """The same as a statement, which every page asks."""
    newer = aliased(CommunityText)
    is_newest = ~sa.exists().where(
        newer.kind == CommunityText.kind, newer.version > CommunityText.version
    )
    return sa.select(CommunityText.kind).where(
        CommunityText.kind.in_(PAGES), CommunityText.body != "", is_newest
    )


def in_order(kinds: Iterable[str]) -> list[TextKind]:
    """Kinds of pages in the order of the foot."""
    present = set(kinds)
    return [kind for kind in PAGES if kind in present]


def versions_of(kind: TextKind) -> Sequence[CommunityText]:
    """The newest twenty versions, newest first."""
    return db.session.scalars(
        sa.select(CommunityText)
        .where(CommunityText.kind == kind)
        .options(sa.orm.joinedload(CommunityText.publisher))
        .order_by(CommunityText.version.desc())
        .limit(SHOWN_VERSIONS)
    ).all()


@transactional
def publish_text(admin_id: int, kind: TextKind, body: str, *, seen: int) -> int:
    """Put a new version in force; its number. The same words again make no new version.

    ``seen`` is the newest version that the writer knew. Refuses when there is a newer one.
    """
    if not get_person(admin_id).is_admin:
        raise Forbidden("admins_only")
    newest = _newest(kind)
    version = newest.version if newest else 0
    if version != seen:
        raise Refused("text_changed_meanwhile", field="seen")
    words = clean_text(body)
    if words == (newest.body if newest else ""):
        return version
    # Two at once: the unique number makes the second start over, and then it is refused.
    db.session.add(CommunityText(kind=kind, version=version + 1, body=words, published_by=admin_id))
    db.session.flush()
    record(CommunityTextPublished(kind.value, version + 1))
    return version + 1
