"""An event to which all sorts of things happened, each at its time, and what was so after each."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.hand import add_attendee, remove_attendee, seat_waiting
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.offers import lapse_due
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import some_guests

BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Moment:
    """Heads that were going and waiting after what happened at ``at``."""

    at: datetime
    going: int
    waiting: int


@dataclass(frozen=True)
class Lived:
    event_id: int
    owner: Person
    history: list[Moment]


def live_through(
    seed: int, *, steps: int = 60, days: int = 20, owner: Person | None = None
) -> Lived:
    """The same seed is the same history. The event is a day after the last of it."""
    chance = random.Random(seed)
    owner = owner or an_organizer()
    with time_machine.travel(BEGAN, tick=False) as clock:
        event = an_event(
            owner,
            capacity=chance.choice([4, 9]),
            guests_allowed=3,
            offer_hours=chance.choice([None, 12]),
            starts_at=datetime(2026, 5, 5, 18) + timedelta(days=days),  # noqa: DTZ001 - wall time
            ends_at=datetime(2026, 5, 5, 21) + timedelta(days=days),  # noqa: DTZ001 - a wall time
            title=f"Dinner {seed}",
        )
        people = [a_member() for _ in range(9)]
        history = []
        for at in sorted(chance.randrange(days * 86400) for _ in range(steps)):
            clock.move_to(BEGAN + timedelta(seconds=at))
            lapse_due()
            try:
                _something(chance, owner.id, event.id, chance.choice(people))
            except Refused:
                db.session.rollback()
            history.append(_so_now(event.id))
    return Lived(event.id, owner, history)


def _something(chance: random.Random, owner_id: int, event_id: int, person: Person) -> None:
    rsvp = find_rsvp(event_id, person.id)
    match chance.randrange(12):
        case 0:
            address = person.addresses[0].address
            until = now() + timedelta(hours=chance.randrange(5, 40))
            reserve = chance.choice([None, until])
            invite_people(owner_id, event_id, [Invitee(address)], reserve_until=reserve)
        case 1 if rsvp is not None:
            remove_attendee(owner_id, event_id, rsvp.id)
        case 2 if rsvp is not None:
            seat_waiting(owner_id, event_id, rsvp.id, use_kept_back=True)
        case 3:
            add_attendee(owner_id, event_id, name=person.name, email=person.addresses[0].address)
        case 4 | 5 | 6:
            say_no(person.id, event_id)
        case _:
            say_yes(person.id, event_id, guests=some_guests(chance.randrange(3)))


def _so_now(event_id: int) -> Moment:
    query = sa.select(Rsvp.status, Rsvp.party_size).where(Rsvp.event_id == event_id)
    heads = {RsvpStatus.GOING: 0, RsvpStatus.WAITLISTED: 0}
    for status, size in db.session.execute(query):
        heads[status] = heads.get(status, 0) + size
    return Moment(now(), heads[RsvpStatus.GOING], heads[RsvpStatus.WAITLISTED])


def event_of(lived: Lived) -> Event:
    return db.session.get_one(Event, lived.event_id)
