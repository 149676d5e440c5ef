"""Changing who comes along, after the answer was given."""

from dataclasses import dataclass, replace

from community.core.db import record
from community.core.errors import Refused
from community.core.text import clean_line, clean_text
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.answering import require_whole
from community.rsvp.answers import merged
from community.rsvp.capacity import Placement, place
from community.rsvp.changes import AnswerEdited, PartyChanged
from community.rsvp.models import Reason, Rsvp, Source
from community.rsvp.opening import require_alive, require_editable
from community.rsvp.party import (
    Answer,
    DroppedGuest,
    Guest,
    PartyEdit,
    checked_guests,
    matched,
    require_one_seat_each,
    write_party,
)
from community.rsvp.queries import line_of, somebody_waits
from community.rsvp.seating import free_now, give_back, move_line, settle, take_seats
from community.rsvp.transitions import Act


def change_party(event: Event, person: Person, rsvp: Rsvp, answer: Answer) -> Rsvp:
    """Make the party what is answered now; the event is locked. The same answer changes nothing.

    Leaving guests at home is possible until the event ends, all else until the time for it is
    over. Refuses a larger party when there are not enough seats for it: then it stays as it was.
    """
    wanted = _Wanted(rsvp, answer)
    if rsvp.source == Source.ORGANIZER and answer.dietary is not None:
        rsvp.source = answer.source  # by now they have spoken for themselves
    if wanted.is_nothing:
        return rsvp
    if wanted.only_fewer:
        require_alive(event)
        answer = replace(answer, require_answers=False)
    else:
        require_editable(event)
    was, free = rsvp.party_size, free_now(event)
    edit = fit_party(event, person, rsvp, answer)
    if answer.note is not None:
        rsvp.note = clean_text(answer.note)
    if rsvp.party_size != was:
        reason = Reason.GREW if rsvp.party_size > was else Reason.SHRANK
        settle(rsvp, Act.CHANGE, rsvp.status, reason, free=free)
    _tell(event, rsvp, was, edit)
    if rsvp.party_size < was:
        # A smaller party that waits may fit now; one that goes has freed seats.
        move_line(event, Reason.FREED_SEAT)
    return rsvp


def fit_party(event: Event, person: Person, rsvp: Rsvp, answer: Answer) -> PartyEdit:
    """Write the party down, and take or give back the seats by which its size differs.

    Whoever gives some back calls :func:`seating.move_line` before the use-case ends.
    """
    guests = None
    if answer.guests is not None:
        guests = checked_guests(event, person, answer.guests)
        require_one_seat_each(event, rsvp, person, guests)
        more = 1 + len(guests) - rsvp.party_size
        if rsvp.holds_seats and more > 0:
            _take_more(event, more)
        elif rsvp.holds_seats and more < 0:
            give_back(event, -more)
    require_whole(event.id, rsvp, answer, guests)
    return write_party(rsvp, person, answer, guests)


def _take_more(event: Event, more: int) -> None:
    free = free_now(event)
    placed = place(free, more, somebody_waits=somebody_waits(event.id), line=line_of(event))
    if placed == Placement.BEHIND:
        raise Refused("others_wait_first", field="guests")
    if placed == Placement.FULL or not take_seats(event, more):
        raise Refused("party_cannot_grow", field="guests", free=free or 0)


def _tell(event: Event, rsvp: Rsvp, was: int, edit: PartyEdit) -> None:
    if edit.is_nothing:
        record(AnswerEdited(rsvp.id, event.id))
        return
    dropped = tuple(DroppedGuest.of(guest) for guest in edit.dropped)
    record(PartyChanged(rsvp.id, event.id, was, edit.added, dropped, rsvp.party_size))


@dataclass(frozen=True)
class _Wanted:
    """An answer beside what is known."""

    rsvp: Rsvp
    answer: Answer

    @property
    def is_nothing(self) -> bool:
        """Whether the answer says nothing new."""
        return self._same_words and self._typed in (None, self._known)

    @property
    def only_fewer(self) -> bool:
        """Whether it only leaves guests at home."""
        typed = self._typed
        if not self._same_words or typed is None:
            return False
        left = list(self._known)
        for guest in typed:
            if guest not in left:
                return False
            left.remove(guest)
        return True

    @property
    def _same_words(self) -> bool:
        answer, rsvp = self.answer, self.rsvp
        same_note = answer.note is None or clean_text(answer.note) == rsvp.note
        known = rsvp.head.dietary
        same_diet = answer.dietary is None or clean_line(answer.dietary) == known
        return same_note and same_diet and self._same_answers

    @property
    def _same_answers(self) -> bool:
        guests = self.answer.guests or ()
        heads = [(self.rsvp.head, self.answer.answers)]
        found = matched(self.rsvp.guests, guests)
        heads += [(head, guest.answers) for head, guest in zip(found, guests, strict=True) if head]
        return all(merged(head.answers, given) == head.answers for head, given in heads)

    @property
    def _known(self) -> list[Guest]:
        return [Guest(one.name, one.dietary, one.address or "") for one in self.rsvp.guests]

    @property
    def _typed(self) -> list[Guest] | None:
        if self.answer.guests is None:
            return None
        return [
            Guest(clean_line(one.name), clean_line(one.dietary), one.address.strip().lower())
            for one in self.answer.guests
        ]
