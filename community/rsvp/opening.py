"""When an event takes answers, changes of answers, and people leaving."""

from community.core.clock import now
from community.core.errors import Refused
from community.core.walltime import to_local
from community.events import visibility
from community.events.models import Event
from community.events.visibility import Phase


def require_open(event: Event) -> None:
    """Refuse an answer before the list opens, after it closed, or when there is no event."""
    require_alive(event)
    match visibility.phase(event, now()):
        case Phase.DRAFT:
            raise Refused("event_is_draft")
        case Phase.SOON:
            assert event.opens_at is not None
            opens = to_local(event.opens_at, event.timezone)
            raise Refused("event_not_open_yet", time=opens)
        case Phase.CLOSED:
            raise Refused("event_closed")


def require_alive(event: Event) -> None:
    """Refuse when the event is over or cancelled.

    All that leaving, and taking what is held, needs: an empty chair that nobody knew of helps
    nobody, whatever the answer-by time says.
    """
    match visibility.phase(event, now()):
        case Phase.CANCELLED:
            raise Refused("event_cancelled")
        case Phase.PAST:
            raise Refused("event_past")


def require_editable(event: Event) -> None:
    """Refuse a change of guests, food or note when the time for it is over."""
    require_alive(event)
    if event.edit_until is None:
        require_open(event)
    elif now() >= event.edit_until:
        raise Refused("edit_closed")
