"""Answering an event: the one way in, for the website, the command line and mailed replies."""

from collections.abc import Sequence

from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_text
from community.events import visibility
from community.events.models import Event
from community.events.queries import is_host, lock_event
from community.membership.models import Person
from community.membership.queries import get_person, steady_person
from community.membership.viewer import Viewer
from community.rsvp.answering import require_whole, with_checked_answers
from community.rsvp.answers import Answers
from community.rsvp.capacity import Placement, place
from community.rsvp.changes import ApprovalAsked, Declined, PutOnWaitlist, SeatGiven, SeatLeft
from community.rsvp.changing import change_party, fit_party
from community.rsvp.entries import forget_entries
from community.rsvp.meeting import Met, what_is_met
from community.rsvp.models import Reason, Rsvp, RsvpStatus, Source
from community.rsvp.opening import require_alive, require_open
from community.rsvp.party import (
    Answer,
    Guest,
    checked_guests,
    require_one_seat_each,
    write_party,
)
from community.rsvp.queries import find_rsvp, line_of
from community.rsvp.seating import (
    draw_ticket,
    free_now,
    give_back,
    move_line,
    settle,
    take_seats,
)
from community.rsvp.transitions import LEAVABLE, SETTLED, Act, may_become


@transactional
def say_yes(
    person_id: int,
    event_id: int,
    *,
    guests: Sequence[Guest] | None = None,
    dietary: str | None = None,
    note: str | None = None,
    answers: Answers | None = None,
    require_answers: bool = False,
    source: Source = Source.WEB,
) -> Rsvp:
    """Take a seat, a place in line, or ask for approval; whichever the event has for this party.

    Saying yes again changes who comes along and what the hosts know, as far as that is given:
    None leaves it as it is. Refuses what is not open, hidden from the person, or a party that
    could never fit. ``answers`` are to the event's questions; only with ``require_answers`` must
    none of the required ones stay open: a calendar that accepts cannot answer them.
    """
    event = lock_event(event_id)
    person = steady_person(person_id)
    met = what_is_met(event.id, person)
    rsvp = met.rsvp
    require_visible(event, person, rsvp)
    said = Answer(guests, dietary, note, source, answers, require_answers)
    answer = with_checked_answers(event.id, said)
    if rsvp is not None and rsvp.status in SETTLED:
        return change_party(event, person, rsvp, answer)
    if rsvp is not None and not may_become(rsvp.status, Act.SAY_YES):
        raise Refused("not_from_here", was=rsvp.status.value, act=Act.SAY_YES.value)
    if rsvp is not None and rsvp.holds_seats:
        return _accept(event, person, rsvp, answer)
    require_open(event)
    return _enter(event, person, met, answer)


@transactional
def say_no(person_id: int, event_id: int, *, word: str = "", source: Source = Source.WEB) -> Rsvp:
    """Decline, or leave when the person has a seat or a place. Saying no again changes nothing.

    Leaving is possible until the event ends, whatever its answer-by time says: an empty chair
    that nobody knew of helps nobody.
    """
    person = get_person(person_id)
    event = lock_event(event_id)
    rsvp = find_rsvp(event.id, person.id)
    require_visible(event, person, rsvp)
    if rsvp is not None and rsvp.status in LEAVABLE:
        return leave(event, rsvp, word=word, source=source)
    if rsvp is not None and not may_become(rsvp.status, Act.SAY_NO):
        return rsvp
    if rsvp is not None and rsvp.status == RsvpStatus.INVITED:
        require_alive(event)  # the list may be closed: that they do not come is news all the same
    else:
        require_open(event)
    return _decline(event, person, rsvp, word, source)


def leave(
    event: Event, rsvp: Rsvp, *, word: str = "", source: Source, reason: Reason = Reason.OWN_WISH
) -> Rsvp:
    """Give up a seat or a place; the event is locked. Refuses when the event is over or off."""
    require_alive(event)
    was, free = rsvp.status, free_now(event)
    if rsvp.holds_seats:
        give_back(event, rsvp.party_size)
    rsvp.source, rsvp.answered_at, rsvp.reserved_until = source, now(), None
    settle(rsvp, Act.LEAVE, RsvpStatus.WITHDRAWN, reason, free=free, word=clean_text(word))
    record(SeatLeft(rsvp.id, event.id, was.value, by_calendar=source == Source.CALENDAR))
    # Also after a waiting party left: it may have been the one that nobody was allowed to pass.
    move_line(event, Reason.FREED_SEAT)
    return rsvp


