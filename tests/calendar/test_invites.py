"""An invite says the same to two independent readers, and in the words that clients look for."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import vobject
from icalendar import Calendar, Event

from community.calendar.facts import Invite, When
from community.calendar.ics import invite
from tests.calendar.examples import a_cancellation, an_invite, when
from tests.calendar.linter import lint

SPANS = {
    "Boston in summer": when("2026-07-16 18:00", "2026-07-16 21:00"),
    "Boston in winter": when("2026-12-16 18:00", "2026-12-16 21:00"),
    "over the night": when("2026-07-16 22:00", "2026-07-17 02:00"),
    "over a change of clocks": when("2026-10-24 22:00", "2026-10-25 08:00", "Europe/London"),
    "Sydney in its summer": when("2027-01-05 18:00", "2027-01-05 21:00", "Australia/Sydney"),
    "half an hour off": when("2026-07-16 18:00", "2026-07-16 21:00", "Asia/Kolkata"),
    "the far side of the date line": when("2026-07-16 09:00", "2026-07-16 10:00", "Pacific/Apia"),
    "a zone without a compact rule": when("2026-07-16 18:00", "2026-07-16 21:00", "Africa/Cairo"),
    "UTC": when("2026-07-16 18:00", "2026-07-16 21:00", "UTC"),
    "the second of two hours": when("2026-10-25 01:30", "2026-10-25 03:00", "Europe/London", 1),
    "an end in the second hour": when("2026-10-25 01:45", "2026-10-25 01:15", "Europe/London"),
    "a start that is skipped": when("2026-03-29 01:30", "2026-03-29 04:00", "Europe/London"),
    "before the rules were checked": when("2019-07-16 18:00", "2019-07-16 21:00"),
    "after the rules were checked": when("2041-07-16 18:00", "2041-07-16 21:00"),
}
MESSAGES = {
    "asked": an_invite(),
    "going": an_invite(partstat="ACCEPTED", sequence=7),
    "waitlisted": an_invite(partstat="TENTATIVE", status="TENTATIVE"),
    "nothing but the needed": an_invite(description="", location="", url="", attendee_name=""),
    "cancelled": a_cancellation(),
    "cancelled after a yes": a_cancellation(partstat="ACCEPTED"),
}


def in_utc(value: date) -> datetime:
    assert isinstance(value, datetime)
    return value.astimezone(UTC)


def expected(facts: Invite) -> dict[str, Any]:
    return {
        "method": facts.method,
        "uid": facts.uid,
        "sequence": facts.sequence,
        "dtstamp": facts.dtstamp,
        "start": facts.when.starts_at,
        "end": facts.when.ends_at,
        "summary": facts.summary,
        "description": facts.description,
        "location": facts.location,
        "url": facts.url,
        "status": facts.status,
        "organizer": (f"mailto:{facts.organizer_address}", facts.organizer_name),
        "attendee": (
            f"mailto:{facts.attendee_address}",
            facts.attendee_name or facts.attendee_address,
        ),
        "partstat": facts.partstat,
    }


def as_icalendar_reads(data: bytes) -> dict[str, Any]:
    calendar = Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    assert [*calendar.errors, *event.errors] == []
    organizer, attendee = event["ORGANIZER"], event["ATTENDEE"]
    return {
        "method": calendar["METHOD"],
        "uid": event["UID"],
        "sequence": event["SEQUENCE"],
        "dtstamp": event["DTSTAMP"].dt,
        "start": in_utc(event.start),
        "end": in_utc(event.end),
        "summary": event["SUMMARY"],
        "description": event.get("DESCRIPTION", ""),
        "location": event.get("LOCATION", ""),
        "url": event.get("URL", ""),
        "status": event["STATUS"],
        "organizer": (str(organizer), organizer.params["CN"]),
        "attendee": (str(attendee), attendee.params["CN"]),
        "partstat": attendee.params["PARTSTAT"],
    }


def as_vobject_reads(data: bytes) -> dict[str, Any]:
    calendar = vobject.readOne(data.decode())
    calendar.validate(raiseException=True)
    (event,) = calendar.vevent_list

    def value(name: str) -> Any:
        return event.getChildValue(name, "")

    return {
        "method": calendar.method.value,
        "uid": value("uid"),
        "sequence": int(value("sequence")),
        "dtstamp": value("dtstamp"),
        "start": in_utc(value("dtstart")),
        "end": in_utc(value("dtend")),
        "summary": value("summary"),
        "description": value("description"),
        "location": value("location"),
        "url": value("url"),
        "status": value("status"),
        "organizer": (event.organizer.value, event.organizer.params["CN"][0]),
        "attendee": (event.attendee.value, event.attendee.params["CN"][0]),
        "partstat": event.attendee.params["PARTSTAT"][0],
    }


@pytest.mark.parametrize("message", MESSAGES)
def test_two_readers_find_every_fact_of_a_message(message: str) -> None:
    facts = MESSAGES[message]
    data = invite(facts)
    assert as_icalendar_reads(data) == expected(facts)
    assert as_vobject_reads(data) == expected(facts)
    assert lint(data) == []


@pytest.mark.parametrize("span", SPANS)
def test_two_readers_find_the_very_instants(span: str) -> None:
    facts = an_invite(when=SPANS[span])
    data = invite(facts)
    assert as_icalendar_reads(data) == expected(facts)
    assert as_vobject_reads(data) == expected(facts)
    assert lint(data) == []


@pytest.mark.parametrize(
    ("span", "in_own_zone"),
    [
        ("Boston in summer", True),
        ("over a change of clocks", True),
        ("after the rules were checked", True),
        ("a zone without a compact rule", False),
        ("UTC", False),
        ("the second of two hours", False),
        ("an end in the second hour", False),
        ("a start that is skipped", False),
        ("before the rules were checked", False),
    ],
)
def test_wall_time_is_written_only_where_every_reader_resolves_it_alike(
    span: str, *, in_own_zone: bool
) -> None:
    data = invite(an_invite(when=SPANS[span]))
    assert (b"BEGIN:VTIMEZONE" in data) is in_own_zone
    assert (b"\r\nDTSTART;TZID=" in data) is in_own_zone
    assert (b"\r\nDTEND;TZID=" in data) is in_own_zone


def unfolded(facts: Invite) -> list[str]:
    return invite(facts).replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_request_is_worded_as_gmail_and_outlook_want_it() -> None:
    assert unfolded(an_invite(when=SPANS["UTC"], partstat="ACCEPTED", description="", url="")) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//community//events//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "SUMMARY:Boston Leadership Dinner\\, with wine\\; cheese",
        "DTSTART:20260716T180000Z",
        "DTEND:20260716T210000Z",
        "DTSTAMP:20260601T093000Z",
        "UID:5fd0c7e2@events.example.org",
        "SEQUENCE:2",
        'ATTENDEE;CN="Zoë Ångström";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;'
        "RSVP=TRUE;X-NUM-GUESTS=0:mailto:zoe@example.com",
        "LAST-MODIFIED:20260601T093000Z",
        "LOCATION:Glass House\\, 450 Kendall Street\\; Cambridge",
        'ORGANIZER;CN="Boston Leaders":mailto:rsvp+k3y@events.example.org',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY",
        "X-MICROSOFT-DISALLOW-COUNTER:TRUE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_an_unanswered_request_does_not_block_the_attendees_day() -> None:
    assert "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE" in unfolded(an_invite())


def test_a_cancellation_frees_the_time_and_asks_for_no_answer() -> None:
    lines = unfolded(a_cancellation())
    attendees = [line for line in lines if line.startswith("ATTENDEE;")]
    wanted = {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3", "TRANSP:TRANSPARENT"}
    assert wanted <= set(lines)
    assert len(attendees) == 1
    assert "RSVP=FALSE" in attendees[0]


def test_the_same_facts_always_give_the_same_bytes() -> None:
    facts = an_invite()
    assert invite(Invite.from_json(facts.to_json())) == invite(facts)


def test_fractions_of_a_second_do_not_reach_the_file() -> None:
    span = SPANS["Boston in summer"]
    odd = When(span.starts_local.replace(microsecond=7), span.ends_local, span.timezone)
    assert invite(an_invite(when=odd)) == invite(an_invite())
