"""What an organizer does by hand: add, seat, remove, and move within the line."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Refused
from community.core.text import clean_line, clean_text
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor
from community.membership.joining import person_at
from community.membership.models import Person
from community.membership.queries import steady_person
from community.rsvp.approval import locked_answer
from community.rsvp.changes import PlaceChanged, SeatAdded, SeatGiven, SeatRemoved
from community.rsvp.models import Reason, Rsvp, RsvpStatus, Source
from community.rsvp.opening import require_alive
from community.rsvp.party import (
    Answer,
    Guest,
    checked_guests,
    require_one_seat_each,
    write_party,
)
from community.rsvp.queries import find_rsvp
from community.rsvp.seating import (
    draw_ticket,
    free_now,
    give_back,
    move_line,
    settle,
    take_kept_seats,
    take_seats,
)
from community.rsvp.transitions import REMOVABLE, Act, may_become


@transactional
def add_attendee(
    organizer_id: int,
    event_id: int,
    *,
    name: str,
    email: str,
    guests: Sequence[Guest] = (),
    word: str = "",
    use_kept_back: bool = False,
) -> Rsvp:
    """Seat somebody without asking them; they are told, and can leave. Twice is once.

    It works before the list opens and after it closed. Refuses when the seats do not suffice:
    those kept back count only with ``use_kept_back``, and capacity is never passed.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    _require_published(event)
    if not clean_line(name):
        raise Refused("name_missing", field="name")
    person = steady_person(person_at(normal_address(email), name=clean_line(name)).id)
    rsvp = find_rsvp(event.id, person.id) or Rsvp(event_id=event.id, person_id=person.id)
    if rsvp.id is not None and rsvp.status == RsvpStatus.GOING:
        return rsvp
    was = put_on_list(event, rsvp, person, guests, word=word, use_kept_back=use_kept_back)
    record(SeatAdded(rsvp.id, event.id, clean_text(word), was))
    move_line(event, Reason.FREED_SEAT)
    return rsvp


def put_on_list(
    event: Event,
    rsvp: Rsvp,
    person: Person,
    guests: Sequence[Guest],
    *,
    word: str = "",
    use_kept_back: bool = False,
) -> str:
    """Seat a party that is not going yet; whoever calls it, under the event's lock, moves the line.

    Says what it was before. Refuses when the seats do not suffice.
    """
    if rsvp.id is not None and rsvp.holds_seats:
        give_back(event, rsvp.party_size)
    coming = checked_guests(event, person, guests)
    require_one_seat_each(event, rsvp, person, coming)
    if rsvp.id is None or rsvp.status not in REMOVABLE:
        rsvp.ticket = draw_ticket(event)
    write_party(rsvp, person, Answer(), coming)
    rsvp.source, rsvp.answered_at, rsvp.reserved_until = Source.ORGANIZER, now(), None
    return _seat_by_hand(event, rsvp, Act.ADD, word, use_kept_back=use_kept_back)


@transactional
def seat_waiting(
    organizer_id: int, event_id: int, rsvp_id: int, *, word: str = "", use_kept_back: bool = False
) -> Rsvp:
    """Give a party of the waitlist its seats, whatever its place in line. Twice is once.

    Refuses when the seats do not suffice; see :func:`add_attendee`.
    """
    event, rsvp = locked_answer(organizer_id, event_id, rsvp_id)
    if rsvp.status == RsvpStatus.GOING:
        return rsvp
    if rsvp.status != RsvpStatus.WAITLISTED:
        raise Refused("not_waiting")
    was = _seat_by_hand(event, rsvp, Act.SEAT, word, use_kept_back=use_kept_back)
    record(SeatGiven(rsvp.id, event.id, promoted=True, was=was))
    move_line(event, Reason.FREED_SEAT)  # it may have been the one whom nobody may pass
    return rsvp


@transactional
def remove_attendee(organizer_id: int, event_id: int, rsvp_id: int, *, word: str = "") -> Rsvp:
    """Take back a seat, a place, a request or an invitation, with a word to the person.

    They cannot answer again by themselves; an organizer may invite or add them. Twice is once.
    """
    event, rsvp = locked_answer(organizer_id, event_id, rsvp_id)
    if rsvp.status == RsvpStatus.REMOVED:
        return rsvp
    if not may_become(rsvp.status, Act.REMOVE):
        raise Refused("nothing_to_remove")
    was, free, said = rsvp.status, free_now(event), clean_text(word)
    if rsvp.holds_seats:
        give_back(event, rsvp.party_size)
    rsvp.reserved_until = rsvp.invited_at = None
    settle(rsvp, Act.REMOVE, RsvpStatus.REMOVED, Reason.ORGANIZER, free=free, word=said)
    record(SeatRemoved(rsvp.id, event.id, was.value, said))
    move_line(event, Reason.FREED_SEAT)
    return rsvp


@transactional
def move_in_line(organizer_id: int, event_id: int, rsvp_id: int, *, place: int, word: str) -> Rsvp:
    """Give a waiting party another place (1 is the first); the others keep their order.

    The reason is kept and shown to the party. Refuses none, and a place beyond the line's end.
    """
    event, rsvp = locked_answer(organizer_id, event_id, rsvp_id)
    said = clean_text(word)
    if rsvp.status != RsvpStatus.WAITLISTED:
        raise Refused("not_waiting")
    if not said:
        raise Refused("move_without_reason", field="word")
    line = _line(event)
    if not 1 <= place <= len(line):
        raise Refused("no_such_place", field="place", last=len(line))
    tickets = sorted(one.ticket for one in line)
    was = line.index(rsvp) + 1
    if was == place:
        return rsvp
    line.remove(rsvp)
    line.insert(place - 1, rsvp)
    # The same tickets, dealt anew: whoever comes later still draws a higher one.
    for one, ticket in zip(line, tickets, strict=True):
        one.ticket = ticket
    settle(rsvp, Act.MOVE, RsvpStatus.WAITLISTED, Reason.MOVED, free=free_now(event), word=said)
    record(PlaceChanged(rsvp.id, event.id, place, said, was))
    move_line(event, Reason.FREED_SEAT)
    return rsvp


def _line(event: Event) -> list[Rsvp]:
    waiting = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.WAITLISTED)
    fresh = waiting.order_by(Rsvp.ticket).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def _seat_by_hand(event: Event, rsvp: Rsvp, act: Act, word: str, *, use_kept_back: bool) -> str:
    """Says which state it was in."""
    free = free_now(event)
    reason = Reason.ORGANIZER
    if not take_seats(event, rsvp.party_size):
        if not use_kept_back or not take_kept_seats(event, rsvp.party_size):
            left = None if event.capacity is None else event.capacity - event.seats_taken
            kept = max(0, (left or 0) - (free or 0))
            raise Refused("no_seats_left", free=free or 0, kept_back=kept)
        reason = Reason.KEPT_BACK
    return settle(rsvp, act, RsvpStatus.GOING, reason, free=free, word=clean_text(word))


def _require_published(event: Event) -> None:
    if event.status == EventStatus.DRAFT:
        raise Refused("event_is_draft")
    require_alive(event)