def require_visible(event: Event, person: Person, rsvp: Rsvp | None) -> None:
    """Raise NotFound when the event is hidden from the person.

    Whose seat or invitation was taken back knows of it by our mails: the table of states says no.
    """
    viewer, answer = Viewer.of(person), rsvp.status if rsvp is not None else None
    if answer == RsvpStatus.REMOVED or visibility.may_see(
        event, viewer, is_host=False, answer=answer
    ):
        return
    is_theirs = is_host(event.id, person.id)
    if not visibility.may_see(event, viewer, is_host=is_theirs, answer=answer):
        raise NotFound("event")


def _enter(event: Event, person: Person, met: Met, answer: Answer) -> Rsvp:
    rsvp = met.rsvp or Rsvp(event_id=event.id, person_id=person.id)
    # Who comes back without saying anything brings nobody along.
    guests = checked_guests(event, person, answer.guests or ())
    if met.is_guest or any(guest.address for guest in guests):
        require_one_seat_each(event, rsvp, person, guests)
    if met.something_is_required:
        require_whole(event.id, rsvp, answer, guests)
    rsvp.ticket = draw_ticket(event)
    write_party(rsvp, person, answer, guests)
    forget_entries(rsvp)  # who left and comes back has not passed the door again
    note(rsvp, answer)
    free = free_now(event)
    became, reason = _placement(event, rsvp, free, met)
    if became == RsvpStatus.GOING and not take_seats(event, rsvp.party_size):
        became, reason = RsvpStatus.WAITLISTED, Reason.FULL
    was = settle(rsvp, Act.SAY_YES, became, reason, free=free)
    by_calendar = answer.source == Source.CALENDAR
    match became:
        case RsvpStatus.GOING:
            record(SeatGiven(rsvp.id, event.id, promoted=False, by_calendar=by_calendar, was=was))
        case RsvpStatus.WAITLISTED:
            record(PutOnWaitlist(rsvp.id, event.id, was))
        case _:
            record(ApprovalAsked(rsvp.id, event.id, by_calendar, was))
    return rsvp


def _accept(event: Event, person: Person, rsvp: Rsvp, answer: Answer) -> Rsvp:
    """Take the seats that are held for the party. It may come smaller, or larger if that fits.

    Whoever accepts after the time, and before the worker saw that it is over, is in time: the
    seats are still held for them.
    """
    require_alive(event)
    promoted, free = rsvp.status == RsvpStatus.OFFERED, free_now(event)
    held = rsvp.party_size
    fit_party(event, person, rsvp, answer)
    note(rsvp, answer)
    rsvp.reserved_until = None
    was = settle(rsvp, Act.SAY_YES, RsvpStatus.GOING, Reason.OWN_WISH, free=free)
    by_calendar = answer.source == Source.CALENDAR
    record(SeatGiven(rsvp.id, event.id, promoted, by_calendar, was))
    if rsvp.party_size < held:
        move_line(event, Reason.FREED_SEAT)
    return rsvp


def _decline(event: Event, person: Person, rsvp: Rsvp | None, word: str, source: Source) -> Rsvp:
    if rsvp is None:
        rsvp = Rsvp(event_id=event.id, person_id=person.id, ticket=draw_ticket(event))
        write_party(rsvp, steady_person(person.id), Answer())
    free, held = free_now(event), rsvp.holds_seats
    if held:
        give_back(event, rsvp.party_size)
    note(rsvp, Answer(note=word, source=source))
    rsvp.reserved_until = None
    was = settle(rsvp, Act.SAY_NO, RsvpStatus.DECLINED, Reason.OWN_WISH, free=free)
    record(Declined(rsvp.id, event.id, source == Source.CALENDAR, was))
    if held:
        move_line(event, Reason.FREED_SEAT)
    return rsvp


def _placement(event: Event, rsvp: Rsvp, free: int | None, met: Met) -> tuple[RsvpStatus, Reason]:
    if event.requires_approval and rsvp.invited_at is None:
        return RsvpStatus.REQUESTED, Reason.NEEDS_APPROVAL
    return {
        Placement.SEATED: (RsvpStatus.GOING, Reason.SEAT_FREE),
        Placement.FULL: (RsvpStatus.WAITLISTED, Reason.FULL),
        Placement.BEHIND: (RsvpStatus.WAITLISTED, Reason.IN_LINE),
    }[place(free, rsvp.party_size, somebody_waits=met.somebody_waits, line=line_of(event))]


def note(rsvp: Rsvp, answer: Answer) -> None:
    """Keep the word to the hosts, when the answer came, and which way."""
    if answer.note is not None:
        rsvp.note = clean_text(answer.note)
    rsvp.source = answer.source
    rsvp.answered_at = now()
