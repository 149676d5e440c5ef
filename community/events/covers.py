"""Cover pictures of events: two widths made of whatever picture was handed in.

Kept by their digest, so that the copies of an event share one picture.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base, db, record, rows_changed, transactional
from community.core.pictures import Picture, Shape, remake
from community.events.changes import CoverChanged
from community.events.drafts import EventDraft, create_event, edit_event
from community.events.models import Event
from community.events.queries import lock_event, require_editor

SMALL, LARGE = "small", "large"
# Pixels; fewer, in the same proportion, when the picture has no more.
SIZES = {LARGE: (1200, 630), SMALL: (600, 315)}
_VERSION_LENGTH = 16


class EventCover(Base):
    """A cover in one size. Its bytes are read only when they are asked for."""

    __tablename__ = "event_covers"

    version: Mapped[str] = mapped_column(sa.String(_VERSION_LENGTH), primary_key=True)
    size: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    content_type: Mapped[str] = mapped_column(sa.String(40))
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256, hexadecimal
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)


def as_cover(content: bytes) -> list[Picture]:
    """Both sizes, as JPEG. Takes a while: call it before a use-case, not within. May refuse."""
    return remake(content, [Shape(name, *size) for name, size in SIZES.items()])


@transactional
def create_with_cover(
    organizer_id: int, draft: EventDraft, *, cover: Sequence[Picture] = ()
) -> Event:
    """Keep a draft and its cover, both or neither."""
    event = create_event(organizer_id, draft)
    if cover:
        _put(event, cover)
    return event


@transactional
def edit_with_cover(
    organizer_id: int,
    event_id: int,
    draft: EventDraft,
    *,
    seen: int | None = None,
    cover: Sequence[Picture] = (),
    remove: bool = False,
) -> Event:
    """Change an event and its cover, both or neither. A new cover counts more than ``remove``."""
    event = edit_event(organizer_id, event_id, draft, seen=seen)
    if cover:
        _put(event, cover)
    elif remove:
        _set(event, "")
    return event


@transactional
def change_cover(organizer_id: int, event_id: int, cover: Sequence[Picture]) -> Event:
    """Put a cover, as :func:`as_cover` made it, in the place of the one before."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    _put(event, cover)
    return event


def find_cover(version: str, size: str) -> EventCover | None:
    """A cover's bytes, whoever may see them; for who looks see the event."""
    return db.session.get(EventCover, (version, size)) if version and size in SIZES else None


def _put(event: Event, cover: Sequence[Picture]) -> None:
    version = cover[0].digest[:_VERSION_LENGTH]
    for one in cover:
        if db.session.get(EventCover, (version, one.name)) is None:
            db.session.add(
                EventCover(
                    version=version,
                    size=one.name,
                    content_type=one.content_type,
                    digest=one.digest,
                    content=one.content,
                )
            )
    _set(event, version)


def _set(event: Event, version: str) -> None:
    if event.cover_version == version:
        return
    event.cover_version = version
    event.changed_at = now()
    event.version += 1
    record(CoverChanged(event.id, removed=not version))
    db.session.flush()


@transactional
def forget_unused() -> int:
    """Drop covers that no event shows any more; says how many rows.

    The worker's work: at the moment of a change another event may be about to show the same.
    """
    used = sa.select(Event.cover_version)
    return rows_changed(sa.delete(EventCover).where(EventCover.version.not_in(used)))
