"""Wall times that come once, twice or never, and the instants they stand for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.walltime import WallTime, end_to_utc, is_zone, kind_of, to_local, to_utc

PLAIN, SKIPPED, REPEATED = WallTime.PLAIN, WallTime.SKIPPED, WallTime.REPEATED
NEW_YORK = "America/New_York"


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "kind"),
    [
        (NEW_YORK, "2026-07-16T18:30", PLAIN),
        (NEW_YORK, "2026-03-08T01:59", PLAIN),
        (NEW_YORK, "2026-03-08T02:00", SKIPPED),
        (NEW_YORK, "2026-03-08T02:59", SKIPPED),
        (NEW_YORK, "2026-03-08T03:00", PLAIN),
        (NEW_YORK, "2026-11-01T00:59", PLAIN),
        (NEW_YORK, "2026-11-01T01:00", REPEATED),
        (NEW_YORK, "2026-11-01T01:59", REPEATED),
        (NEW_YORK, "2026-11-01T02:00", PLAIN),
        ("Europe/Berlin", "2026-03-29T02:30", SKIPPED),
        ("Europe/Berlin", "2026-10-25T02:30", REPEATED),
        ("Australia/Lord_Howe", "2026-10-04T02:15", SKIPPED),  # clocks move by half an hour
        ("Australia/Lord_Howe", "2026-10-04T02:30", PLAIN),
        ("Australia/Lord_Howe", "2026-04-05T01:45", REPEATED),
        ("Australia/Lord_Howe", "2026-04-05T01:15", PLAIN),
        ("Pacific/Apia", "2011-12-30T12:00", SKIPPED),  # a whole day
        ("Pacific/Apia", "2011-12-31T00:00", PLAIN),
        ("America/Sao_Paulo", "2018-11-04T00:30", SKIPPED),  # at midnight
        ("Asia/Kathmandu", "2026-07-16T18:30", PLAIN),
        ("UTC", "2026-03-08T02:30", PLAIN),
    ],
)
def test_a_wall_time_comes_once_twice_or_never(zone: str, local: str, kind: WallTime) -> None:
    assert kind_of(_wall(local), zone) == kind


def test_an_instant_follows_from_wall_time_and_zone() -> None:
    assert to_utc(_wall("2026-07-16T18:30"), NEW_YORK) == _utc("2026-07-16T22:30")
    assert to_utc(_wall("2026-01-16T18:30"), NEW_YORK) == _utc("2026-01-16T23:30")
    assert to_utc(_wall("2026-01-16T18:30"), "Asia/Kathmandu") == _utc("2026-01-16T12:45")


def test_of_a_repeated_time_the_first_is_meant_unless_fold_says_otherwise() -> None:
    local = _wall("2026-11-01T01:30")
    assert to_utc(local, NEW_YORK) == _utc("2026-11-01T05:30")
    assert to_utc(local, NEW_YORK, 1) == _utc("2026-11-01T06:30")


def test_an_end_is_the_first_after_the_start() -> None:
    first, second = _utc("2026-11-01T05:30"), _utc("2026-11-01T06:30")
    local = _wall("2026-11-01T01:30")
    assert end_to_utc(local, NEW_YORK, first - timedelta(minutes=1)) == first
    assert end_to_utc(local, NEW_YORK, first) == second
    assert end_to_utc(local, NEW_YORK, first + timedelta(minutes=15)) == second


def test_an_end_before_the_start_stays_before_it() -> None:
    start = to_utc(_wall("2026-07-16T18:30"), NEW_YORK)
    assert end_to_utc(_wall("2026-07-16T17:30"), NEW_YORK, start) < start


@given(
    st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2037-01-01")),
    st.sampled_from([NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_instant_leads_back_to_its_wall_time_unless_that_was_skipped(
    local: datetime, zone: str
) -> None:
    back = to_local(to_utc(local, zone), zone)
    assert (back == local) == (kind_of(local, zone) != SKIPPED)
    assert back.tzinfo is None


@pytest.mark.parametrize("name", ["America/New_York", "UTC", "Asia/Kolkata", "Europe/Kyiv"])
def test_iana_zones_are_known(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "EST5EDT4", "Mars/Olympus", "america/new_york", "/etc/passwd", "../UTC",
        "America", "UTC\x00", "localtime", "Factory", "posix/UTC", "x" * 5000,
    ],
)  # fmt: skip
def test_nothing_else_is_a_zone(name: str) -> None:
    assert not is_zone(name)
