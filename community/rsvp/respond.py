"""Answering an event: the one way in, for the website, the command line and mailed replies."""

from collections.abc import Sequence

from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_text
from community.events import visibility
from community.events.models import Event
from community.events.queries import is_host, lock_event
from community.events.visibility import Phase
from community.membership.models import Person
from community.membership.queries import get_person
from community.membership.viewer import Viewer
from community.rsvp.capacity import Placement, place
from community.rsvp.changes import ApprovalAsked, Declined, PutOnWaitlist, SeatGiven, SeatLeft
from community.rsvp.models import Reason, Rsvp, RsvpStatus, Source
from community.rsvp.party import Answer, Guest, check_party, write_party
from community.rsvp.queries import find_rsvp, somebody_waits
from community.rsvp.seating import (
    draw_ticket,
    free_now,
    give_back,
    move_line,
    settle,
    take_seats,
)
from community.rsvp.transitions import LEAVABLE, SEATED, SETTLED, Act, may_become


@transactional
def say_yes(
    person_id: int,
    event_id: int,
    *,
    guests: Sequence[Guest] = (),
    dietary: str = "",
    note: str = "",
    source: Source = Source.WEB,
) -> Rsvp:
    """Take a seat, a place in line, or ask for approval; whichever the event has for this party.

    Saying yes again changes nothing. Refuses what is not open, hidden from the person, or a party
    that could never fit.
    """
    person = get_person(person_id)
    event = lock_event(event_id)
    rsvp = find_rsvp(event.id, person.id)
    _require_visible(event, person, rsvp)
    if rsvp is not None and rsvp.status in SETTLED:
        return rsvp
    _require_open(event)
    if rsvp is not None and not may_become(rsvp.status, Act.SAY_YES):
        raise Refused("not_from_here", was=rsvp.status.value, act=Act.SAY_YES.value)
    answer = Answer(guests, dietary, note, source)
    if rsvp is not None and rsvp.status == RsvpStatus.OFFERED:
        return _accept(event, rsvp, answer)
    check_party(event, guests)
    return _enter(event, person, rsvp or Rsvp(event_id=event.id, person_id=person.id), answer)


@transactional
def say_no(person_id: int, event_id: int, *, word: str = "", source: Source = Source.WEB) -> Rsvp:
    """Decline, or leave when the person has a seat or a place. Saying no again changes nothing.

    Leaving is possible until the event ends, whatever its answer-by time says: an empty chair
    that nobody knew of helps nobody.
    """
    person = get_person(person_id)
    event = lock_event(event_id)
    rsvp = find_rsvp(event.id, person.id)
    _require_visible(event, person, rsvp)
    if rsvp is not None and rsvp.status in LEAVABLE:
        return _leave(event, rsvp, word, source)
    if rsvp is not None and not may_become(rsvp.status, Act.SAY_NO):
        return rsvp
    _require_open(event)
    if rsvp is None:
        rsvp = Rsvp(event_id=event.id, person_id=person.id, ticket=draw_ticket(event))
        write_party(rsvp, person, Answer())
    _note(rsvp, word, source)
    settle(rsvp, Act.SAY_NO, RsvpStatus.DECLINED, Reason.OWN_WISH, free=free_now(event))
    record(Declined(rsvp.id, event.id))
    return rsvp


def _enter(event: Event, person: Person, rsvp: Rsvp, answer: Answer) -> Rsvp:
    rsvp.ticket = draw_ticket(event)
    write_party(rsvp, person, answer)
    _note(rsvp, answer.note, answer.source)
    free = free_now(event)
    became, reason = _placement(event, rsvp, free)
    if became == RsvpStatus.GOING and not take_seats(event, rsvp.party_size):
        became, reason = RsvpStatus.WAITLISTED, Reason.FULL
    settle(rsvp, Act.SAY_YES, became, reason, free=free)
    match became:
        case RsvpStatus.GOING:
            record(SeatGiven(rsvp.id, event.id, promoted=False))
        case RsvpStatus.WAITLISTED:
            record(PutOnWaitlist(rsvp.id, event.id))
        case _:
            record(ApprovalAsked(rsvp.id, event.id))
    return rsvp


def _accept(event: Event, rsvp: Rsvp, answer: Answer) -> Rsvp:
    """Keep the seats that are held for the party: it stays as large as it was when it waited."""
    _note(rsvp, answer.note, answer.source)
    rsvp.reserved_until = None
    settle(rsvp, Act.SAY_YES, RsvpStatus.GOING, Reason.OWN_WISH, free=free_now(event))
    record(SeatGiven(rsvp.id, event.id, promoted=True))
    return rsvp


def _placement(event: Event, rsvp: Rsvp, free: int | None) -> tuple[RsvpStatus, Reason]:
    invited = rsvp.id is not None and rsvp.status == RsvpStatus.INVITED
    if event.requires_approval and not invited:
        return RsvpStatus.REQUESTED, Reason.NEEDS_APPROVAL
    placed = place(
        free,
        rsvp.party_size,
        somebody_waits=somebody_waits(event.id),
        smaller_may_pass=event.smaller_may_pass,
    )
    return {
        Placement.SEATED: (RsvpStatus.GOING, Reason.SEAT_FREE),
        Placement.FULL: (RsvpStatus.WAITLISTED, Reason.FULL),
        Placement.BEHIND: (RsvpStatus.WAITLISTED, Reason.IN_LINE),
    }[placed]


def _leave(event: Event, rsvp: Rsvp, word: str, source: Source) -> Rsvp:
    match visibility.phase(event, now()):
        case Phase.PAST:
            raise Refused("event_past")
        case Phase.CANCELLED:
            raise Refused("event_cancelled")
    was = rsvp.status
    free = free_now(event)
    if was in SEATED:
        give_back(event, rsvp.party_size)
    rsvp.source, rsvp.answered_at = source, now()
    settle(rsvp, Act.LEAVE, RsvpStatus.WITHDRAWN, Reason.OWN_WISH, free=free, word=clean_text(word))
    record(SeatLeft(rsvp.id, event.id, was.value))
    # Also after a waiting party left: it may have been the one that nobody was allowed to pass.
    move_line(event, Reason.FREED_SEAT)
    return rsvp


def _note(rsvp: Rsvp, note: str, source: Source) -> None:
    rsvp.note = clean_text(note)
    rsvp.source = source
    rsvp.answered_at = now()


def _require_visible(event: Event, person: Person, rsvp: Rsvp | None) -> None:
    seen = visibility.may_see(
        event,
        Viewer.of(person),
        is_host=is_host(event.id, person.id),
        has_rsvp=rsvp is not None,
    )
    if not seen:
        raise NotFound("event")


def _require_open(event: Event) -> None:
    match visibility.phase(event, now()):
        case Phase.DRAFT:
            raise Refused("event_is_draft")
        case Phase.CANCELLED:
            raise Refused("event_cancelled")
        case Phase.PAST:
            raise Refused("event_past")
        case Phase.CLOSED:
            raise Refused("event_closed")
