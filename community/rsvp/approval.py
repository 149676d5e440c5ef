"""Deciding on requests to come, one at a time."""

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_text
from community.events import visibility
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.events.visibility import Phase
from community.rsvp.capacity import Placement, place
from community.rsvp.changes import PutOnWaitlist, RequestRefused, SeatGiven
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp, somebody_waits
from community.rsvp.seating import free_now, settle, take_seats
from community.rsvp.transitions import Act

_DECIDED = {RsvpStatus.GOING, RsvpStatus.WAITLISTED}


@transactional
def approve_request(organizer_id: int, event_id: int, rsvp_id: int) -> Rsvp:
    """Let a party come: it gets its seats, or a place in line when it does not fit.

    Its place in line is the one it drew when it asked. Approving twice is once.
    """
    event, rsvp = _locked(organizer_id, event_id, rsvp_id)
    if rsvp.status in _DECIDED:
        return rsvp
    free = free_now(event)
    placed = place(
        free,
        rsvp.party_size,
        somebody_waits=somebody_waits(event.id),
        smaller_may_pass=event.smaller_may_pass,
    )
    if placed == Placement.SEATED and take_seats(event, rsvp.party_size):
        settle(rsvp, Act.SEAT, RsvpStatus.GOING, Reason.ORGANIZER, free=free)
        record(SeatGiven(rsvp.id, event.id, promoted=False))
    else:
        settle(rsvp, Act.SEAT, RsvpStatus.WAITLISTED, Reason.ORGANIZER, free=free)
        record(PutOnWaitlist(rsvp.id, event.id))
    return rsvp


@transactional
def refuse_request(organizer_id: int, event_id: int, rsvp_id: int, *, word: str = "") -> Rsvp:
    """Say no to a request, with a word to whoever asked. Refusing twice is once."""
    event, rsvp = _locked(organizer_id, event_id, rsvp_id)
    if rsvp.status == RsvpStatus.REFUSED:
        return rsvp
    said = clean_text(word)
    free = free_now(event)
    settle(rsvp, Act.REFUSE, RsvpStatus.REFUSED, Reason.ORGANIZER, free=free, word=said)
    record(RequestRefused(rsvp.id, event.id, said))
    return rsvp


def _locked(organizer_id: int, event_id: int, rsvp_id: int) -> tuple[Event, Rsvp]:
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    rsvp = get_rsvp(rsvp_id)
    if rsvp.event_id != event.id:
        raise NotFound("rsvp")
    db.session.refresh(rsvp)  # it may have been decided while we waited for the lock
    match visibility.phase(event, now()):
        case Phase.CANCELLED:
            raise Refused("event_cancelled")
        case Phase.PAST:
            raise Refused("event_past")
    return event, rsvp
