"""A link that shows a draft to whoever has it, until it is revoked or the event published."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base, db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import link_is_right, link_token, linked_row
from community.events.changes import PreviewOpened, PreviewRevoked
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor

PURPOSE = "event preview"


class EventPreview(Base):
    """Which link to an event counts: a new generation ends the one before."""

    __tablename__ = "event_previews"

    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


@transactional
def make_preview(organizer_id: int, event_id: int) -> str:
    """The token of the draft's link; the one that counts already when there is one."""
    require_editor(organizer_id, event_id)
    if lock_event(event_id).status != EventStatus.DRAFT:
        raise Refused("event_not_draft")
    row = db.session.get(EventPreview, event_id, populate_existing=True)
    if row is not None and row.revoked_at is None:
        return link_token(PURPOSE, event_id, row.generation)
    if row is None:
        row = EventPreview(event_id=event_id, generation=1)
        db.session.add(row)
    else:
        row.generation += 1
        row.made_at, row.revoked_at = now(), None
    record(PreviewOpened(event_id))
    return link_token(PURPOSE, event_id, row.generation)


@transactional
def revoke_preview(organizer_id: int, event_id: int) -> None:
    """End the link for everybody who has it. Without one nothing happens."""
    require_editor(organizer_id, event_id)
    lock_event(event_id)
    row = db.session.get(EventPreview, event_id, populate_existing=True)
    if row is not None and row.revoked_at is None:
        row.revoked_at = now()
        record(PreviewRevoked(event_id))


def find_preview(event: Event) -> str | None:
    """The token that counts now, for the event's desk; None without one."""
    row = db.session.get(EventPreview, event.id)
    if row is None or row.revoked_at is not None or event.status != EventStatus.DRAFT:
        return None
    return link_token(PURPOSE, event.id, row.generation)


def get_previewed(token: str) -> Event:
    """The event that a link shows. Raises NotFound for a link that is wrong or was revoked."""
    event_id = linked_row(token)
    row = db.session.get(EventPreview, event_id) if event_id is not None else None
    if row is None or row.revoked_at is not None:
        raise NotFound("event")
    if not link_is_right(token, PURPOSE, row.event_id, row.generation):
        raise NotFound("event")
    return db.session.get_one(Event, row.event_id)
