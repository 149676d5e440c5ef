"""Compact VTIMEZONEs that Outlook understands, made from the rules that zoneinfo itself follows."""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

# The years in which a rule must agree with zoneinfo. Rules begin at some time, so an event before
# FIRST_YEAR is written in UTC (raise it when nobody looks at those years any more, and zones with
# newer laws get their rule); after LAST_YEAR zoneinfo too knows only the rule.
FIRST_YEAR, LAST_YEAR = 2024, 2035

_AREAS = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/"
)
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_EPOCH_YEAR = 1970

_NAME = r"(<[A-Za-z0-9+-]+>|[A-Za-z]+)"
_CLOCK = r"([+-]?\d{1,3}(?::\d\d){0,2})"
_RULE = rf",M(\d+)\.(\d)\.(\d)(?:/{_CLOCK})?"
_FOOTER = re.compile(rf"{_NAME}{_CLOCK}(?:{_NAME}{_CLOCK}?{_RULE}{_RULE})?")


def _offered() -> tuple[str, ...]:
    listed = resources.files("tzdata").joinpath("zones").read_text("ascii").split()
    cities = (name for name in listed if _AREAS.match(name))
    return (*sorted(cities), "UTC")


ZONES: tuple[str, ...] = _offered()
"""The zone names that people may choose: area/city (old spellings too: browsers report them), UTC.
"""


@dataclass(frozen=True)
class _Onset:
    """The day and wall time of each year at which an offset begins (POSIX ``Mm.w.d/time``)."""

    month: int
    week: int  # 1 to 4; 5 is the last
    weekday: int  # 0 is Sunday
    time: timedelta  # after midnight, by the clock that ends

    def in_year(self, year: int) -> datetime:
        """The naive wall time of the change, by the clock that ends."""
        if self.week == 5:
            following = datetime(year + self.month // 12, self.month % 12 + 1, 1)  # noqa: DTZ001 - wall time
            day = following - timedelta(days=1)
            day -= timedelta(days=(day.isoweekday() - self.weekday) % 7)
        else:
            first = datetime(year, self.month, 1)  # noqa: DTZ001 - wall time
            day = first + timedelta(days=(self.weekday - first.isoweekday()) % 7)
            day += timedelta(weeks=self.week - 1)
        return day + self.time

    def rrule(self) -> vRecur:
        nth = -1 if self.week == 5 else self.week
        byday = f"{nth}{_WEEKDAYS[self.weekday]}"
        return vRecur({"FREQ": "YEARLY", "BYMONTH": self.month, "BYDAY": byday})


@dataclass(frozen=True)
class _Phase:
    """What holds from one change of the clocks to the next; ``onset`` is None without changes."""

    name: str
    offset: timedelta
    onset: _Onset | None = None


def _span(clock: str) -> timedelta:
    hours, minutes, seconds = (clock.lstrip("+-") + ":0:0").split(":")[:3]
    span = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -span if clock.startswith("-") else span


def _onset(month: str, week: str, weekday: str, clock: str | None) -> _Onset | None:
    """None for a time outside its day: Outlook takes BYDAY with BYMONTH and nothing else."""
    time = _span(clock or "2")
    if not timedelta(0) <= time < timedelta(days=1):
        return None
    return _Onset(int(month), int(week), int(weekday), time)


def _phases(footer: str) -> list[_Phase] | None:
    """The one or two phases of a POSIX TZ string (IEEE 1003.1, 8.3; RFC 9636, 3.3).

    Its offsets count westward, the daylight clock is one hour ahead unless it says otherwise.
    """
    match = _FOOTER.fullmatch(footer)
    if match is None:
        return None
    name, offset, other_name, other_offset, *rules = match.groups()
    phase = _Phase(name.strip("<>"), -_span(offset))
    if other_name is None:
        return [phase]
    away, back = _onset(*rules[:4]), _onset(*rules[4:])
    if away is None or back is None:
        return None
    shifted = -_span(other_offset) if other_offset else phase.offset + timedelta(hours=1)
    return [
        _Phase(phase.name, phase.offset, back),
        _Phase(other_name.strip("<>"), shifted, away),
    ]


def _footer(name: str) -> str:
    """The last line of the very file that ``ZoneInfo(name)`` reads."""
    parts = name.split("/")
    for root in zoneinfo.TZPATH:
        path = Path(root, *parts)
        if path.is_file():
            data = path.read_bytes()
            break
    else:
        data = resources.files("tzdata").joinpath("zoneinfo", *parts).read_bytes()
    return data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")


def _changes(phases: list[_Phase]) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Instant (UTC), old and new offset of every change in the checked years."""
    for new, old in zip(phases, reversed(phases), strict=True):
        if new.onset is not None:
            for year in range(FIRST_YEAR, LAST_YEAR + 1):
                instant = (new.onset.in_year(year) - old.offset).replace(tzinfo=UTC)
                yield instant, old.offset, new.offset


def _agrees(zone: ZoneInfo, phases: list[_Phase]) -> bool:
    """Whether the clocks of ``zone`` change exactly when ``phases`` say, in the checked years."""
    changes = sorted(_changes(phases))
    # A look each week is enough: the shortest shift that a law makes is Ramadan's, of four weeks.
    first, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    weekly = [first + timedelta(weeks=week) for week in range((end - first) // timedelta(weeks=1))]
    offsets = [instant.astimezone(zone).utcoffset() for instant in weekly]
    seen = sum(old != new for old, new in pairwise(offsets))
    if offsets[0] not in {phase.offset for phase in phases} or seen != len(changes):
        return False
    second = timedelta(seconds=1)
    return all(
        (instant - second).astimezone(zone).utcoffset() == old
        and instant.astimezone(zone).utcoffset() == new
        for instant, old, new in changes
    )


def _component(
    kind: type[TimezoneStandard | TimezoneDaylight], new: _Phase, old: _Phase
) -> TimezoneStandard | TimezoneDaylight:
    component = kind()
    start = datetime(_EPOCH_YEAR, 1, 1)  # noqa: DTZ001 - wall time
    if new.onset is not None:
        start = new.onset.in_year(_EPOCH_YEAR)
        component.add("RRULE", new.onset.rrule())
    component.add("DTSTART", start)
    component.add("TZOFFSETFROM", old.offset)
    component.add("TZOFFSETTO", new.offset)
    component.add("TZNAME", new.name)
    return component


@cache
def vtimezone(name: str) -> Timezone | None:
    """The VTIMEZONE of an IANA zone (RFC 5545, 3.6.5), right from ``FIRST_YEAR`` on.

    None when one yearly rule cannot tell the zone's clock; the caller then writes UTC. The value is
    shared: add it to a calendar, never change it. An unknown name raises ZoneInfoNotFoundError.
    """
    zone = ZoneInfo(name)
    footer = _footer(name)
    phases = _phases(footer)
    # UTC itself is better said with a "Z".
    if footer == "UTC0" or phases is None or not _agrees(zone, phases):
        return None
    timezone = Timezone()
    timezone.add("TZID", name)
    # The smaller offset is the standard one, also in Dublin, whose law says the reverse; a client
    # that takes daylight time for the later clock would go wrong there.
    standard, daylight = phases[0], phases[-1]
    if standard.offset > daylight.offset:
        standard, daylight = daylight, standard
    timezone.add_component(_component(TimezoneStandard, standard, daylight))
    if len(phases) == 2:
        timezone.add_component(_component(TimezoneDaylight, daylight, standard))
    return timezone
