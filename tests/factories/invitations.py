"""Invitations to events for tests, sent as the page and the worker do."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.core.tokens import link_token
from community.events.models import Event, EventHost, HostRole
from community.mail.broadcasts import expand_due
from community.membership.queries import find_owner
from community.rsvp.guest_lists import hand_in, send_invitations
from community.rsvp.invitation_models import GuestList
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp
from community.rsvp.queries import LINK, find_rsvp

ANN = "ann@example.org"


def owner_of(event: Event) -> int:
    """The id of whoever owns an event."""
    owner = sa.select(EventHost.person_id).where(
        EventHost.event_id == event.id, EventHost.role == HostRole.OWNER
    )
    return db.session.scalars(owner).one()


def invited(event: Event, address: str = ANN, **given: Any) -> Rsvp:
    """Somebody who is invited and has not answered."""
    name = given.pop("name", "Ann Lee")
    invite_people(owner_of(event), event.id, [Invitee(address, name)], **given)
    return answer_of(event, address)


def sent(event: Event, people: str, **given: Any) -> GuestList:
    """A guest list that the worker is done with."""
    one = hand_in(owner_of(event), event.id, people, **given)
    send_invitations(owner_of(event), event.id, one.id)
    expand_due()
    return one


def answer_of(event: Event, address: str = ANN) -> Rsvp:
    """What the person of an address answered, as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    person = find_owner(address)
    found = find_rsvp(event.id, person.id if person else None)
    assert found is not None, address
    return found


def own_page(rsvp: Rsvp) -> str:
    """The address in their mail."""
    return f"/rsvp/{link_token(LINK, rsvp.id, rsvp.link_generation)}"


def in_days(days: float) -> datetime:
    """An instant so many days from now."""
    return now() + timedelta(days=days)
