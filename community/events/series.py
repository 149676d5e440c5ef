"""Dates of an event that takes place again: weekly, or on the nth weekday of each month."""

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.errors import Refused
from community.core.types import choice

MOST = 52
FIRST_YEAR, LAST_YEAR = 2000, 2100  # what calendars can carry
LAST = 5  # every month has four of each weekday, and some have a fifth
_WEEK = 7


class Every(StrEnum):
    """What lies between two occurrences."""

    WEEK = "week"
    MONTH_NTH_WEEKDAY = "month_nth_weekday"  # such as the second Tuesday
    MONTH_LAST_WEEKDAY = "month_last_weekday"


class EventSeries(Base):
    """Events that were made together. Each goes its own way from then on."""

    __tablename__ = "event_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    every: Mapped[Every] = mapped_column(choice(Every))
    created_at: Mapped[datetime] = mapped_column(default=now)


def occurrences(first: datetime, count: int, every: Every) -> list[datetime]:
    """So many wall times, ``first`` among them; the time of day is the same on each.

    A fifth weekday counts as the last one, because not every month has a fifth. Refuses a number
    that is none of 1 to 52, a year in which no event can be, and the last weekday when ``first``
    is not in a month's last week.
    """
    if not 1 <= count <= MOST:
        raise Refused("count_out_of_range", field="count", most=MOST)
    if not FIRST_YEAR <= first.year <= LAST_YEAR:  # the calendar itself ends in 9999
        raise Refused("year_out_of_range", field="starts_at")
    if every == Every.WEEK:
        return [first + timedelta(weeks=number) for number in range(count)]
    nth = (first.day - 1) // _WEEK + 1
    if every == Every.MONTH_LAST_WEEKDAY:
        if first.day + _WEEK <= calendar.monthrange(first.year, first.month)[1]:
            raise Refused("not_the_last_weekday", field="every")
        nth = LAST
    months = _months(first)
    return [first, *(_weekday(*next(months), nth, first) for _ in range(count - 1))]


def _months(first: datetime) -> Iterator[tuple[int, int]]:
    """Year and month of the months after that of ``first``."""
    number = first.year * 12 + first.month - 1
    while True:
        number += 1
        yield number // 12, number % 12 + 1


def _weekday(year: int, month: int, nth: int, first: datetime) -> datetime:
    """The nth day of that month that is the weekday of ``first``; the fifth is the last."""
    starts_on, days = calendar.monthrange(year, month)
    day = 1 + (first.weekday() - starts_on) % _WEEK + (nth - 1) * _WEEK
    if day > days:
        day -= _WEEK
    return first.replace(year=year, month=month, day=day)
