"""Who comes along: the person and their named guests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.bulk import insert_one
from community.core.db import db
from community.core.errors import Refused
from community.core.text import clean_line
from community.events.models import MOST_GUESTS, Event
from community.membership.models import Person
from community.rsvp.answers import Answers, merged
from community.rsvp.models import Attendee, Rsvp, RsvpStatus, Source

# An address that stands in an RSVP of these states has its seat, or its place.
HAS_A_PLACE = (RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED)

_SEATED_ELSEWHERE = (
    sa.select(Attendee.address)
    .join(Rsvp)
    .where(
        Rsvp.event_id == sa.bindparam("event_id"),
        Rsvp.id != sa.bindparam("mine"),
        Rsvp.status.in_(HAS_A_PLACE),
        Attendee.address.in_(sa.bindparam("addresses", expanding=True)),
    )
)


@dataclass(frozen=True)
class Guest:
    """A guest as typed. With an ``address`` they get mails and invites of their own."""

    name: str
    dietary: str = ""
    address: str = ""
    answers: Answers | None = None


@dataclass(frozen=True)
class Answer:
    """What goes with a yes; None leaves what is known as it is.

    With ``require_answers`` no required question may stay without an answer.
    """

    guests: Sequence[Guest] | None = None
    dietary: str | None = None
    note: str | None = None
    source: Source = Source.WEB
    answers: Answers | None = None
    require_answers: bool = False


@dataclass(frozen=True)
class DroppedGuest:
    """A guest who is no longer with a party, and the calendar entry that they had."""

    attendee_id: int
    name: str
    address: str | None
    uid: str
    reply_key: str
    sequence: int
    dtstamp: datetime | None
    was_invited: bool  # whether a REQUEST to them has left

    @classmethod
    def of(cls, guest: Attendee) -> "DroppedGuest":
        """The facts of an attendee who is about to go."""
        return cls(
            attendee_id=guest.id,
            name=guest.name,
            address=guest.address,
            uid=guest.uid,
            reply_key=guest.reply_key,
            sequence=guest.sequence,
            dtstamp=guest.dtstamp,
            was_invited=guest.invited_at is not None,
        )


@dataclass(frozen=True)
class PartyEdit:
    """What writing a party did: ids of guests who are new, and those who are no longer with it."""

    added: tuple[int, ...]
    dropped: tuple[Attendee, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether the same people come."""
        return not self.added and not self.dropped


def checked_guests(event: Event, person: Person, guests: Sequence[Guest]) -> list[Guest]:
    """The guests with clean names and addresses.

    Refuses more than the event allows or has seats, one without a name, and one whose address
    is the person's own, another guest's, or has a seat or a place here already. Somebody alone is
    never too many: while all seats are kept back, they wait.
    """
    check_party(event, guests)
    return with_own_addresses({address.address for address in person.addresses}, guests)


def with_own_addresses(own: Collection[str], guests: Sequence[Guest]) -> list[Guest]:
    """The guests, clean. Refuses an address that is none, the person's own, or another guest's."""
    clean: list[Guest] = []
    for number, guest in enumerate(guests, start=1):
        field = f"guest-{number}-email"
        address = ""
        if guest.address.strip():
            try:
                address = normal_address(guest.address)
            except Refused as refused:
                refused.values["field"] = field
                raise
        if address in own:
            raise Refused("guest_is_you", field=field)
        if address and address in {other.address for other in clean}:
            raise Refused("guest_twice", field=field)
        name, dietary = clean_line(guest.name), clean_line(guest.dietary)
        clean.append(Guest(name, dietary, address, guest.answers))
    return clean


def check_party(event: Event, guests: Sequence[Guest]) -> None:
    """Refuse a party for its size or a missing name alone; for who is not known yet."""
    if len(guests) > event.guests_allowed:
        raise Refused("too_many_guests", field="guests", most=event.guests_allowed)
    if guests and event.capacity is not None and 1 + len(guests) > event.capacity - event.kept_back:
        raise Refused("party_over_capacity", field="guests", seats=event.capacity - event.kept_back)
    for number, guest in enumerate(guests, start=1):
        if not clean_line(guest.name):
            raise Refused("guest_name_missing", field=f"guest-{number}-name", number=number)


