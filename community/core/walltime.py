"""Wall time at a place, and the instant it stands for."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class WallTime(StrEnum):
    """What a clock on the wall may do at a given time."""

    PLAIN = "plain"
    SKIPPED = "skipped"  # the clocks jump over it in spring
    REPEATED = "repeated"  # the clocks show it twice in autumn


# Files beside the zones: the first is whatever this machine is set to, the others are no places.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})


def is_zone(name: str) -> bool:
    """Whether it is an IANA zone that this machine knows."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    # Kept: to list them, the standard library opens some 600 files.
    return frozenset(available_timezones()) - _NOT_ZONES


def kind_of(local: datetime, zone: str) -> WallTime:
    """Whether that wall time comes once, never or twice in ``zone``."""
    tz = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=tz, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return WallTime.PLAIN
    back = first.astimezone(UTC).astimezone(tz).replace(tzinfo=None, fold=0)
    return WallTime.REPEATED if back == local.replace(fold=0) else WallTime.SKIPPED


def to_utc(local: datetime, zone: str, fold: int = 0) -> datetime:
    """The instant of a naive wall time in an IANA zone, as aware UTC."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def end_to_utc(local: datetime, zone: str, starts_at: datetime) -> datetime:
    """The instant of an event's end: the earliest with that wall time that lies after the start."""
    end = to_utc(local, zone)
    return end if end > starts_at else to_utc(local, zone, 1)


def to_local(instant: datetime, zone: str) -> datetime:
    """The naive wall time of an instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
