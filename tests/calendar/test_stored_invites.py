"""Invites of the outbox: numbered in order, and read alike by all from the stored bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import vobject
from flask import Flask
from icalendar import Calendar

from community.app import create_app
from community.calendar.facts import Invite
from community.calendar.invites import calendar_key, next_cancel, next_request, organizer_address
from community.core.db import db
from community.events.models import Event
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.respond import say_yes
from tests.calendar.examples import wall
from tests.calendar.linter import lint
from tests.factories.events import an_event
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def known(tmp_path: Path) -> Iterator[tuple[Attendee, Event]]:
    """An attendee and an event that are in no table: the numbers need none."""
    app = create_app(
        instance_path=tmp_path,
        base_url="https://events.test/club",
        rsvp_address="answers@mail.events.test",
        name="Boston Leaders",
    )
    attendee = Attendee(
        id=7,
        name="Ann Lee",
        address="ann@example.org",
        uid="u-1",
        reply_key="k3y",
        sequence=-1,
        partstat=Partstat.NEEDS_ACTION,
        rsvp=Rsvp(status=RsvpStatus.GOING),
    )
    event = Event(
        title="Dinner",
        summary="Among peers.",
        slug="dinner",
        starts_local=wall("2026-07-16 18:30"),
        ends_local=wall("2026-07-16 21:30"),
        fold=0,
        timezone="America/New_York",
    )
    with app.app_context(), time_machine.travel(NOON, tick=False):
        db.create_all()  # the community's name may be in one
        yield attendee, event


def ask(attendee: Attendee, event: Event, **facts: Any) -> Invite:
    return next_request(attendee, event, **{"partstat": Partstat.ACCEPTED, **facts})


def test_the_first_invite_is_number_nought_whether_it_is_news_or_not(
    known: tuple[Attendee, Event],
) -> None:
    attendee, event = known
    invite = ask(attendee, event, bump=False)
    assert (invite.sequence, invite.dtstamp, attendee.sequence) == (0, NOON, 0)


def test_news_raise_sequence_and_words_do_not_and_the_stamp_always_rises(
    known: tuple[Attendee, Event],
) -> None:
    attendee, event = known
    made = [ask(attendee, event, bump=bump) for bump in (True, True, False, False, True)]
    made.append(next_cancel(attendee, event, partstat=Partstat.DECLINED))
    assert [each.sequence for each in made] == [0, 1, 1, 1, 2, 3]
    assert [each.dtstamp - NOON for each in made] == [timedelta(seconds=n) for n in range(6)]
    assert (attendee.sequence, attendee.dtstamp) == (3, made[-1].dtstamp)


def test_a_clock_that_was_set_back_does_not_turn_the_order_around(
    known: tuple[Attendee, Event],
) -> None:
    attendee, event = known
    first = ask(attendee, event)
    with time_machine.travel(NOON - timedelta(hours=1)):
        assert ask(attendee, event).dtstamp == first.dtstamp + timedelta(seconds=1)
    with time_machine.travel(NOON + timedelta(hours=1, microseconds=5), tick=False):
        assert ask(attendee, event).dtstamp == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("partstat", "status"),
    [
        (Partstat.ACCEPTED, "CONFIRMED"),
        (Partstat.NEEDS_ACTION, "CONFIRMED"),
        (Partstat.TENTATIVE, "TENTATIVE"),
    ],
)
def test_only_who_waits_has_a_tentative_event(
    known: tuple[Attendee, Event], partstat: Partstat, status: str
) -> None:
    attendee, event = known
    invite = ask(attendee, event, partstat=partstat)
    assert (invite.method, invite.partstat, invite.status) == ("REQUEST", partstat.value, status)
    assert attendee.partstat == partstat


def test_a_cancellation_states_what_the_calendar_knows_the_event_by(
    known: tuple[Attendee, Event],
) -> None:
    attendee, event = known
    going = ask(attendee, event)
    off = next_cancel(attendee, event, partstat=attendee.partstat)
    assert (off.method, off.status, off.partstat) == ("CANCEL", "CANCELLED", "ACCEPTED")
    for name in ("uid", "organizer_address", "attendee_address", "when"):
        assert getattr(off, name) == getattr(going, name)


def test_answers_go_to_the_attendees_own_address_and_links_to_the_page(
    known: tuple[Attendee, Event],
) -> None:
    attendee, event = known
    invite = ask(attendee, event)
    assert organizer_address(attendee) == "answers+k3y@mail.events.test"
    assert invite.organizer_address == organizer_address(attendee)
    assert invite.organizer_name == "Boston Leaders"
    assert invite.url == "https://events.test/club/events/dinner"
    assert invite.description == f"Among peers.\n\nDetails: {invite.url}"
    assert calendar_key(attendee) == "attendee:7"


def test_a_guest_without_an_address_cannot_be_invited(known: tuple[Attendee, Event]) -> None:
    attendee, event = known
    attendee.address = None
    with pytest.raises(AssertionError):
        ask(attendee, event)


@pytest.mark.parametrize(
    ("zone", "starts", "ends"),
    [
        ("America/New_York", "2026-07-16 18:30", "2026-07-16 21:30"),
        ("America/New_York", "2026-10-31 20:00", "2026-11-01 03:00"),  # over the change
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 04:00"),  # an hour that comes twice
        ("Europe/London", "2027-03-28 00:30", "2027-03-28 03:00"),  # a night of one hour less
        ("Africa/Casablanca", "2026-07-16 18:30", "2026-07-16 21:30"),  # no compact rule
        ("Asia/Kolkata", "2026-07-16 18:30", "2026-07-17 01:00"),
    ],
)
def test_the_stored_mail_says_the_events_instants_to_three_readers(
    app: Flask, zone: str, starts: str, ends: str
) -> None:
    with time_machine.travel(NOON):
        event = an_event(timezone=zone, starts_at=wall(starts), ends_at=wall(ends))
        say_yes(a_member("Ann", "ann@example.org").id, event.id)
        post()
    mail = letter(outbox(to="ann@example.org")[0].body)
    assert mail.calendar is not None
    assert mail.attachment == mail.calendar
    assert lint(mail.calendar) == []
    (read,) = Calendar.from_ical(mail.calendar).walk("VEVENT")
    also = vobject.readOne(mail.calendar.decode()).vevent
    for one, other, truth in (
        (read["DTSTART"].dt, also.dtstart.value, event.starts_at),
        (read["DTEND"].dt, also.dtend.value, event.ends_at),
    ):
        assert one.astimezone(UTC) == other.astimezone(UTC) == truth
    assert read["UID"] == also.uid.value
    assert read["SEQUENCE"] == int(also.sequence.value) == 0
