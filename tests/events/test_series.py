"""The dates of a series: weekly, and on the nth or last weekday of each month."""

from datetime import datetime

import pytest

from community.core.errors import Refused
from community.events.series import Every, occurrences

WEEK, NTH, LAST = Every.WEEK, Every.MONTH_NTH_WEEKDAY, Every.MONTH_LAST_WEEKDAY


@pytest.mark.parametrize(
    ("first", "every", "days"),
    [
        ("2027-12-21", WEEK, ["2027-12-21", "2027-12-28", "2028-01-04"]),
        ("2027-02-22", WEEK, ["2027-02-22", "2027-03-01", "2027-03-08"]),
        ("2027-11-09", NTH, ["2027-11-09", "2027-12-14", "2028-01-11"]),  # second Tuesday
        ("2027-01-01", NTH, ["2027-01-01", "2027-02-05", "2027-03-05"]),  # first Friday
        ("2027-02-22", NTH, ["2027-02-22", "2027-03-22", "2027-04-26"]),  # fourth Monday
        ("2027-03-29", NTH, ["2027-03-29", "2027-04-26", "2027-05-31"]),  # fifth: the last
        ("2027-02-22", LAST, ["2027-02-22", "2027-03-29", "2027-04-26"]),
        ("2028-02-29", LAST, ["2028-02-29", "2028-03-28", "2028-04-25"]),  # a leap day
    ],
)
def test_a_series_falls_on_these_days(first: str, every: Every, days: list[str]) -> None:
    found = occurrences(datetime.fromisoformat(f"{first}T18:30"), 3, every)
    assert [moment.isoformat() for moment in found] == [f"{day}T18:30:00" for day in days]


def test_a_year_of_the_same_weekday_has_it_once_in_each_month() -> None:
    first = datetime.fromisoformat("2027-01-13T09:15")
    found = occurrences(first, 52, NTH)
    assert [(one.year, one.month) for one in found] == [
        (2027 + n // 12, n % 12 + 1) for n in range(52)
    ]
    assert {one.weekday() for one in found} == {first.weekday()}
    assert all(8 <= one.day <= 14 for one in found)
    assert {one.time() for one in found} == {first.time()}


@pytest.mark.parametrize("count", [-1, 0, 53, 10**9])
def test_a_number_that_is_no_series_is_refused(count: int) -> None:
    with pytest.raises(Refused, match="count_out_of_range"):
        occurrences(datetime.fromisoformat("2027-01-13T09:00"), count, WEEK)


@pytest.mark.parametrize("every", list(Every))
def test_a_series_at_the_end_of_the_calendar_is_refused(every: Every) -> None:
    with pytest.raises(Refused, match="year_out_of_range"):
        occurrences(datetime.fromisoformat("9999-12-31T09:00"), 2, every)


def test_the_last_weekday_needs_a_first_date_that_is_one() -> None:
    with pytest.raises(Refused, match="not_the_last_weekday"):
        occurrences(datetime.fromisoformat("2027-03-22T09:00"), 2, LAST)
