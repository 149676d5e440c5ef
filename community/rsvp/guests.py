"""A guest who was given an address speaks for themselves: what they eat, that they cannot come."""

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.core.errors import NotFound
from community.core.text import clean_line
from community.core.tokens import link_is_right, link_token, linked_row
from community.events.models import Event
from community.events.queries import lock_event
from community.rsvp.answering import checked_as_guest
from community.rsvp.answers import Answers
from community.rsvp.changes import AnswerEdited, GuestDeclined
from community.rsvp.models import Attendee, Reason, Rsvp
from community.rsvp.opening import require_alive, require_editable
from community.rsvp.party import DroppedGuest
from community.rsvp.queries import get_rsvp
from community.rsvp.seating import free_now, give_back, move_line, settle
from community.rsvp.transitions import LEAVABLE, Act

LINK = "guest"


def guest_token(guest: Attendee, rsvp: Rsvp) -> str:
    """What the link in a guest's mails ends in; it dies with the links of the answer."""
    return link_token(LINK, guest.id, rsvp.link_generation)


def get_linked_guest(token: str) -> Attendee:
    """The guest that a mailed link is for. Raises NotFound for any other, and who is no guest."""
    found = linked_row(token)
    guest = db.session.get(Attendee, found) if found is not None else None
    if guest is None or guest.position == 0 or not guest.address:
        raise NotFound("guest")
    if not link_is_right(token, LINK, guest.id, guest.rsvp.link_generation):
        raise NotFound("guest")
    return guest


@transactional
def decline_as_guest(guest_id: int) -> Rsvp:
    """Leave a party, which shrinks by this guest; the seat moves on.

    Possible until the event ends. Raises NotFound for whoever is with no party any more.
    """
    event, rsvp, guest = _locked_guest(guest_id)
    require_alive(event)
    free = free_now(event)
    db.session.execute(_locked(guest))  # the worker may be noting that their invite has left
    dropped = DroppedGuest.of(guest)
    if rsvp.holds_seats:
        give_back(event, 1)
    rsvp.attendees.remove(guest)
    rsvp.party_size -= 1
    db.session.flush()
    settle(rsvp, Act.CHANGE, rsvp.status, Reason.SHRANK, free=free)
    record(GuestDeclined(rsvp.id, event.id, dropped))
    move_line(event, Reason.FREED_SEAT)
    return rsvp


@transactional
def answer_as_guest(guest_id: int, *, dietary: str, answers: Answers) -> Attendee:
    """Say what the kitchen should know, and answer what the hosts ask of guests.

    Possible as long as whoever brings them may change their answer. Raises NotFound for whoever is
    with no party any more.
    """
    event, rsvp, guest = _locked_guest(guest_id)
    require_editable(event)
    food, kept = clean_line(dietary), checked_as_guest(event.id, guest.answers, answers)
    if (food, kept) != (guest.dietary, guest.answers):
        guest.dietary, guest.answers = food, kept
        record(AnswerEdited(rsvp.id, event.id))
    return guest


def _locked_guest(guest_id: int) -> tuple[Event, Rsvp, Attendee]:
    """The guest with their party, fresh under the event's lock: it may have left meanwhile."""
    known = db.session.get(Attendee, guest_id)
    if known is None or known.position == 0:
        raise NotFound("guest")
    event = lock_event(known.rsvp.event_id)
    rsvp = get_rsvp(known.rsvp_id)
    db.session.refresh(rsvp, ["status", "party_size", "attendees"])
    guest = next((one for one in rsvp.guests if one.id == guest_id), None)
    if guest is None or rsvp.status not in LEAVABLE:
        raise NotFound("guest")
    db.session.refresh(guest, ["dietary", "answers"])
    return event, rsvp, guest


def _locked(guest: Attendee) -> sa.Select[Attendee]:
    return (
        sa.select(Attendee)
        .where(Attendee.id == guest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
