"""Days and times as readers expect them, in the language of the settings."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.app import create_app
from community.core.dates import clock, day, hours, instant, weekday_day, zone_name

SIX = datetime(2026, 7, 16, 18, 30)  # noqa: DTZ001 - a wall time


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Sets the language."""
    contexts = []

    def speak(locale: str) -> None:
        contexts.append(create_app(instance_path=tmp_path, locale=locale).app_context())
        contexts[-1].push()

    yield speak
    for context in reversed(contexts):
        context.pop()


def test_days_and_hours_are_written_out(speaking: Callable[[str], None]) -> None:
    speaking("en")
    assert day(SIX) == "July 16, 2026"
    assert weekday_day(SIX.date()) == "Thursday, July 16, 2026"
    assert clock(SIX) == "6:30 PM"  # with a plain space, which every font has
    assert hours(SIX, SIX.replace(hour=21)) == "6:30 PM to 9:30 PM"
    late = SIX.replace(day=17, hour=1)
    assert hours(SIX, late) == "6:30 PM to 1:30 AM on July 17, 2026"


@pytest.mark.parametrize("locale", ["en-GB", "en_GB"])
def test_a_language_may_be_written_with_either_stroke(
    speaking: Callable[[str], None], locale: str
) -> None:
    speaking(locale)
    assert day(SIX) == "16 July 2026"
    assert clock(SIX) == "18:30"


def test_an_instant_is_shown_by_the_clocks_of_a_place(speaking: Callable[[str], None]) -> None:
    speaking("en")
    noon = datetime(2026, 1, 14, 19, 2, tzinfo=UTC)
    assert instant(noon, "America/New_York") == "Jan 14, 2026, 2:02 PM"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/New_York", "New York time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_called_by_its_city(
    speaking: Callable[[str], None], zone: str, name: str
) -> None:
    speaking("en")
    assert zone_name(zone) == name
