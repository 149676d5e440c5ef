"""Putting what is over out of the desk's sight, and back."""

from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import Refused
from community.events.changes import EventArchived, EventUnarchived
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor


def may_archive(event: Event) -> bool:
    """Whether the event is past or cancelled."""
    return event.status == EventStatus.CANCELLED or event.ends_at <= now()


@transactional
def archive_event(organizer_id: int, event_id: int) -> Event:
    """Take a past or cancelled event off the desk's lists. Its page and answers stay."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.archived_at is not None:
        return event
    if not may_archive(event):
        raise Refused("archive_coming")
    event.archived_at = now()
    record(EventArchived(event.id))
    return event


@transactional
def unarchive_event(organizer_id: int, event_id: int) -> Event:
    """Put an event back on the desk's lists."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.archived_at is not None:
        event.archived_at = None
        record(EventUnarchived(event.id))
    return event
