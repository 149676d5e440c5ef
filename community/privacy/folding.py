"""Two answers to one event become one: the better stays, the seats of the other are given on."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record
from community.events.models import Event, EventStatus
from community.membership.handles import new_handle
from community.membership.models import Person
from community.privacy.changes import AnswerFolded
from community.privacy.merge_rules import Held, which_stays
from community.privacy.one_profile import NOBODY
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.seating import free_now, give_back, move_line, settle
from community.rsvp.transitions import LEAVABLE, Act, may_become


def held_of(rsvp: Rsvp) -> Held:
    """An answer as far as :func:`which_stays` looks at it."""
    return Held(rsvp.id, rsvp.status, rsvp.party_size, rsvp.ticket, rsvp.holds_seats)


def is_to_come(event: Event) -> bool:
    """Whether seats at the event still matter to anybody."""
    return event.status == EventStatus.PUBLISHED and event.ends_at > now()


def unite(event: Event, stays: Person, goes: Person) -> bool:
    """Make one answer of those that the two have to this event, which is locked.

    Says whether the record that goes had one at all.
    """
    query = sa.select(Rsvp).where(
        Rsvp.event_id == event.id, Rsvp.person_id.in_([stays.id, goes.id])
    )
    fresh = query.execution_options(populate_existing=True)
    by_person = {rsvp.person_id: rsvp for rsvp in db.session.scalars(fresh)}
    own, other = by_person.get(stays.id), by_person.get(goes.id)
    if other is None:
        return False
    if own is None:
        other.person_id = stays.id
        db.session.flush()
        return True
    kept = own if which_stays(held_of(own), held_of(other)).rsvp_id == own.id else other
    folded = other if kept is own else own
    if kept is other:
        _swap(own, other)
    if kept.head.checked_in_at is None:
        kept.head.checked_in_at = folded.head.checked_in_at
        kept.head.checked_in_by = folded.head.checked_in_by
    if folded.status == RsvpStatus.INVITED and kept.status in LEAVABLE:
        kept.invited_at = kept.invited_at or folded.invited_at  # so it needs no approval
    if is_to_come(event):
        _fold(event, folded, kept)
    return True


def _fold(event: Event, folded: Rsvp, kept: Rsvp) -> None:
    """Free the seats of the answer that gives way, and give them on, in this transaction."""
    act = _way_out(folded)
    if act is None:
        return
    was, free = folded.status, free_now(event)
    if folded.holds_seats:
        give_back(event, folded.party_size)
    folded.reserved_until = folded.invited_at = None
    (became,) = may_become(was, act)
    settle(folded, act, became, Reason.MERGED, free=free)
    record(AnswerFolded(folded.id, event.id, was.value, kept.id))
    move_line(event, Reason.FREED_SEAT)


def _way_out(folded: Rsvp) -> Act | None:
    """By what it ends: also an invitation does, nobody is left who could answer it."""
    if folded.status in LEAVABLE:
        return Act.LEAVE
    return Act.SAY_NO if folded.status == RsvpStatus.INVITED else None


def _swap(own: Rsvp, other: Rsvp) -> None:
    """Change the owners of two answers to one event, which no two statements can do alone.

    Both databases look at each row when it changes, and a person has one answer to an event.
    """
    stays_id, goes_id = own.person_id, other.person_id
    between = Person(name=NOBODY, handle=new_handle(""))
    db.session.add(between)
    db.session.flush()
    for rsvp, owner_id in ((own, between.id), (other, stays_id), (own, goes_id)):
        rsvp.person_id = owner_id
        db.session.flush()
    db.session.expire(own, ["person"])
    db.session.expire(other, ["person"])
    db.session.delete(between)
    db.session.flush()
