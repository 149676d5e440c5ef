"""Somebody stands at the door and is not on the list."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.text import clean_line
from community.events.queries import lock_event
from community.membership.handles import new_handle
from community.membership.models import Person, PersonAddress
from community.membership.queries import find_owner, steady_person
from community.rsvp.changes import CheckedIn, WalkedIn
from community.rsvp.checkin import require_open_door
from community.rsvp.entries import forget_entries, keep_press
from community.rsvp.hand import put_on_list
from community.rsvp.models import Attendee, Reason, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.seating import move_line

_NOT_BY_THE_DOOR = frozenset({RsvpStatus.REMOVED, RsvpStatus.REFUSED})


@transactional
def walk_in(
    actor_id: int, event_id: int, *, name: str, email: str = "", guests: Sequence[Guest] = ()
) -> Rsvp:
    """Give somebody free seats, and let them and their guests in.

    Capacity is never passed, and seats that are kept back stay so. Refuses while the door is not
    open, whoever is on the list already, and whom the hosts took off it.
    """
    require_open_door(actor_id, event_id)
    event = lock_event(event_id)
    called = clean_line(name)
    if not called:
        raise Refused("walk_in_name_missing", field="name")
    person = _person(called, email)
    rsvp = find_rsvp(event.id, person.id) or Rsvp(event_id=event.id, person_id=person.id)
    if rsvp.id is not None and rsvp.status == RsvpStatus.GOING:
        raise Refused("walk_in_expected", field="email", name=person.name)
    if rsvp.id is not None and rsvp.status in _NOT_BY_THE_DOOR:
        raise Refused("taken_off", field="email", name=called)  # not who has the address
    put_on_list(event, rsvp, person, guests)
    forget_entries(rsvp)
    record(WalkedIn(rsvp.id, event.id))
    _enter(actor_id, rsvp)
    move_line(event, Reason.FREED_SEAT)
    return rsvp


def _person(name: str, email: str) -> Person:
    """Whose address it is, or somebody new. A word at the door proves nobody's address."""
    address = normal_address(email) if email.strip() else ""
    owner = find_owner(address) if address else None
    if owner is not None:
        return steady_person(owner.id)
    person = Person(name=name, handle=new_handle(name))
    if address:
        person.addresses.append(PersonAddress(address=address))
    db.session.add(person)
    # Two doors with one new address: the unique address makes the second use-case start over.
    db.session.flush()
    return steady_person(person.id) if address else person


def _enter(actor_id: int, rsvp: Rsvp) -> None:
    db.session.flush()
    moment = now()
    entering = sa.update(Attendee).where(Attendee.rsvp_id == rsvp.id)
    rows_changed(entering.values(checked_in_at=moment, checked_in_by=actor_id))
    for head in rsvp.attendees:
        keep_press(head.id, moment, actor_id, lets_in=True)
        record(CheckedIn(rsvp.id, rsvp.event_id, head.id))
