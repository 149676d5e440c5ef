"""How long something took, in words."""

from datetime import timedelta

from community.core.text import ngettext

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def span(value: timedelta) -> str:
    """``45 minutes``, ``30 hours``, ``12 days``: rounded, in the unit that says enough."""
    if value < _HOUR:
        return ngettext("%(num)s minute", "%(num)s minutes", round(value.total_seconds() / 60))
    if value < 2 * _DAY:
        return ngettext("%(num)s hour", "%(num)s hours", round(value / _HOUR))
    return ngettext("%(num)s day", "%(num)s days", round(value / _DAY))
