"""Deciding on requests to come, one or many."""

from collections.abc import Sequence

from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_text
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.rsvp.capacity import Placement, place
from community.rsvp.changes import PutOnWaitlist, RequestRefused, SeatGiven
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.opening import require_alive
from community.rsvp.queries import get_rsvp, line_of, somebody_waits
from community.rsvp.seating import free_now, settle, take_seats
from community.rsvp.transitions import Act

_DECIDED = {RsvpStatus.GOING, RsvpStatus.WAITLISTED}


@transactional
def approve_request(organizer_id: int, event_id: int, rsvp_id: int) -> Rsvp:
    """Let a party come: it gets its seats, or a place in line when it does not fit.

    Its place in line is the one it drew when it asked. Approving twice is once.
    """
    event, rsvp = locked_answer(organizer_id, event_id, rsvp_id)
    if rsvp.status in _DECIDED:
        return rsvp
    return _approve(event, rsvp)


@transactional
def approve_requests(
    organizer_id: int, event_id: int, rsvp_ids: Sequence[int], *, or_waitlist: bool = False
) -> list[Rsvp]:
    """Let many parties come, in the order in which they asked.

    When not all of them fit, nobody is approved, unless ``or_waitlist`` lets those who do not fit
    wait. Requests that were decided on meanwhile stay as they are.
    """
    require_editor(organizer_id, event_id)
    lock_event(event_id)
    answers = [locked_answer(organizer_id, event_id, one)[1] for one in dict.fromkeys(rsvp_ids)]
    asking = sorted((one for one in answers if one.status == RsvpStatus.REQUESTED), key=_ticket)
    event = lock_event(event_id)
    free, wanted = free_now(event), sum(one.party_size for one in asking)
    if free is not None and wanted > free and not or_waitlist:
        raise Refused("more_than_fit", free=free, wanted=wanted)
    return [_approve(event, one) for one in asking]


def _ticket(rsvp: Rsvp) -> int:
    return rsvp.ticket


def _approve(event: Event, rsvp: Rsvp) -> Rsvp:
    free = free_now(event)
    placed = place(
        free,
        rsvp.party_size,
        somebody_waits=somebody_waits(event.id),
        line=line_of(event),
    )
    if placed == Placement.SEATED and take_seats(event, rsvp.party_size):
        was = settle(rsvp, Act.SEAT, RsvpStatus.GOING, Reason.ORGANIZER, free=free)
        record(SeatGiven(rsvp.id, event.id, promoted=False, was=was))
    else:
        was = settle(rsvp, Act.SEAT, RsvpStatus.WAITLISTED, Reason.ORGANIZER, free=free)
        record(PutOnWaitlist(rsvp.id, event.id, was))
    return rsvp


@transactional
def refuse_request(organizer_id: int, event_id: int, rsvp_id: int, *, word: str = "") -> Rsvp:
    """Say no to a request, with a word to whoever asked. Refusing twice is once."""
    event, rsvp = locked_answer(organizer_id, event_id, rsvp_id)
    if rsvp.status == RsvpStatus.REFUSED:
        return rsvp
    return _refuse(event, rsvp, clean_text(word))


@transactional
def refuse_requests(
    organizer_id: int, event_id: int, rsvp_ids: Sequence[int], *, word: str = ""
) -> list[Rsvp]:
    """Say no to many, with the same word to each.

    Requests that were decided on meanwhile stay as they are.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    answers = [locked_answer(organizer_id, event_id, one)[1] for one in dict.fromkeys(rsvp_ids)]
    asking = [one for one in answers if one.status == RsvpStatus.REQUESTED]
    return [_refuse(event, one, clean_text(word)) for one in asking]


def _refuse(event: Event, rsvp: Rsvp, word: str) -> Rsvp:
    free = free_now(event)
    settle(rsvp, Act.REFUSE, RsvpStatus.REFUSED, Reason.ORGANIZER, free=free, word=word)
    record(RequestRefused(rsvp.id, event.id, word))
    return rsvp


def locked_answer(organizer_id: int, event_id: int, rsvp_id: int) -> tuple[Event, Rsvp]:
    """An event that the organizer may edit, locked, and an answer to it, fresh.

    Raises NotFound for somebody else's event and another event's answer; refuses what is over.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    rsvp = get_rsvp(rsvp_id)
    if rsvp.event_id != event.id:
        raise NotFound("rsvp")
    db.session.refresh(rsvp)  # it may have been decided while we waited for the lock
    require_alive(event)
    return event, rsvp
