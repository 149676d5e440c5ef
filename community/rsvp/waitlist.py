"""The line moves when an event changes: more seats, fewer kept back, another order."""

from community.events.changes import EventEdited
from community.events.queries import lock_event
from community.rsvp.models import Reason
from community.rsvp.seating import move_line

_SEATS = {"capacity", "kept_back", "smaller_may_pass", "line_policy"}


def seat_after_edit(change: EventEdited) -> None:
    """Give seats that an edit made free, in the transaction of the edit."""
    if _SEATS & set(change.fields):
        move_line(lock_event(change.event_id), Reason.MORE_SEATS)
