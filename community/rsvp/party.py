"""Who comes along: the person and their named guests."""

from collections.abc import Sequence
from dataclasses import dataclass

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.core.text import clean_line
from community.events.models import Event
from community.membership.models import Person
from community.membership.queries import steady_address
from community.rsvp.models import Attendee, Rsvp, Source


@dataclass(frozen=True)
class Guest:
    """A guest as typed."""

    name: str
    dietary: str = ""


@dataclass(frozen=True)
class Answer:
    """What goes with a yes: who comes along, and what the hosts should know."""

    guests: Sequence[Guest] = ()
    dietary: str = ""
    note: str = ""
    source: Source = Source.WEB


def check_party(event: Event, guests: Sequence[Guest]) -> None:
    """Refuse more guests than the event allows, than it has seats, or one without a name.

    Somebody alone is never too many: while all seats are kept back, they wait.
    """
    if len(guests) > event.guests_allowed:
        raise Refused("too_many_guests", field="guests", most=event.guests_allowed)
    if guests and event.capacity is not None and 1 + len(guests) > event.capacity - event.kept_back:
        raise Refused("party_over_capacity", field="guests", seats=event.capacity - event.kept_back)
    for number, guest in enumerate(guests, start=1):
        if not clean_line(guest.name):
            raise Refused("guest_name_missing", field=f"guest-{number}-name", number=number)


def write_party(rsvp: Rsvp, person: Person, answer: Answer) -> None:
    """Make the attendees of an RSVP what was answered, keeping each one's calendar entry.

    Raises NotFound for a person who was erased while their answer was under way: it must not bring
    back what is gone.
    """
    mailbox = steady_address(person.id)
    if not mailbox:
        raise NotFound("person")
    heads: list[tuple[str, str | None, str]] = [(person.name, mailbox, clean_line(answer.dietary))]
    heads += [(clean_line(guest.name), None, clean_line(guest.dietary)) for guest in answer.guests]
    known = {attendee.position: attendee for attendee in rsvp.attendees}
    for position, (name, address, needs) in enumerate(heads):
        attendee = known.pop(position, None)
        if attendee is None:
            attendee = Attendee(position=position)
            rsvp.attendees.append(attendee)
        attendee.name, attendee.address, attendee.dietary = name, address, needs
        # Who left and comes back, perhaps with others, has not passed the door again.
        attendee.checked_in_at = attendee.checked_in_by = None
    for surplus in known.values():
        rsvp.attendees.remove(surplus)
    rsvp.party_size = len(heads)
    db.session.flush()
