"""A feed stays below what its readers take, and what is kept of it is never out of date."""

from collections.abc import Hashable
from datetime import timedelta

import icalendar

from community.calendar.facts import Published, When
from community.calendar.feed_files import Shelf, file_of
from community.calendar.ics import MOST_BYTES, MOST_EVENTS, feed
from community.calendar.timezones import ZONES
from tests.calendar.examples import a_published, wall, when
from tests.calendar.linter import lint


def a_feed(events: list[Published]) -> bytes:
    return feed(name="All", description="", url="", timezone="UTC", events=events)


def uids(data: bytes) -> list[str]:
    assert lint(data) == []
    assert len(data) <= MOST_BYTES
    return [str(event["UID"]) for event in icalendar.Calendar.from_ical(data).walk("VEVENT")]


def many(count: int, **facts: object) -> list[Published]:
    starts = when("2026-07-16 18:00", "2026-07-16 21:00")
    return [
        a_published(
            uid=f"{number:05}",
            when=When(
                starts.starts_local + timedelta(days=number),
                starts.ends_local + timedelta(days=number),
                starts.timezone,
            ),
            **facts,
        )
        for number in range(count)
    ]


def test_a_long_description_is_cut_before_an_event_is_left_out() -> None:
    events = many(260, description="Größe und Güte. " * 300)
    data = a_feed(events)
    assert uids(data) == [event.uid for event in events]
    assert data == a_feed(events[::-1])
    few = a_feed(events[:2])
    assert few.count(b"\r\n") > 2 * 50  # all that one event may say


def test_the_latest_events_are_left_out_when_nothing_else_helps() -> None:
    events = many(200, location="猫" * 250, url=f"https://example.org/{'x' * 5000}")
    found = uids(a_feed(events))
    assert found == [event.uid for event in events[: len(found)]]
    assert 100 < len(found) < 200


def test_a_feed_holds_the_first_thousand_and_every_zone_once() -> None:
    starts, ends = wall("2026-07-16 18:00"), wall("2026-07-16 21:00")
    events = [
        a_published(uid=f"{n:05}", when=When(starts, ends, ZONES[n % 400 % 20]), description="")
        for n in range(MOST_EVENTS + 5)
    ]
    data = a_feed(events)
    assert len(uids(data)) == MOST_EVENTS
    assert data.count(b"TZID:Africa/Algiers\r\n") == 1


def test_a_changed_fact_is_a_changed_fragment() -> None:
    """What was written once is kept: by all the facts, and by the language of its title."""
    first = a_feed([a_published()])
    for change in (
        {"summary": "Other"},
        {"description": "Other"},
        {"tentative": True},
        {"cancelled": True},
        {"sequence": 2},
        {"when": when("2026-07-16 18:00", "2026-07-16 21:30")},
    ):
        assert a_feed([a_published(**change)]) != first, change
    assert a_feed([a_published()]) == first


def test_the_shelf_makes_each_version_once_and_keeps_what_was_asked_for_last() -> None:
    made: list[Hashable] = []
    room = 2 * (1000 + len(file_of(b"a" * 1000).packed)) + 10
    shelf = Shelf(room)

    def ask(name: str, version: int) -> bytes:
        def make() -> bytes:
            made.append((name, version))
            return name.encode() * 1000

        return shelf.get(name, version, make).content

    for name, version in (("a", 1), ("a", 1), ("a", 2), ("b", 1), ("a", 2), ("c", 1), ("a", 2)):
        assert ask(name, version) == name.encode() * 1000
    assert made == [("a", 1), ("a", 2), ("b", 1), ("c", 1)]
    ask("b", 1)  # it had to give way
    assert made[-1] == ("b", 1)
    assert len(made) == 5


def test_a_file_larger_than_the_shelf_is_served_all_the_same() -> None:
    shelf = Shelf(10)
    for _ in range(2):
        assert shelf.get("a", 1, lambda: b"x" * 1000).content == b"x" * 1000
