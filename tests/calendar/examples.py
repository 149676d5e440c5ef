"""Ready-made facts for calendar files, each changeable by keyword."""

from datetime import UTC, datetime
from typing import Any

from community.calendar.facts import Invite, Published, When


def wall(text: str) -> datetime:
    """A naive wall time from ``2026-07-16 18:00``."""
    return datetime.fromisoformat(text)


def when(starts: str, ends: str, timezone: str = "America/New_York", fold: int = 0) -> When:
    return When(wall(starts), wall(ends), timezone, fold)


def an_invite(**changes: Any) -> Invite:
    facts: dict[str, Any] = {
        "method": "REQUEST",
        "uid": "5fd0c7e2@events.example.org",
        "sequence": 2,
        "dtstamp": datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
        "organizer_name": "Boston Leaders",
        "organizer_address": "rsvp+k3y@events.example.org",
        "attendee_name": "Zoë Ångström",
        "attendee_address": "zoe@example.com",
        "partstat": "NEEDS-ACTION",
        "status": "CONFIRMED",
        "when": when("2026-07-16 18:00", "2026-07-16 21:00"),
        "summary": "Boston Leadership Dinner, with wine; cheese",
        "description": "Dear Zoë,\n\nwe look forward to you.",
        "location": "Glass House, 450 Kendall Street; Cambridge",
        "url": "https://events.example.org/events/boston-leadership-dinner?a=1&b=2",
    }
    return Invite(**{**facts, **changes})


def a_cancellation(**changes: Any) -> Invite:
    return an_invite(**{"method": "CANCEL", "status": "CANCELLED", "sequence": 3, **changes})


def a_published(**changes: Any) -> Published:
    facts: dict[str, Any] = {
        "uid": "boston@events.example.org",
        "sequence": 1,
        "last_modified": datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
        "when": when("2026-07-16 18:00", "2026-07-16 21:00"),
        "summary": "Boston Leadership Dinner",
        "description": "A dinner among peers.",
        "location": "Glass House",
        "url": "https://events.example.org/events/boston-leadership-dinner",
    }
    return Published(**{**facts, **changes})