def require_one_seat_each(
    event: Event, rsvp: Rsvp, person: Person, guests: Sequence[Guest]
) -> None:
    """An address holds one seat at an event: refuse a second one, for the person or a guest."""
    own = {address.address for address in person.addresses}
    wanted = {guest.address: n for n, guest in enumerate(guests, start=1) if guest.address}
    if not own and not wanted:
        return
    given = {"event_id": event.id, "mine": rsvp.id or 0, "addresses": [*own, *wanted]}
    for address in db.session.scalars(_SEATED_ELSEWHERE, given):
        if address in own:
            raise Refused("already_a_guest")
        raise Refused("guest_has_a_seat", field=f"guest-{wanted[address or '']}-email")


def write_party(
    rsvp: Rsvp, person: Person, answer: Answer, guests: Sequence[Guest] | None = None
) -> PartyEdit:
    """Make the attendees of an RSVP what was answered; whoever stays keeps their calendar entry.

    ``guests`` are checked ones; None leaves those who are known. The person is one of
    :func:`steady_person`: their address is written down here.
    """
    head = rsvp.attendees[0] if rsvp.attendees else None
    if head is None:
        # Whole before it is attached: a query in between would send it to the database.
        head = Attendee(position=0, name=person.name, dietary="")
        rsvp.attendees.append(head)
    head.name = person.name
    if head.address not in {one.address for one in person.addresses}:
        # Of two merged records both addresses stay, and the calendar is where it was invited.
        head.address = person.address or None  # of a walk-in who gave none
    if answer.dietary is not None:
        head.dietary = clean_line(answer.dietary)
    head.answers = merged(head.answers or {}, answer.answers)
    edit = PartyEdit((), ()) if guests is None else _write_guests(rsvp, guests)
    rsvp.party_size = len(rsvp.attendees)
    if rsvp.id is not None:  # a new one is sent with the state that it gets
        db.session.flush()
    return edit


def add_party(rsvp: Rsvp) -> None:
    """Save a new answer with its heads."""
    insert_one(rsvp)
    for head in rsvp.attendees:
        insert_one(head, rsvp_id=rsvp.id)
    db.session.add(rsvp)


def _write_guests(rsvp: Rsvp, guests: Sequence[Guest]) -> PartyEdit:
    kept = matched(rsvp.guests, guests)
    staying = {id(attendee) for attendee in kept if attendee is not None}
    gone = [guest for guest in rsvp.guests if id(guest) not in staying]
    if gone:  # fresh: the worker may be noting that their invite has left
        fresh = sa.select(Attendee).where(Attendee.id.in_([guest.id for guest in gone]))
        fresh = fresh.with_for_update().execution_options(populate_existing=True)
        db.session.execute(fresh)
    dropped = tuple(gone)
    for surplus in dropped:
        rsvp.attendees.remove(surplus)
    if dropped:
        db.session.flush()  # their positions are free now
    taken = {attendee.position for attendee in rsvp.attendees}
    free = (position for position in range(1, MOST_GUESTS + 1) if position not in taken)
    new: list[Attendee] = []
    for guest, known in zip(guests, kept, strict=True):
        attendee = known or Attendee(position=next(free), name=guest.name)
        if known is None:
            rsvp.attendees.append(attendee)
            new.append(attendee)
        somebody_else = not (_by_address(attendee, guest) or _by_name(attendee, guest))
        attendee.answers = merged({} if somebody_else else attendee.answers or {}, guest.answers)
        attendee.name, attendee.dietary = guest.name, guest.dietary
        attendee.address = guest.address or None
    rsvp.attendees.sort(key=lambda attendee: attendee.position)
    db.session.flush()
    return PartyEdit(tuple(attendee.id for attendee in new), dropped)


def matched(known: Sequence[Attendee], typed: Sequence[Guest]) -> list[Attendee | None]:
    """For each guest the attendee that they are: by address, by name, or by where they stand.

    A guest with an address is never taken for one with another: their calendars differ.
    """
    left = list(known)
    found: list[Attendee | None] = [None] * len(typed)
    for is_same in (_by_address, _by_name, _may_be):
        for number, guest in enumerate(typed):
            if found[number] is None:
                same = next((one for one in left if is_same(one, guest)), None)
                found[number] = same
                left = [one for one in left if one is not same]
    return found


def _by_address(attendee: Attendee, guest: Guest) -> bool:
    return bool(guest.address) and attendee.address == guest.address


def _by_name(attendee: Attendee, guest: Guest) -> bool:
    return attendee.name.casefold() == guest.name.casefold() and _may_be(attendee, guest)


def _may_be(attendee: Attendee, guest: Guest) -> bool:
    return attendee.address is None or attendee.address == guest.address
