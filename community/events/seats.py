"""Buttons about answers and seats that need no form: stop, go on, shrink as people leave."""

from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import Refused
from community.events.changes import EventEdited
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor


@transactional
def stop_answers(organizer_id: int, event_id: int) -> Event:
    """Take no more answers. Whoever is going stays, can leave, and the line still moves."""
    return _take_answers(organizer_id, event_id, yes=False)


@transactional
def resume_answers(organizer_id: int, event_id: int) -> Event:
    """Take answers again, until the event's own answer-by time."""
    return _take_answers(organizer_id, event_id, yes=True)


@transactional
def shrink_as_people_leave(organizer_id: int, event_id: int, seats: int) -> Event:
    """Let the event become smaller without sending anybody away: freed seats are kept back.

    ``seats`` is how many there shall be in the end; capacity stays as it is.
    """
    event = _locked(organizer_id, event_id)
    if event.capacity is None or not 1 <= seats < event.capacity:
        raise Refused("shrink_out_of_range", field="seats", most=(event.capacity or 2) - 1)
    _change(event, "kept_back", event.capacity - seats)
    return event


def _take_answers(organizer_id: int, event_id: int, *, yes: bool) -> Event:
    event = _locked(organizer_id, event_id)
    _change(event, "takes_answers", yes)
    return event


def _locked(organizer_id: int, event_id: int) -> Event:
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.status == EventStatus.CANCELLED:
        raise Refused("event_cancelled")
    if event.ends_at <= now():
        raise Refused("event_past")
    return event


def _change(event: Event, column: str, value: object) -> None:
    if getattr(event, column) == value:
        return
    values = {column: [getattr(event, column), value]}
    setattr(event, column, value)
    event.version += 1
    event.changed_at = now()
    record(EventEdited(event.id, (column,), moved=False, elsewhere=False, before={}, values=values))
