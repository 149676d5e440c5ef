"""Each compact VTIMEZONE says what zoneinfo says, as read by a library that did not make it."""

import io
import os
import struct
import zoneinfo
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from community.calendar.timezones import ZONES, vtimezone
from tests.calendar.examples import wall
from tests.calendar.linter import lint

FIRST, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
DAYS = [FIRST + timedelta(days=n) for n in range((END - FIRST).days + 1)]


def wrapped(name: str) -> bytes:
    zone = vtimezone(name)
    assert zone is not None
    calendar = Calendar()
    for key, value in (("PRODID", "-//t//t//EN"), ("VERSION", "2.0"), ("METHOD", "PUBLISH")):
        calendar.add(key, value)
    calendar.add_component(zone)
    data: bytes = calendar.to_ical()
    return data


def by_its_rules(name: str) -> tzinfo:
    """The zone as dateutil expands the RRULEs of the file."""
    zone = tzical(io.StringIO(wrapped(name).decode())).get(name)
    assert zone is not None
    return zone


def offset(zone: tzinfo, local: datetime) -> timedelta | None:
    return local.replace(tzinfo=zone).utcoffset()


def transitions(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Instant, old offset and new offset of every change, found by halving days."""
    offsets = [instant.astimezone(zone).utcoffset() or timedelta() for instant in DAYS]
    for day, (old, new) in zip(DAYS, pairwise(offsets), strict=False):
        if old != new:
            changed = bisect_left(
                range(24 * 3600 + 1),
                True,
                key=lambda n: (day + timedelta(seconds=n)).astimezone(zone).utcoffset() != old,
            )
            yield day + timedelta(seconds=changed), old, new


def disagreements(name: str) -> Iterator[str]:
    zone, ours = ZoneInfo(name), by_its_rules(name)
    for instant, old, new in transitions(zone):
        naive = instant.replace(tzinfo=None)
        before, after = naive + min(old, new) - timedelta(seconds=1), naive + max(old, new)
        if (offset(ours, before), offset(ours, after)) != (old, new):
            yield f"{name} at {instant}"
    for month in range(12 * 12):
        middle = datetime(2024 + month // 12, month % 12 + 1, 15, 12, 34)  # noqa: DTZ001 - wall time
        if offset(ours, middle) != offset(zone, middle):
            yield f"{name} in {middle:%B %Y}"


def read_zones_from(*path: str) -> None:
    zoneinfo.reset_tzpath(to=path)
    ZoneInfo.clear_cache()
    vtimezone.cache_clear()


@contextmanager
def zones_from(*path: str) -> Iterator[None]:
    """Let zoneinfo read these folders, then the tzdata package, and forget what it knew."""
    before = zoneinfo.TZPATH
    read_zones_from(*path)
    try:
        yield
    finally:
        read_zones_from(*before)


@pytest.mark.parametrize("path", [zoneinfo.TZPATH, ()], ids=["machine", "package"])
def test_every_compact_zone_changes_its_clock_when_zoneinfo_does(path: tuple[str, ...]) -> None:
    with zones_from(*path):
        compact = [name for name in ZONES if vtimezone(name) is not None]
        some = compact if os.environ.get("PROOF") else compact[::10]
        assert [fault for name in some for fault in disagreements(name)] == []


@pytest.mark.parametrize("path", [zoneinfo.TZPATH, ()], ids=["machine", "package"])
def test_nearly_every_zone_has_a_compact_rule(path: tuple[str, ...]) -> None:
    with zones_from(*path):
        missing = {name for name in ZONES if vtimezone(name) is None}
    # Footers with hours outside the day, and UTC, which a "Z" says better.
    assert {"Africa/Cairo", "America/Nuuk", "America/Santiago", "Asia/Jerusalem", "UTC"} <= missing
    # The others changed their law after 2024; which ones depends on the machine's tz database.
    assert len(ZONES) >= 480
    assert len(missing) <= 35


def test_zones_that_many_people_live_in_have_a_compact_rule() -> None:
    for name in (
        "America/New_York",
        "America/Los_Angeles",
        "America/Sao_Paulo",
        "America/Mexico_City",
        "Europe/London",
        "Europe/Berlin",
        "Europe/Dublin",
        "Europe/Istanbul",
        "Africa/Lagos",
        "Africa/Johannesburg",
        "Asia/Dubai",
        "Asia/Kolkata",
        "Asia/Calcutta",
        "Asia/Kathmandu",
        "Asia/Shanghai",
        "Asia/Tokyo",
        "Asia/Singapore",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "Pacific/Chatham",
    ):
        assert vtimezone(name) is not None, name


def test_a_zone_is_small_and_clean_and_always_has_a_standard_block() -> None:
    for name in ZONES:
        if (zone := vtimezone(name)) is not None:
            assert len(zone.to_ical()) < 500
            assert lint(wrapped(name)) == []
            assert zone.subcomponents[0].name == "STANDARD"


def test_the_rule_is_written_as_outlook_understands_it() -> None:
    assert vtimezone("Europe/London").to_ical().decode().split("\r\n")[:-1] == [  # type: ignore[union-attr] # None fails the test
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:STANDARD",
        "DTSTART:19701025T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:GMT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T010000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:BST",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    ]


@pytest.mark.parametrize("name", ["Europe/Dublin", "Africa/Windhoek", "Antarctica/Troll"])
def test_daylight_time_is_the_later_clock_whatever_the_law_calls_it(name: str) -> None:
    zone = vtimezone(name)
    assert zone is not None
    kinds = {part.name: part.TZOFFSETTO for part in zone.subcomponents}
    assert kinds["STANDARD"] <= kinds.get("DAYLIGHT", kinds["STANDARD"])


def test_the_offered_zones_are_places_sorted_and_known_to_zoneinfo() -> None:
    assert list(ZONES) == sorted(set(ZONES))
    assert "UTC" in ZONES
    assert not {"US/Eastern", "Etc/GMT+5", "EST5EDT", "Zulu"} & set(ZONES)
    assert all(ZoneInfo(name).key == name for name in ZONES)


@pytest.mark.parametrize(
    ("footer", "compact"),
    [
        ("<+00>0<+01>,M3.5.0/1,M10.5.0", True),
        ("<+00>0<+01>,J88/1,J298/2", False),  # by day of the year
        ("<+00>0<+01>,M3.5.0/-1,M10.5.0", False),  # the evening before
        ("<+00>0<+01>,M3.5.0/1,M10.5.0/26", False),  # the morning after
    ],
)
def test_a_rule_that_outlook_would_misread_is_left_to_utc(
    footer: str, tmp_path: Path, *, compact: bool
) -> None:
    # Version 2, one type of time, no transitions: the footer alone says what the clock does.
    head = b"TZif2" + bytes(15) + struct.pack(">6L", 0, 0, 0, 0, 1, 4) + bytes(6) + b"+00\0"
    (tmp_path / "Test").write_bytes(head + head + f"\n{footer}\n".encode())
    with zones_from(str(tmp_path)):
        assert ZoneInfo("Test").utcoffset(wall("2026-07-01")) == timedelta(hours=1)
        assert (vtimezone("Test") is not None) is compact


@pytest.mark.parametrize("name", ["Mars/Base", "../../etc/passwd"])
def test_an_unknown_zone_is_an_error_and_no_file_is_opened(name: str) -> None:
    with pytest.raises((ZoneInfoNotFoundError, ValueError)):
        vtimezone(name)
