"""A feed and a download name nobody, mark what is cancelled, and change only with their facts."""

from datetime import UTC, datetime
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from community.calendar.facts import Published
from community.calendar.ics import event_file, feed
from tests.calendar.examples import a_published, when
from tests.calendar.linter import lint


def a_feed(*events: Published, **changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "name": "Boston Leaders; events, dinners",
        "description": "All that is on",
        "url": "https://events.example.org/events",
        "timezone": "America/New_York",
    }
    return feed(**{**facts, **changes}, events=events)


def lines(data: bytes) -> list[str]:
    return data.replace(b"\r\n ", b"").decode().split("\r\n")


DINNER = a_published()
LATER = a_published(
    uid="london",
    summary="London",
    when=when("2026-09-01 19:00", "2026-09-01 22:00", "Europe/London"),
)
IN_UTC = a_published(uid="cairo", when=when("2026-08-01 19:00", "2026-08-01 22:00", "Africa/Cairo"))


def test_a_feed_introduces_itself_in_the_old_words_and_the_new() -> None:
    head = lines(a_feed())
    assert head == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//community//events//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "DESCRIPTION:All that is on",
        "X-WR-CALDESC:All that is on",
        "NAME:Boston Leaders\\; events\\, dinners",
        "X-WR-CALNAME:Boston Leaders\\; events\\, dinners",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "URL:https://events.example.org/events",
        "X-PUBLISHED-TTL:PT1H",
        "X-WR-TIMEZONE:America/New_York",
        "END:VCALENDAR",
        "",
    ]


def test_two_readers_find_every_event_of_a_feed() -> None:
    events = {event.uid: event for event in (DINNER, LATER, IN_UTC)}
    data = a_feed(*events.values())
    assert lint(data) == []
    spans = {uid: (event.when.starts_at, event.when.ends_at) for uid, event in events.items()}
    read = Calendar.from_ical(data).walk("VEVENT")
    assert {
        str(event["UID"]): (event.start.astimezone(UTC), event.end.astimezone(UTC))
        for event in read
    } == spans
    assert {
        event.uid.value: (
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC),
        )
        for event in vobject.readOne(data.decode()).vevent_list
    } == spans


def test_each_zone_is_defined_once_and_before_the_events() -> None:
    text = lines(a_feed(DINNER, LATER, IN_UTC, a_published(uid="again")))
    assert [line for line in text if line.startswith("TZID:")] == [
        "TZID:America/New_York",
        "TZID:Europe/London",
    ]
    last_zone = len(text) - text[::-1].index("END:VTIMEZONE")
    assert last_zone <= text.index("BEGIN:VEVENT")


def test_the_order_of_the_events_does_not_change_the_bytes() -> None:
    assert a_feed(DINNER, LATER, IN_UTC) == a_feed(IN_UTC, DINNER, LATER)


def test_the_feed_is_as_new_as_its_newest_event() -> None:
    newer = a_published(uid="newer", last_modified=datetime(2026, 6, 2, 8, tzinfo=UTC))
    head = lines(a_feed(newer, DINNER))
    assert "LAST-MODIFIED:20260602T080000Z" in head[: head.index("BEGIN:VTIMEZONE")]


@pytest.mark.parametrize("write", [event_file, a_feed], ids=["download", "feed"])
def test_what_is_published_names_nobody(write: Any) -> None:
    data = write(DINNER)
    assert lint(data) == []
    assert b"ATTENDEE" not in data
    assert b"ORGANIZER" not in data
    assert b"mailto" not in data.lower()


def test_a_download_holds_the_event_and_the_version_it_had() -> None:
    event = lines(event_file(DINNER))
    assert "METHOD:PUBLISH" in event
    assert event[event.index("BEGIN:VEVENT") :] == [
        "BEGIN:VEVENT",
        "SUMMARY:Boston Leadership Dinner",
        "DTSTART;TZID=America/New_York:20260716T180000",
        "DTEND;TZID=America/New_York:20260716T210000",
        "DTSTAMP:20260601T093000Z",
        "UID:boston@events.example.org",
        "SEQUENCE:1",
        "DESCRIPTION:A dinner among peers.",
        "LAST-MODIFIED:20260601T093000Z",
        "LOCATION:Glass House",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://events.example.org/events/boston-leadership-dinner",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("write", [event_file, a_feed], ids=["download", "feed"])
def test_a_cancelled_event_stays_and_says_so_three_times(write: Any) -> None:
    data = write(a_published(summary="100 %(title)s dinner", cancelled=True))
    assert lint(data) == []
    assert {
        "SUMMARY:Cancelled: 100 %(title)s dinner",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    } <= set(lines(data))


def test_a_long_title_of_a_cancelled_event_keeps_the_mark() -> None:
    (event,) = Calendar.from_ical(
        event_file(a_published(summary="word " * 100, cancelled=True))
    ).walk("VEVENT")
    assert event["SUMMARY"].startswith("Cancelled: word")
    assert len(event["SUMMARY"]) <= 200


def test_a_feed_without_a_page_of_its_own_has_no_url() -> None:
    assert not any(line.startswith("URL") for line in lines(a_feed(url="")))
