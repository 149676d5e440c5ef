"""What a feed writes straight is, byte for byte, what the library writes of the same event."""

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from community.calendar.content_lines import component, escaped
from community.calendar.facts import When
from community.calendar.ics import event_file, feed
from tests.calendar.examples import a_published
from tests.calendar.linter import lint

TWICE = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 - a wall time, twice in London


def entry(data: bytes) -> bytes:
    """The one VEVENT of a file."""
    start, end = data.index(b"BEGIN:VEVENT"), data.index(b"END:VEVENT\r\n")
    return data[start : end + len(b"END:VEVENT\r\n")]


words = st.text(st.characters(codec="utf-8"), max_size=200)
# The library makes a small letter of the one in "\\N", which is wrong where somebody typed that.
texts = st.one_of(words, st.text("aä猫😀 \\;,:\n\r\"'^", max_size=300)).filter(
    lambda text: "\\N" not in text
)
zones = st.sampled_from(["America/New_York", "Europe/London", "Africa/Cairo", "UTC", "Asia/Tokyo"])


@settings(max_examples=100, deadline=None)
@given(
    texts,
    texts,
    texts,
    st.text("/abc?ä ,;", max_size=120),
    zones,
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - wall times
    st.integers(0, 10**6),
    st.booleans(),
    st.booleans(),
)
@example("x" * 400, "\\" * 90, "", "", "UTC", TWICE, 0, False, True)
@example("猫" * 100, "é" * 75, "a,b;c", "é", "Europe/London", TWICE, 1, True, True)
def test_the_bytes_are_those_of_the_library(
    title: str,
    about: str,
    place: str,
    path: str,
    zone: str,
    starts: datetime,
    sequence: int,
    cancelled: bool,
    tentative: bool,
) -> None:
    starts = starts.replace(microsecond=0)
    facts = a_published(
        summary=title,
        description=about,
        location=place,
        url=f"https://example.org/{path}",
        when=When(starts, starts + timedelta(hours=5), zone),
        sequence=sequence,
        cancelled=cancelled,
        tentative=tentative,
    )
    data = feed(name="All", description="", url="", timezone="UTC", events=[facts])
    assert entry(data) == entry(event_file(facts))
    assert lint(data) == []


@pytest.mark.parametrize("length", range(60, 90))
def test_no_line_is_longer_than_it_may_be_or_ends_within_a_character(length: int) -> None:
    for char in "aé猫😀":
        written = component("X", [("SUMMARY", escaped(char * length))])
        lines = written.split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert all(line.decode() for line in lines[:-1])
        assert (
            written.replace(b"\r\n ", b"").decode()
            == f"BEGIN:X\r\nSUMMARY:{char * length}\r\nEND:X\r\n"
        )
