"""A zone that one mail makes up has no say in how the next is read."""

from icalendar import Calendar
from icalendar.prop import vDDDTypes

from community.calendar.replies import parse
from tests.inbound.odd_answers import ACCEPTS, STAMP, a_file
from tests.inbound.shapes import calendar


def made_up(name: str) -> tuple[str, ...]:
    return (
        "BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0000", "TZOFFSETTO:+0930", "END:STANDARD", "END:VTIMEZONE",
    )  # fmt: skip


def a_counter(name: str, *zone: str) -> bytes:
    times = (f"DTSTART;TZID={name}:20260717T220000", "DURATION:PT1H")
    file = a_file(STAMP, ACCEPTS, *times, method="METHOD:COUNTER")
    return file.replace("BEGIN:VEVENT", calendar(*zone) + "BEGIN:VEVENT").encode()


def test_no_mail_makes_a_zone_for_the_next() -> None:
    first = parse(a_counter("Nowhere One", *made_up("Nowhere One")), "COUNTER")
    second = parse(a_counter("Nowhere One"), "COUNTER")
    assert (first.proposed, second.proposed) == (None, None)


def test_the_library_would_let_it() -> None:
    before = vDDDTypes.from_ical("20260717T220000", "Nowhere Two")
    Calendar.from_ical(a_counter("Nowhere Two", *made_up("Nowhere Two")))
    after = vDDDTypes.from_ical("20260717T220000", "Nowhere Two")
    assert before.tzinfo is None
    assert after.tzinfo is not None


def test_nor_for_us_when_somebody_else_used_the_library() -> None:
    Calendar.from_ical(a_counter("Nowhere Three", *made_up("Nowhere Three")))
    assert parse(a_counter("Nowhere Three"), "COUNTER").proposed is None
