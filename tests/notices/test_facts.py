"""What a mail says of an event, compared with what its reader knows of it: pure, by tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from community.app import create_app
from community.mail.models import MailState, OutboxMail
from community.notices.facts import event_as_read, known_before, told

FACTS: dict[str, Any] = {
    "event_version": 2,
    "event_title": "Dinner",
    "event_summary": "",
    "event_slug": "dinner",
    "event_format": "in_person",
    "event_location": "Glass House, Boston",
    "event_timezone": "America/New_York",
    "event_starts": "2026-07-16T18:30:00",
    "event_ends": "2026-07-16T21:30:00",
}
BEFORE = told(FACTS)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path) -> Iterator[None]:
    with create_app(instance_path=tmp_path).app_context():
        yield


def test_a_mail_without_an_event_has_no_facts_of_one() -> None:
    assert event_as_read({"sign_in_id": 4}) == {}


def test_times_are_read_as_words_in_the_events_own_zone() -> None:
    read = event_as_read(FACTS)
    assert read["day"] == "Thursday, July 16, 2026"
    assert read["hours"] == "6:30 PM to 9:30 PM"
    assert read["zone"] == "New York time"
    assert (read["moved"], read["elsewhere"], read["was"]) == (False, False, [])


def test_an_end_on_another_day_names_the_day() -> None:
    read = event_as_read({**FACTS, "event_ends": "2026-07-17T01:00:00"})
    assert read["hours"] == "6:30 PM to 1:00 AM on July 17, 2026"


@pytest.mark.parametrize(
    ("change", "moved", "elsewhere", "was"),
    [
        ({}, False, False, []),
        (
            {"starts_local": "2026-07-15T18:00:00", "ends_local": "2026-07-15T21:00:00"},
            True,
            False,
            ["Before: Wednesday, July 15, 2026, 6:00 PM to 9:00 PM (New York time)"],
        ),
        (
            {"ends_local": "2026-07-16T20:00:00"},
            True,
            False,
            ["Before: Thursday, July 16, 2026, 6:30 PM to 8:00 PM (New York time)"],
        ),
        (
            {"timezone": "America/Chicago"},
            True,
            False,
            ["Before: Thursday, July 16, 2026, 6:30 PM to 9:30 PM (Chicago time)"],
        ),
        ({"location": "Town Hall"}, False, True, ["Before: Town Hall"]),
        ({"location": ""}, False, True, []),
        ({"title": "Lunch"}, False, False, ["Before: Lunch"]),
    ],
)
def test_what_was_otherwise_before_is_said(
    change: dict[str, str], moved: bool, elsewhere: bool, was: list[str]
) -> None:
    before = {**BEFORE, **change}
    read = event_as_read({**FACTS, "before": {**before, "outside": before["location"]}})
    assert (read["moved"], read["elsewhere"], read["was"]) == (moved, elsewhere, was)


@pytest.mark.parametrize("state", MailState)
def test_news_counts_as_known_only_when_the_mail_left_for_certain(state: MailState) -> None:
    old = {**BEFORE, "starts_local": "2026-07-15T18:00:00"}
    mail = OutboxMail(state=state, facts={**FACTS, "before": old})
    assert known_before(mail) == (BEFORE if state == MailState.SENT else old)
    assert known_before(OutboxMail(state=state, facts=FACTS)) == BEFORE


HOUSE, HALL = "Glass House, Boston", "Town Hall, Boston"


@pytest.mark.parametrize(
    ("knew", "knows", "elsewhere"),
    [
        (("Boston", "Boston"), (HOUSE, "Boston"), False),  # a seat: the same place, all of it
        ((HOUSE, "Boston"), ("Boston", "Boston"), False),  # no seat any more
        ((HOUSE, "Boston"), (HALL, "Boston"), True),
        (("Boston", "Boston"), ("Boston", "Boston"), False),
        (("Boston", "Boston"), ("Berlin", "Berlin"), True),
        (("Boston", "Boston"), (HALL, "Berlin"), True),
    ],
)
def test_to_know_more_or_less_of_a_place_is_no_move(
    knew: tuple[str, str], knows: tuple[str, str], elsewhere: bool
) -> None:
    before = {**BEFORE, "location": knew[0], "outside": knew[1]}
    now = {**FACTS, "event_location": knows[0], "event_outside": knows[1]}
    assert event_as_read({**now, "before": before})["elsewhere"] == elsewhere
