"""Two records of one person become one: seats first, then every row that names the person."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.addresses import normal_address
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.queries import get_event, lock_event
from community.membership.models import Membership, Person, PersonAddress, Role
from community.membership.queries import find_owner, get_person
from community.membership.standing import require_admin
from community.privacy.changes import RecordsMerged
from community.privacy.folding import held_of, is_to_come, unite
from community.privacy.merge_rules import standing_of_one, which_stays
from community.privacy.moving import move_rows
from community.privacy.one_profile import FILLED, NOBODY, empty, fill_in
from community.rsvp.models import Attendee, Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.second_seats import drop_guests, events_as_guest, has_own_seat

SHOWN = 200  # events of a preview


@dataclass(frozen=True)
class Conflict:
    """An event that both records answered. ``frees`` tells how many seats are given on."""

    event: Event
    kept: RsvpStatus
    folded: RsvpStatus
    frees: int


@dataclass(frozen=True)
class Preview:
    """What merging would do. ``stays`` and ``goes`` are the records."""

    stays: Person
    goes: Person
    membership: Membership
    proven: list[str] = field(default_factory=list)  # addresses that move
    unproven: list[str] = field(default_factory=list)  # addresses that are forgotten
    topics: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)  # of the profile, filled in
    moving: int = 0  # answers that move
    conflicts: list[Conflict] = field(default_factory=list)
    guest_at: list[Event] = field(default_factory=list)  # where a guest's seat is given on


def preview(admin_id: int, stays_id: int, goes_id: int) -> Preview:
    """What :func:`merge` would do with these two now. Refuses what it refuses; changes nothing."""
    stays, goes = get_person(stays_id), get_person(goes_id)
    _check(admin_id, stays, goes)
    own, other = _answers(stays.id), _answers(goes.id)
    both = sorted(own.keys() & other.keys())
    known = {topic.id for topic in stays.topics}
    return Preview(
        stays,
        goes,
        membership=standing_of_one(stays.membership, goes.membership),
        proven=[one.address for one in goes.addresses if one.verified_at],
        unproven=[one.address for one in goes.addresses if not one.verified_at],
        topics=[topic.name for topic in goes.topics if topic.id not in known],
        fields=[name for name in FILLED if getattr(goes, name) and not getattr(stays, name)],
        moving=len(other.keys() - own.keys()),
        conflicts=[_conflict(own[event_id], other[event_id]) for event_id in both[:SHOWN]],
        guest_at=_guest_at(stays, goes)[:SHOWN],
    )


def _guest_at(stays: Person, goes: Person) -> list[Event]:
    """The events to come at which the one person has a seat, and is somebody's guest besides."""
    proven = [one for one in goes.addresses if one.verified_at]
    addresses = {one.address for one in (*stays.addresses, *proven)}
    return [
        get_event(event_id)
        for event_id in events_as_guest(addresses)
        if has_own_seat(event_id, stays.id) or has_own_seat(event_id, goes.id)
    ]


def find_other(admin_id: int, email: str) -> Person:
    """The record of an address, for an admin who looks for the other half of somebody."""
    require_admin(admin_id)
    found = find_owner(normal_address(email))
    if found is None:
        raise Refused("nobody_there", field="email")
    return found


@transactional
def merge(admin_id: int, stays_id: int, goes_id: int) -> Person:
    """Make one record of two; ``goes`` becomes an empty one that leads to ``stays``.

    Twice is once. Refuses a record with itself, an erased one, and to let go of an admin.
    """
    require_admin(admin_id)
    if get_person(goes_id).merged_into_id == stays_id:
        return get_person(stays_id)
    events = _lock_events(stays_id, goes_id)
    stays, goes = _lock_people(stays_id, goes_id)
    _check(admin_id, stays, goes)
    answers = sum(unite(event, stays, goes) for event in events)
    addresses = sum(1 for one in goes.addresses if one.verified_at)
    fill_in(stays, goes)
    db.session.flush()
    move_rows(stays.id, goes.id)
    empty(goes, into=stays)
    for person in (stays, goes):
        db.session.expire(person, ["addresses", "topics"])
    own = {one.address for one in stays.addresses}
    for event in events:
        if is_to_come(event) and has_own_seat(event.id, stays.id):
            drop_guests(event, own, Reason.MERGED, tell_guests=True)
    record(RecordsMerged(stays.id, goes.id, addresses, answers))
    return stays


def forget_folded(change: RecordsMerged) -> None:
    """Leave nobody's name or words on the answers that gave way, once their mails are queued.

    The rows stay, because a CANCEL that waits asks whether that calendar knows the event.
    """
    left = sa.select(Rsvp.id).where(Rsvp.person_id == change.merged_id)
    heads = sa.update(Attendee).where(Attendee.rsvp_id.in_(left))
    rows_changed(heads.values(name=NOBODY, address=None, dietary="", answers={}))
    rows_changed(sa.update(Decision).where(Decision.rsvp_id.in_(left)).values(word=""))
    rows_changed(sa.update(Rsvp).where(Rsvp.person_id == change.merged_id).values(note=""))


def _check(admin_id: int, stays: Person, goes: Person) -> None:
    require_admin(admin_id)
    if stays.id == goes.id:
        raise Refused("merge_same", field="email")
    if stays.erased_at is not None or goes.erased_at is not None:
        raise NotFound("person")
    if goes.role == Role.ADMIN:
        raise Refused("merge_admin", name=goes.name)


def _answers(person_id: int) -> dict[int, Rsvp]:
    query = sa.select(Rsvp).where(Rsvp.person_id == person_id).options(selectinload(Rsvp.event))
    return {rsvp.event_id: rsvp for rsvp in db.session.scalars(query)}


def _conflict(own: Rsvp, other: Rsvp) -> Conflict:
    kept = own if which_stays(held_of(own), held_of(other)).rsvp_id == own.id else other
    folded = other if kept is own else own
    frees = folded.party_size if is_to_come(own.event) and folded.holds_seats else 0
    return Conflict(own.event, kept.status, folded.status, frees)


def _lock_events(stays_id: int, goes_id: int) -> list[Event]:
    """Every event that the record that goes answered, or at which either is somebody's guest.

    First the addresses: whoever answers holds them, and is found here, or comes after and finds
    that nobody has them any more. Events in order of their ids.
    """
    both = sa.select(PersonAddress).where(PersonAddress.person_id.in_([stays_id, goes_id]))
    held = both.order_by(PersonAddress.id).with_for_update()
    addresses = {one.address for one in db.session.scalars(held)}
    answered = sa.select(Rsvp.event_id).where(Rsvp.person_id == goes_id)
    ids = {*db.session.scalars(answered), *events_as_guest(addresses)}
    return [lock_event(event_id) for event_id in sorted(ids)]


def _lock_people(stays_id: int, goes_id: int) -> tuple[Person, Person]:
    found = sa.select(Person).where(Person.id.in_([stays_id, goes_id])).order_by(Person.id)
    lock = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    by_id = {person.id: person for person in db.session.scalars(lock)}
    if not {stays_id, goes_id} <= by_id.keys():
        raise NotFound("person")
    return by_id[stays_id], by_id[goes_id]
