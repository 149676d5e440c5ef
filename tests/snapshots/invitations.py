"""Scenes about invitations to an event, for the mails that follow from them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.hand import remove_attendee
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Rsvp
from community.rsvp.reminding import remind
from community.rsvp.respond import say_no
from tests.factories.events import an_event
from tests.factories.mails import post
from tests.factories.people import an_organizer

WORD = "We sat next to each other in Boston.\n\nCome and bring your questions."


def _invited(ann: Person, **given: Any) -> tuple[Person, Event]:
    host = an_organizer("Olga Host")
    starts, ends = (datetime(2026, 7, 16, hour, 30) for hour in (18, 21))  # noqa: DTZ001 - wall times
    event = an_event(host, starts_at=starts, ends_at=ends, capacity=5)
    invite_people(host.id, event.id, [Invitee(ann.address)], **given)
    return host, event


def being_invited(ann: Person, _owner: Person) -> None:
    _invited(ann, message=WORD)


def being_invited_with_a_seat(ann: Person, _owner: Person) -> None:
    _invited(ann, reserve_until=datetime(2026, 6, 20, 22, tzinfo=UTC))


def being_reminded(ann: Person, _owner: Person) -> None:
    host, event = _invited(ann, reserve_until=datetime(2026, 6, 20, 22, tzinfo=UTC))
    post()
    remind(host.id, event.id, word="The cook must know.")


def saying_no_to_an_invitation(ann: Person, _owner: Person) -> None:
    _, event = _invited(ann)
    post()
    say_no(ann.id, event.id)


def having_the_invitation_taken_back(ann: Person, _owner: Person) -> None:
    host, event = _invited(ann)
    post()
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    remove_attendee(host.id, event.id, rsvp.id)


SCENES: dict[str, Callable[[Person, Person], None]] = {
    "event_invitation": being_invited,
    "event_invitation.reserved": being_invited_with_a_seat,
    "invitation_reminder": being_reminded,
    "left.invited": saying_no_to_an_invitation,
    "removed.invited": having_the_invitation_taken_back,
}
