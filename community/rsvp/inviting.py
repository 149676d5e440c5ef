"""Inviting people to an event: one by one under its lock, whoever they are and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Refused
from community.core.text import clean_line, clean_text
from community.core.walltime import to_local
from community.events import visibility
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.events.visibility import Phase
from community.membership.handles import new_handle
from community.membership.models import Person, PersonAddress
from community.membership.queries import find_owner, steady_person
from community.rsvp.changes import PersonInvited
from community.rsvp.entries import forget_entries
from community.rsvp.invitation_models import GuestVerdict
from community.rsvp.models import Attendee, Reason, Rsvp, RsvpStatus, Source
from community.rsvp.opening import require_alive
from community.rsvp.party import Answer, write_party
from community.rsvp.queries import find_rsvp
from community.rsvp.seating import draw_ticket, free_now, settle, take_seats
from community.rsvp.transitions import LEAVABLE, Act, may_become


@dataclass(frozen=True)
class Invitee:
    """Whom to invite. Without a ``name`` a stranger is called as the address begins."""

    address: str
    name: str = ""


@transactional
def invite_people(
    organizer_id: int,
    event_id: int,
    people: Sequence[Invitee],
    *,
    message: str = "",
    reserve_until: datetime | None = None,
) -> list[GuestVerdict]:
    """Invite a few people, each with a mail; says of each, in order, what became of it.

    ``INVITED``, ``ANSWERED`` (nobody is invited twice, by whichever address), or ``NO_SEAT``: with
    ``reserve_until``, an aware instant, each gets a seat kept until then, as far as they suffice.
    Refuses an address that is none. For hundreds there are :mod:`community.rsvp.guest_lists`.
    """
    require_editor(organizer_id, event_id)
    wanted = [Invitee(normal_address(one.address), one.name) for one in people]
    event = lock_event(event_id)
    require_invitable(event, reserve_until)
    word = clean_text(message)
    return [invite(event, one, organizer_id, word, reserve_until) for one in wanted]


def require_invitable(event: Event, reserve_until: datetime | None) -> None:
    """Refuse what nobody could answer, and a time to keep seats that is over or after the start."""
    require_alive(event)
    match visibility.phase(event, now()):
        case Phase.DRAFT:
            raise Refused("event_is_draft")
        case Phase.CLOSED if reserve_until is None:
            # Who has a seat kept may take it all the same.
            raise Refused("event_closed")
    if reserve_until is None:
        return
    if reserve_until <= now():
        raise Refused("reserve_is_past", field="reserve_until")
    if reserve_until > event.starts_at:
        start = to_local(event.starts_at, event.timezone)
        raise Refused("reserve_after_start", field="reserve_until", time=start)


def invite(
    event: Event,
    invitee: Invitee,
    organizer_id: int | None,
    word: str,
    reserve_until: datetime | None,
) -> GuestVerdict:
    """Invite one person; the event is locked, the address a normal one.

    Of a stranger it makes a person who has joined nothing, and whose address waits for its proof:
    the button on the mailed page.
    """
    person = find_owner(invitee.address)
    rsvp = find_rsvp(event.id, person.id) if person else None
    if rsvp is not None and not may_become(rsvp.status, Act.INVITE):
        return GuestVerdict.ANSWERED
    known = [one.address for one in person.addresses] if person else [invitee.address]
    if comes_as_guest(event.id, known):
        return GuestVerdict.ANSWERED
    free = free_now(event)
    if reserve_until is not None and not take_seats(event, 1):
        return GuestVerdict.NO_SEAT
    person = steady_person((person or _stranger(invitee)).id)
    rsvp = rsvp or Rsvp(event_id=event.id, person_id=person.id)
    rsvp.ticket = draw_ticket(event)
    write_party(rsvp, person, Answer(), [])
    forget_entries(rsvp)
    rsvp.source, rsvp.invited_at, rsvp.reserved_until = Source.INVITATION, now(), reserve_until
    rsvp.answered_at = rsvp.reminded_at = None
    was = settle(rsvp, Act.INVITE, RsvpStatus.INVITED, Reason.INVITED, free=free)
    record(PersonInvited(rsvp.id, event.id, organizer_id, word, was))
    return GuestVerdict.INVITED


def comes_as_guest(event_id: int, addresses: Sequence[str]) -> bool:
    """Whether somebody brings one of these addresses along, or has it in line."""
    found = (
        sa.select(Attendee.id)
        .join(Rsvp)
        .where(
            Rsvp.event_id == event_id,
            Rsvp.status.in_(LEAVABLE),
            Attendee.position > 0,
            Attendee.address.in_(addresses),
        )
    )
    return db.session.scalar(found.limit(1)) is not None


def _stranger(invitee: Invitee) -> Person:
    name = clean_line(invitee.name)
    # The handle stays for good, and must not keep a piece of the address in a page's name.
    person = Person(name=name or invitee.address.partition("@")[0], handle=new_handle(name))
    person.addresses.append(PersonAddress(address=invitee.address))
    db.session.add(person)
    # Two lists with one new address: the unique address makes the second use-case start over.
    db.session.flush()
    return person
