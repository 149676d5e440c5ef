"""Taking a removal back: seat again whoever had a seat and fits, invite the others again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.events.models import Event
from community.events.queries import lock_event
from community.organizing.bulk_parties import Party
from community.organizing.list_changes import AttendeesRemoved
from community.organizing.models import AuditEntry
from community.rsvp import hand
from community.rsvp.invitation_models import GuestVerdict
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import get_rsvp
from community.rsvp.seating import free_now

UNDOABLE = timedelta(hours=24)


def last_removed(event: Event) -> list[int]:
    """The RSVPs that were removed together last, by whomever, if that was within a day."""
    entry = db.session.scalar(
        sa.select(AuditEntry)
        .where(
            AuditEntry.event_id == event.id,
            AuditEntry.action == AttendeesRemoved.__name__,
            AuditEntry.at > now() - UNDOABLE,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    ids = (entry.details.get("rsvp_ids") or []) if entry else []
    known = sa.select(Rsvp.id).where(Rsvp.event_id == event.id, Rsvp.id.in_(ids))
    return list(db.session.scalars(known.order_by(Rsvp.id)))


def gets_seats(party: Party) -> bool:
    """Whether they had their seats; whoever had none, or only an offer, is invited again."""
    return party.was == RsvpStatus.GOING


def restore(
    organizer_id: int, event: Event, parties: Sequence[Party], word: str
) -> tuple[list[Party], list[Party]]:
    """Those for whom it was done, and those who were left, each with why. Inside a use-case."""
    did, left = [], []
    for one in parties:
        if why := _again(organizer_id, event, one, word):
            left.append(replace(one, why=why))
        else:
            did.append(one)
    return did, left


def _again(organizer_id: int, event: Event, party: Party, word: str) -> str:
    """Why it was not possible; nothing when it was."""
    event = lock_event(event.id)
    free = free_now(event)
    if gets_seats(party) and free is not None and party.seats > free:
        return "no_room"
    try:
        # With room for the seats, whatever these refuse they refuse before they write anything.
        if gets_seats(party):
            _seat(organizer_id, event, party, word)
        else:
            _invite(organizer_id, event, party, word)
    except Refused as refused:
        return "event_closed" if refused.code == "event_closed" else "refused"
    return ""


def _invite(organizer_id: int, event: Event, party: Party, word: str) -> None:
    person = Invitee(party.address, party.name)
    if invite_people(organizer_id, event.id, [person], message=word) != [GuestVerdict.INVITED]:
        raise Refused("already_a_guest")  # of somebody else's party by now


def _seat(organizer_id: int, event: Event, party: Party, word: str) -> None:
    guests = [
        Guest(one.name, one.dietary, one.address or "") for one in get_rsvp(party.rsvp_id).guests
    ]
    hand.add_attendee(
        organizer_id, event.id, name=party.name, email=party.address, guests=guests, word=word
    )
