"""Letting an event be seen, and calling it off."""

from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import Refused
from community.core.text import clean_text
from community.events.changes import EventCancelled, EventPublished
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor


@transactional
def publish_event(organizer_id: int, event_id: int, *, quietly: bool = False) -> Event:
    """Open a draft for answers. Publishing twice is once; what is over or cancelled is refused.

    ``quietly`` when followers are told of another event of the same series.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.status == EventStatus.PUBLISHED:
        return event
    if event.status == EventStatus.CANCELLED:
        raise Refused("event_cancelled")
    if event.ends_at <= now():
        raise Refused("event_in_past")
    event.status = EventStatus.PUBLISHED
    event.published_at = event.changed_at = now()
    record(EventPublished(event.id, quietly))
    return event


@transactional
def cancel_event(organizer_id: int, event_id: int, message: str = "") -> Event:
    """Call a published event off and have everybody told who has it in a calendar."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.status == EventStatus.CANCELLED:
        return event
    if event.status == EventStatus.DRAFT:
        raise Refused("event_is_draft")
    if event.ends_at <= now():
        raise Refused("event_past")
    event.status = EventStatus.CANCELLED
    event.cancel_message = clean_text(message)
    event.cancelled_at = event.changed_at = now()
    event.sequence += 1
    event.version += 1
    record(EventCancelled(event.id))
    return event
