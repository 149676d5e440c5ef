"""Shapes of pictures that the server draws: numbers in, path data out, nothing else.

A picture is stretched to whatever room it gets, so its shapes hold no text: the words and numbers
beside them are the template's, and stay as large as all other text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from community.core.walltime import to_local, to_utc

WIDTH, HEIGHT = 600, 200  # of the coordinates, not of anything on a screen
MOST_BUCKETS = 60
_HOURLY_BELOW = timedelta(days=3)
_TOPS = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80)
_GAP = 0.25  # of a bar's room


class Unit(StrEnum):
    """What one bucket is counted in."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True)
class Buckets:
    """Spans of time that follow each other: one begins where the one before it ends.

    ``edges`` are aware instants, one more than there are buckets; a bucket is ``step`` units long,
    the last one, too.
    """

    edges: list[datetime]
    unit: Unit
    step: int

    @property
    def ends(self) -> list[datetime]:
        """When each of them is over."""
        return self.edges[1:]


@dataclass(frozen=True)
class Bar:
    """A rectangle that stands on the base line."""

    x: float
    y: float
    width: float
    height: float


def buckets(first: datetime, last: datetime, zone: str, most: int = MOST_BUCKETS) -> Buckets:
    """Buckets from the one that holds ``first`` to the one that holds ``last``.

    Days of the zone, however many hours the clocks give them; full hours where all of it is less
    than three days; several days or hours each where there would be more than ``most``.
    """
    last = max(first, last)
    if last - first < _HOURLY_BELOW:
        return _hours(first, last, zone, most)
    return _days(first, last, zone, most)


def _hours(first: datetime, last: datetime, zone: str, most: int) -> Buckets:
    local = first.astimezone(ZoneInfo(zone))
    start = first - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    hours = (last - start) // timedelta(hours=1) + 1
    step = -(-hours // most)
    edges = [start + timedelta(hours=step * n) for n in range(-(-hours // step) + 1)]
    return Buckets(edges, Unit.HOUR, step)


def _days(first: datetime, last: datetime, zone: str, most: int) -> Buckets:
    start = to_local(first, zone).date()
    days = (to_local(last, zone).date() - start).days + 1
    step = -(-days // most)
    midnights = [
        datetime.combine(start + timedelta(days=step * n), time())
        for n in range(-(-days // step) + 1)
    ]
    return Buckets([to_utc(midnight, zone) for midnight in midnights], Unit.DAY, step)


def top_of(most: int) -> int:
    """Where an axis ends that has room for ``most``: an even, round number, at least 2."""
    for small in (2, 4, 6, 8):
        if most <= small:
            return small
    scale = 1
    while most > _TOPS[-1] * scale:
        scale *= 10
    return next(top * scale for top in _TOPS if most <= top * scale)


def level(value: float, top: float) -> float:
    """How far from the upper edge a value is drawn; what does not fit is drawn at the edge."""
    if top <= 0:
        return float(HEIGHT)
    return round(HEIGHT - HEIGHT * min(max(value, 0), top) / top, 2)


def step_line(values: Sequence[float], top: float) -> str:
    """Path data of a line that is level within each bucket; ``""`` for no buckets."""
    if not values:
        return ""
    width = WIDTH / len(values)
    said = [f"M0 {_n(level(values[0], top))}"]
    for n, value in enumerate(values, start=1):
        if n > 1 and value != values[n - 2]:
            said.append(f"V{_n(level(value, top))}")
        if n == len(values) or value != values[n]:
            said.append(f"H{_n(width * n)}")
    return "".join(said)


def step_area(values: Sequence[float], top: float) -> str:
    """Path data of all that is below that line."""
    line = step_line(values, top)
    return f"{line}V{HEIGHT}H0Z" if line else ""


def bars(values: Sequence[float], top: float) -> list[Bar]:
    """A bar for each value, in order, with room between them."""
    if not values:
        return []
    room = WIDTH / len(values)
    return [
        Bar(
            x=round(room * (n + _GAP / 2), 2),
            y=level(value, top),
            width=round(room * (1 - _GAP), 2),
            height=round(HEIGHT - level(value, top), 2),
        )
        for n, value in enumerate(values)
    ]


def share(part: int, whole: int) -> float:
    """``part`` in hundredths of ``whole``, between 0 and 100; 0 of nothing."""
    return round(100 * min(max(part, 0), whole) / whole, 2) if whole > 0 else 0.0


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
