"""Days and times as a reader expects them, for pages and mails alike."""

from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format

from community.core.current import settings
from community.core.text import gettext as _
from community.core.walltime import to_local


def locale() -> Locale:
    """The language of the settings; ``en-GB`` and ``en_GB`` are the same."""
    return Locale.parse(settings().locale.replace("-", "_"))


def day(value: date) -> str:
    """``July 16, 2026``; of a datetime, its wall date."""
    return format_date(value, "long", locale=locale())


def weekday_day(value: date) -> str:
    """``Thursday, July 16, 2026``."""
    return format_date(value, "full", locale=locale())


def clock(value: datetime) -> str:
    """``6:30 PM`` of a naive wall time."""
    # CLDR puts a narrow no-break space before PM, which many mail and system fonts lack.
    return format_time(value.time(), "short", locale=locale()).replace("\u202f", " ")


def hours(starts: datetime, ends: datetime) -> str:
    """``6:30 PM to 9:30 PM`` of naive wall times, with the day of an end on another one."""
    if starts.date() == ends.date():
        return _("%(start)s to %(end)s", start=clock(starts), end=clock(ends))
    return _("%(start)s to %(end)s on %(day)s", start=clock(starts), end=clock(ends), day=day(ends))


def zone_name(zone: str) -> str:
    """``New York time`` of an IANA zone: right in summer and winter, and known to everybody."""
    if "/" not in zone:
        return zone
    return _("%(city)s time", city=zone.rpartition("/")[2].replace("_", " "))


def instant(value: datetime, zone: str) -> str:
    """``Jul 14, 2026, 2:02 PM``: an aware instant as wall time in an IANA zone."""
    local = to_local(value, zone)
    pattern = str(get_datetime_format("medium", locale=locale()))
    return pattern.format(clock(local), format_date(local, "medium", locale=locale()))


def second(value: datetime, zone: str) -> str:
    """``Jul 14, 2026, 2:02:07 PM``: the same to the second, where order is in question."""
    local = to_local(value, zone)
    pattern = str(get_datetime_format("medium", locale=locale()))
    shown = format_time(local.time(), "medium", locale=locale()).replace("\u202f", " ")
    return pattern.format(shown, format_date(local, "medium", locale=locale()))
