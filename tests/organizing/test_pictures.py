"""Shapes of pictures: buckets of time in the event's zone, lines, bars, and where an axis ends."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from community.organizing.pictures import (
    HEIGHT,
    MOST_BUCKETS,
    WIDTH,
    Unit,
    bars,
    buckets,
    level,
    share,
    step_area,
    step_line,
    top_of,
)

NEW_YORK = "America/New_York"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def drawn(path: str) -> list[tuple[float, float]]:
    """The corners of a path, as a browser walks it."""
    x, y, corners = 0.0, 0.0, []
    for letter, numbers in re.findall(r"([MHVZ])([-\d. ]*)", path):
        match letter:
            case "M":
                x, y = map(float, numbers.split())
            case "H":
                x = float(numbers)
            case "V":
                y = float(numbers)
        corners.append((x, y))
    return corners


def heights(path: str, count: int) -> list[float]:
    """How high the line is in the middle of each bucket."""
    corners = drawn(path)
    found = []
    for n in range(count):
        middle = WIDTH / count * (n + 0.5)
        (found_y,) = {a[1] for a, b in pairwise(corners) if a[0] <= middle < b[0]}
        found.append(found_y)
    return found


@pytest.mark.parametrize(
    ("span", "unit", "step", "count"),
    [
        (timedelta(0), Unit.HOUR, 1, 1),  # a single point, or all in one second
        (timedelta(minutes=59), Unit.HOUR, 1, 1),
        (timedelta(minutes=60), Unit.HOUR, 1, 2),
        (timedelta(hours=59), Unit.HOUR, 1, 60),
        (timedelta(hours=60), Unit.HOUR, 2, 31),
        (timedelta(days=3, seconds=-1), Unit.HOUR, 2, 36),
        (timedelta(days=3), Unit.DAY, 1, 4),
        (timedelta(days=59), Unit.DAY, 1, 60),
        (timedelta(days=60), Unit.DAY, 2, 31),
        (timedelta(days=365), Unit.DAY, 7, 53),
        (timedelta(days=3650), Unit.DAY, 61, 60),
        (timedelta(days=-5), Unit.HOUR, 1, 1),  # a clock that was put back
    ],
)
def test_there_are_as_many_buckets_as_a_picture_has_room_for(
    span: timedelta, unit: Unit, step: int, count: int
) -> None:
    found = buckets(NOON, NOON + span, NEW_YORK)
    assert (found.unit, found.step, len(found.ends)) == (unit, step, count)
    assert len(found.ends) <= MOST_BUCKETS
    assert found.edges[0] <= NOON < found.edges[1]
    assert found.edges[-2] <= max(NOON, NOON + span) < found.edges[-1]
    assert found.edges == sorted(set(found.edges))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (NEW_YORK, date(2026, 3, 8), 23),  # the clocks jump at two
        (NEW_YORK, date(2026, 11, 1), 25),  # and go back
        (NEW_YORK, date(2026, 6, 1), 24),
        ("America/Santiago", date(2026, 9, 6), 23),  # they jump at midnight itself
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("UTC", date(2026, 3, 8), 24),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: float) -> None:
    first = datetime.combine(day - timedelta(days=2), time(12), ZoneInfo(zone)).astimezone(UTC)
    found = buckets(first, first + timedelta(days=5), zone)
    assert found.unit == Unit.DAY
    lengths = [b - a for a, b in zip(found.edges, found.ends, strict=False)]
    assert lengths[2] == timedelta(hours=hours)
    assert lengths[:2] == [timedelta(hours=24)] * 2


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", NEW_YORK])
def test_hours_are_full_ones_on_the_wall(zone: str) -> None:
    found = buckets(NOON + timedelta(minutes=17, seconds=3), NOON + timedelta(hours=9), zone)
    assert {edge.astimezone(ZoneInfo(zone)).minute for edge in found.edges} == {0}


@pytest.mark.parametrize(
    ("most", "top"),
    [
        (0, 2),
        (1, 2),
        (2, 2),
        (3, 4),
        (8, 8),
        (9, 10),
        (30, 30),
        (31, 40),
        (80, 80),
        (81, 100),
        (101, 120),
        (801, 1000),
        (100_000, 100_000),
    ],
)
def test_an_axis_ends_in_an_even_round_number_that_holds_everything(most: int, top: int) -> None:
    assert top_of(most) == top
    assert top % 2 == 0


@pytest.mark.parametrize(
    ("value", "top", "y"),
    [
        (0, 10, 200),
        (10, 10, 0),
        (5, 10, 100),
        (12, 10, 0),
        (-1, 10, 200),
        (3, 0, 200),
        (1, 3, 133.33),
    ],
)
def test_a_value_is_drawn_within_the_picture(value: float, top: float, y: float) -> None:
    assert level(value, top) == y


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([], ""),
        ([0], "M0 200H600"),
        ([10], "M0 0H600"),
        ([5, 5, 5], "M0 100H600"),
        ([0, 5], "M0 200H300V100H600"),
        ([5, 0, 0, 10], "M0 100H150V200H450V0H600"),
    ],
)
def test_a_line_is_level_within_each_bucket(values: list[int], path: str) -> None:
    assert step_line(values, 10) == path
    assert step_area(values, 10) == (f"{path}V{HEIGHT}H0Z" if path else "")


@pytest.mark.parametrize("count", [1, 2, 7, 31, 60])
def test_a_line_is_everywhere_as_high_as_its_values(count: int) -> None:
    values = [(n * 7) % 11 for n in range(count)]
    assert heights(step_line(values, 12), count) == [level(value, 12) for value in values]


def test_the_check_sees_a_line_that_is_off_by_one_bucket() -> None:
    values = [0, 1, 2, 3]
    shifted = step_line([*values[1:], 3], 12)
    assert heights(shifted, 4) != [level(value, 12) for value in values]


@pytest.mark.parametrize("values", [[], [3], [0, 10, 5], list(range(60))])
def test_bars_stand_on_the_base_line_and_do_not_touch(values: list[int]) -> None:
    found = bars(values, 60)
    assert len(found) == len(values)
    for value, bar in zip(values, found, strict=True):
        assert bar.y + bar.height == pytest.approx(HEIGHT)
        assert bar.y == level(value, 60)
    for one, after in pairwise(found):
        assert one.x + one.width < after.x
    if found:
        assert found[0].x >= 0
        assert found[-1].x + found[-1].width <= WIDTH


@pytest.mark.parametrize(
    ("part", "whole", "of_hundred"),
    [(0, 0, 0), (1, 0, 0), (0, 5, 0), (5, 5, 100), (1, 3, 33.33), (7, 5, 100), (-1, 5, 0)],
)
def test_a_share_is_between_nothing_and_all(part: int, whole: int, of_hundred: float) -> None:
    assert share(part, whole) == of_hundred
