"""Deleting a draft for good, which only an event that nobody ever answered can be."""

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.core.errors import Refused
from community.events.changes import DraftDeleted
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor
from community.rsvp.models import Rsvp


def require_deletable(event: Event) -> None:
    """Raises Refused that says why the event has to stay."""
    if event.status != EventStatus.DRAFT:
        raise Refused("only_drafts_are_deleted")
    answered = sa.select(Rsvp.id).where(Rsvp.event_id == event.id).limit(1)
    if db.session.scalar(answered) is not None:
        raise Refused("draft_has_answers")


@transactional
def delete_draft(organizer_id: int, event_id: int) -> None:
    """Delete a draft; nobody is told. Refuses what is published or cancelled, or has answers."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    require_deletable(event)
    record(DraftDeleted(event.id, event.title))
    db.session.delete(event)
    db.session.flush()
