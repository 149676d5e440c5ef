"""Scenes about messages of hosts and reminders of an event, for the mails that follow from them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import time_machine

from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper
from community.membership.models import Person
from community.organizing.announcement_models import Reminds
from community.organizing.announcements import (
    draft_announcement,
    send_announcement,
    send_test,
)
from community.organizing.event_reminders import add_reminder, send_due
from community.organizing.segments import Segment
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import post
from tests.factories.people import an_organizer

SUBJECT = "What to bring to {event}"
WORDS = """Dear {first_name},

**two things** before {when}:

- bring a coat, the way is short and cold
- the door is in the yard: {where}

You have {seats} seats, with {guests}. [Your page]({own_page}) knows more.

Yours,
Olga"""


def _dinner(**facts: Any) -> tuple[Person, Event]:
    host = an_organizer("Olga Host", "olga@example.org")
    starts, ends = (datetime(2026, 7, 16, hour, 30) for hour in (18, 21))  # noqa: DTZ001 - wall times
    return host, an_event(host, starts_at=starts, ends_at=ends, guests_allowed=2, **facts)


def _written(host: Person, event: Event, *statuses: str) -> int:
    whom = Segment(statuses=statuses)
    return draft_announcement(host.id, event.id, whom, subject=SUBJECT, body=WORDS).id


def being_written_to(ann: Person, _owner: Person) -> None:
    host, event = _dinner()
    say_yes(ann.id, event.id, guests=[Guest("Bo Li")])
    post()
    send_announcement(host.id, event.id, _written(host, event, "going"))


def being_written_to_after_all(ann: Person, _owner: Person) -> None:
    host, event = _dinner()
    say_yes(ann.id, event.id)
    cancel_event(host.id, event.id)
    post()
    send_announcement(host.id, event.id, _written(host, event, "going"))


def being_written_to_undecided(ann: Person, _owner: Person) -> None:
    host, event = _dinner(address_private=True)
    invite_people(host.id, event.id, [Invitee(ann.address)])
    post()
    send_announcement(host.id, event.id, _written(host, event, "invited"))


def trying_a_message(ann: Person, _owner: Person) -> None:
    host, event = _dinner()
    add_helper(host.id, event.id, ann.address, HostRole.COHOST)
    say_yes(an_organizer().id, event.id)
    post()
    send_test(ann.id, event.id, _written(host, event, "going"))


def being_reminded_of_a_dinner(ann: Person, _owner: Person) -> None:
    with time_machine.travel("2026-05-20 12:00Z"):
        host, event = _dinner()
        say_yes(ann.id, event.id, guests=[Guest("Bo Li")])
        post()
        since = event.starts_at - datetime(2026, 6, 1, 11, 30, tzinfo=UTC)
        add_reminder(host.id, event.id, Reminds.GOING, minutes=int(since.total_seconds() / 60))
    send_due()


SCENES: dict[str, Callable[[Person, Person], None]] = {
    "announcement": being_written_to,
    "announcement.off": being_written_to_after_all,
    "announcement_optional": being_written_to_undecided,
    "announcement_test": trying_a_message,
    "event_reminder": being_reminded_of_a_dinner,
}
