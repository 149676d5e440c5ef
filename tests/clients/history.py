"""Random histories of one event: what people and hosts do, and every mail that leaves for it."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.drafts import edit_event
from community.events.models import Event, EventStatus
from community.events.publishing import cancel_event
from community.events.visibility import place_of, shown_to_answer
from community.mail import broadcasts
from community.mail.delivery import deliver_due
from community.mail.models import Broadcast
from community.mail.outbox import retry_mails
from community.mail.transport import TemporaryFailure
from community.membership.addresses import ask_for_new_address, confirm_address
from community.membership.models import PendingKind, Person
from community.privacy.merging import merge
from community.rsvp.approval import approve_requests
from community.rsvp.guests import decline_as_guest
from community.rsvp.hand import add_attendee, remove_attendee, seat_waiting
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.offers import lapse_due
from community.rsvp.party import Guest
from community.rsvp.reminding import remind
from community.rsvp.respond import say_no, say_yes
from tests.clients.reader import Entry
from tests.factories.events import a_draft, an_event, evening
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.proofs import mailed_token

PEOPLE = 4
_IN_CALENDARS = (
    RsvpStatus.GOING,
    RsvpStatus.OFFERED,
    RsvpStatus.WAITLISTED,
    RsvpStatus.INVITED,
)
# What a calendar may show as somebody's answer; a new time asks again whoever has a seat.
_PARTSTATS = {
    RsvpStatus.GOING: {Partstat.ACCEPTED, Partstat.NEEDS_ACTION},
    RsvpStatus.WAITLISTED: {Partstat.TENTATIVE},
    RsvpStatus.OFFERED: {Partstat.NEEDS_ACTION},
    RsvpStatus.INVITED: {Partstat.NEEDS_ACTION},
}
_ZONES = ("America/New_York", "Europe/London", "Africa/Casablanca", "Asia/Kolkata")


@dataclass
class Post:
    """A way out for mails that keeps what it was given, and now and then says that it was not."""

    chance: random.Random
    taken: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    is_moody: bool = True

    def send(
        self,
        envelope_from: str,  # noqa: ARG002 - the protocol's
        recipient: str,
        data: bytes,
        *,
        message_id: str,  # noqa: ARG002 - the same
    ) -> None:
        """Keep it, refuse it, or both."""
        mood = self.chance.random() if self.is_moody else 1.0
        if mood > 0.1:
            self.taken[recipient].append(data)
        if mood < 0.2:  # of half of them it has the mail: the answer was lost on the way
            raise TemporaryFailure("come back later")

    def close(self) -> None:
        """There is nothing to let go of."""


class History:
    """One event, a few people with guests, and hosts who change their minds; all by one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.post = Post(random.Random(seed + 1))
        self.said: list[str] = []  # what was done, to be read when something fails
        self.number = 0
        self.owner = an_organizer().id
        self.facts: dict[str, Any] = {
            "guests_allowed": 2,
            "capacity": self.chance.choice([None, 2, 3, 4]),
            "offer_hours": self.chance.choice([None, None, 24]),
            "address_private": self.chance.random() < 0.3,
            "timezone": self.chance.choice(_ZONES),
        }
        self.event = an_event(db.session.get_one(Person, self.owner), **self.facts).id
        self.people = [a_member(f"Member {n}").id for n in range(PEOPLE)]

    def run(self, steps: int) -> None:
        """So many random steps, then the mails that still wait."""
        does: list[tuple[Callable[[], None], int]] = [
            (self.come, 6),
            (self.leave, 3),
            (self.edit, 5),
            (self.invite, 2),
            (self.remind, 1),
            (self.add, 1),
            (self.remove, 1),
            (self.seat, 1),
            (self.guest_declines, 1),
            (self.change_address, 1),
            (self.approve, 1),
            (self.merge, 1),
            (self.offers_run_out, 1),
            (self.send_some, 6),
            (self.tell_some, 3),
        ]
        verbs, weights = zip(*does, strict=True)
        for verb in self.chance.choices(verbs, weights, k=steps):
            self.do(verb)
        if self.chance.random() < 0.15:
            self.do(self.cancel)
        self.finish()

    def do(self, verb: Callable[[], None]) -> None:
        """One step; that it was refused is fine."""
        self.said.append(verb.__name__)
        try:
            verb()
        except (Refused, NotFound) as refused:
            self.said.append(f"  refused: {refused}")

    def come(self) -> None:
        who = self.chance.randrange(PEOPLE)
        count = self.chance.choice([0, 0, 1, 2])
        # Half of them have an address and so a calendar of their own.
        guests = [
            Guest(f"Guest {n}", address=f"guest{who}{n}@example.org" if n else "")
            for n in range(count)
        ]
        say_yes(self.people[who], self.event, guests=guests)

    def leave(self) -> None:
        say_no(self.chance.choice(self.people), self.event)

    def edit(self) -> None:
        self.number += 1
        words: dict[str, Any] = {
            "title": f"Dinner; the {self.number}th, “improved”",
            "summary": f"Version {self.number}, with a \\ and, well; commas.",
            "venue": f"House {self.number}",
            "capacity": self.chance.choice([None, 2, 4, 6]),
        }
        if self.chance.random() < 0.5:
            name = self.chance.choice(list(words))
            self.facts[name] = words[name]
        else:
            hour = self.chance.randint(6, 18)
            self.facts["starts_at"] = evening(days=30 + self.number, hour=hour)
            self.facts["ends_at"] = evening(days=30 + self.number, hour=hour + 3)
            self.facts["timezone"] = self.chance.choice(_ZONES)
        edit_event(self.owner, self.event, a_draft(**self.facts))

    def invite(self) -> None:
        until = now() + timedelta(hours=2) if self.chance.random() < 0.5 else None
        address = str(self._person().address)
        invite_people(self.owner, self.event, [Invitee(address)], reserve_until=until)

    def remind(self) -> None:
        remind(self.owner, self.event, word="Please")

    def add(self) -> None:
        person = self._person()
        add_attendee(self.owner, self.event, name=person.name, email=str(person.address))

    def remove(self) -> None:
        if one := self._some_rsvp():
            remove_attendee(self.owner, self.event, one.id)

    def seat(self) -> None:
        if one := self._some_rsvp():
            seat_waiting(self.owner, self.event, one.id)

    def guest_declines(self) -> None:
        one = self._some_rsvp()
        with_address = [guest.id for guest in one.guests if guest.address] if one else []
        if with_address:
            decline_as_guest(self.chance.choice(with_address))

    def change_address(self) -> None:
        self.number += 1
        person, address = self._person().id, f"moved{self.number}@example.net"
        ask_for_new_address(person, address)
        confirm_address(mailed_token(PendingKind.ADDRESS, address))

    def approve(self) -> None:
        """Whoever asks to come; and from now on, or no longer, one has to ask."""
        ids = [one.id for one in self._rsvps() if one.status == RsvpStatus.REQUESTED]
        if ids:
            approve_requests(self.owner, self.event, ids[:2], or_waitlist=True)
        asks = self.facts.get("requires_approval", False)
        self.facts["requires_approval"] = not asks and self.chance.random() < 0.5
        edit_event(self.owner, self.event, a_draft(**self.facts))

    def merge(self) -> None:
        """Two records turn out to be one person; somebody new takes the other's place here."""
        stays, goes = self.chance.sample(range(PEOPLE), 2)
        merge(an_admin().id, self.people[stays], self.people[goes])
        self.people[goes] = a_member(f"Member {goes}").id

    def offers_run_out(self) -> None:
        lapse_due()

    def cancel(self) -> None:
        cancel_event(self.owner, self.event, "The oven broke.")

    def send_some(self) -> None:
        """A worker takes a few mails that are due, also some that failed before."""
        if self.chance.random() < 0.5:
            retry_mails()
        deliver_due(self.post, lease=f"lease-{self.number}", most=self.chance.randint(1, 8))

    def tell_some(self) -> None:
        """A worker goes on with any broadcast that waits."""
        waiting = sa.select(Broadcast.id).where(Broadcast.finished_at.is_(None))
        if ids := list(db.session.scalars(waiting)):
            broadcasts._expand_batch(self.chance.choice(ids))

    def finish(self) -> None:
        """The worker does all that there is to do, and the mail server is in a good mood."""
        self.post.is_moody = False
        broadcasts.expand_due()
        retry_mails()
        while deliver_due(self.post, lease="the-last"):
            pass

    def truth(self) -> dict[str, set[Entry]]:
        """By mailbox what its calendar shows, as the database has it; nothing for the others."""
        db.session.rollback()
        db.session.expire_all()
        event = db.session.get_one(Event, self.event)
        found: dict[str, set[Entry]] = {address: set() for address in self.post.taken}
        if event.status != EventStatus.PUBLISHED:
            return found
        for rsvp in self._rsvps():
            for one in rsvp.attendees if rsvp.status in _IN_CALENDARS else ():
                if one.address and (one.position == 0 or rsvp.status == RsvpStatus.GOING):
                    found.setdefault(one.address, set()).add(_entry(event, rsvp, one))
        return found

    def _rsvps(self) -> list[Rsvp]:
        query = sa.select(Rsvp).where(Rsvp.event_id == self.event).order_by(Rsvp.id)
        return list(db.session.scalars(query.options(selectinload(Rsvp.attendees))))

    def _some_rsvp(self) -> Rsvp | None:
        found = self._rsvps()
        return self.chance.choice(found) if found else None

    def _person(self) -> Person:
        return db.session.get_one(Person, self.chance.choice(self.people))


def _entry(event: Event, rsvp: Rsvp, one: Attendee) -> Entry:
    may = {Partstat.NEEDS_ACTION} if one.position else _PARTSTATS[rsvp.status]
    assert one.partstat in may, f"{rsvp.status} does not go with {one.partstat}"
    return Entry(
        uid=one.uid,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        summary=event.title,
        location=place_of(event, shown_to_answer(event, rsvp.status)).line,
        about=event.summary,
        partstat=one.partstat.value,
    )


def losses(
    mails: list[bytes], uid_of: Callable[[bytes], str], chance: random.Random
) -> list[bytes]:
    """The mails in random order, some twice, some lost: never the newest of an entry."""
    newest = {uid_of(mail): number for number, mail in enumerate(mails)}
    kept = [
        mail
        for number, mail in enumerate(mails)
        if number in newest.values() or chance.random() < 0.7
    ]
    some = kept + [mail for mail in kept if chance.random() < 0.4]
    return chance.sample(some, len(some))
