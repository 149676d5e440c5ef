"""Facts survive JSON, resolve their wall times, and refuse what no calendar could state."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from community.calendar.facts import Invite, Published, When
from tests.calendar.examples import a_published, an_invite, wall, when


def utc(text: str) -> datetime:
    return wall(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "facts",
    [
        when("2026-10-25 01:30", "2026-10-25 02:30", "Europe/London", fold=1),
        an_invite(attendee_name="Łukasz “Ł” \U0001f389", description="a\nb"),
        a_published(cancelled=True),
    ],
    ids=["When", "Invite", "Published"],
)
def test_facts_come_back_equal_from_the_json_of_an_outbox_row(
    facts: When | Invite | Published,
) -> None:
    assert type(facts).from_json(json.loads(json.dumps(facts.to_json()))) == facts


@pytest.mark.parametrize(
    ("span", "starts_at", "ends_at"),
    [
        # Summer and winter in Boston.
        (when("2026-07-16 18:00", "2026-07-16 21:00"), "2026-07-16 22:00", "2026-07-17 01:00"),
        (when("2026-01-16 18:00", "2026-01-16 21:00"), "2026-01-16 23:00", "2026-01-17 02:00"),
        # Clocks in London go back on 25 October 2026 at 01:00 UTC: 01:30 happens twice.
        (
            when("2026-10-25 01:30", "2026-10-25 03:00", "Europe/London"),
            "2026-10-25 00:30",
            "2026-10-25 03:00",
        ),
        (
            when("2026-10-25 01:30", "2026-10-25 03:00", "Europe/London", fold=1),
            "2026-10-25 01:30",
            "2026-10-25 03:00",
        ),
        # The end is the first such time after the start...
        (
            when("2026-10-25 00:30", "2026-10-25 01:30", "Europe/London"),
            "2026-10-24 23:30",
            "2026-10-25 00:30",
        ),
        # ... which may be the second of its kind, even with a smaller wall time.
        (
            when("2026-10-25 01:15", "2026-10-25 01:45", "Europe/London", fold=1),
            "2026-10-25 01:15",
            "2026-10-25 01:45",
        ),
        (
            when("2026-10-25 01:45", "2026-10-25 01:15", "Europe/London"),
            "2026-10-25 00:45",
            "2026-10-25 01:15",
        ),
        # Clocks go forward on 29 March at 01:00 UTC: 01:30 is read by the clock before.
        (
            when("2026-03-29 01:30", "2026-03-29 04:00", "Europe/London"),
            "2026-03-29 01:30",
            "2026-03-29 03:00",
        ),
    ],
)
def test_wall_times_become_the_instants_that_people_mean(
    span: When, starts_at: str, ends_at: str
) -> None:
    assert (span.starts_at, span.ends_at) == (utc(starts_at), utc(ends_at))
    assert span.starts_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-10-24 18:00", "2026-10-24 21:00", True),
        ("2026-10-24 18:00", "2026-10-25 01:30", False),
        ("2026-10-25 01:00", "2026-10-25 03:00", False),
        ("2026-10-25 02:00", "2026-10-25 03:00", True),
        ("2026-03-29 01:30", "2026-03-29 04:00", False),
        ("2026-03-29 02:00", "2026-03-29 04:00", True),
    ],
)
def test_a_time_that_happens_twice_or_never_is_ambiguous(
    starts: str, ends: str, *, expected: bool
) -> None:
    assert when(starts, ends, "Europe/London").is_unambiguous is expected


def test_an_event_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        when("2026-07-16 18:00", "2026-07-16 18:00")


def test_aware_wall_times_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        When(utc("2026-07-16 18:00"), wall("2026-07-16 20:00"), "Europe/London")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "PUBLISH"}, "method"),
        ({"partstat": "accepted"}, "partstat"),
        ({"status": "DRAFT"}, "status"),
        ({"status": "CANCELLED"}, "does not go with"),
        ({"method": "CANCEL"}, "does not go with"),
        ({"sequence": -1}, "sequence"),
        ({"dtstamp": wall("2026-06-01 09:30")}, "dtstamp"),
        ({"dtstamp": datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=1)))}, "dtstamp"),
        ({"dtstamp": datetime(2026, 6, 1, 0, 0, 0, 1, tzinfo=UTC)}, "dtstamp"),
        ({"organizer_address": "mailto:host@example.org"}, "bare mail address"),
        ({"attendee_address": "Zoe <zoe@example.org>"}, "bare mail address"),
        ({"attendee_address": "zoe@example.org\r\nATTENDEE:x@y"}, "bare mail address"),
        ({"attendee_address": "zoe"}, "bare mail address"),
    ],
)
def test_an_invite_that_clients_would_misread_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        an_invite(**changes)


@pytest.mark.parametrize(
    "changes", [{"sequence": -1}, {"last_modified": wall("2026-06-01 09:30")}], ids=str
)
def test_a_published_event_without_a_true_version_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        a_published(**changes)
