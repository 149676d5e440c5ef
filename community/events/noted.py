"""What the audit log keeps of an event that changes: figures, times, choices, before and after."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from community.events.models import Event

# Prose and links are named when they change, and not kept.
VALUED = frozenset(
    {
        *("title", "starts_local", "ends_local", "timezone", "format", "venue_id"),
        *("capacity", "kept_back", "guests_allowed", "offer_hours", "line_policy"),
        *("visibility", "requires_approval", "takes_answers", "attendees_visible_to"),
        *("opens_at", "answer_by", "edit_until", "smaller_may_pass", "maybe_keeps_seat"),
        "address_private",
    }
)


def values_of(
    event: Event, changed: Iterable[str], facts: Mapping[str, object]
) -> dict[str, list[Any]]:
    """Of the columns about to change, those whose values are kept: ``[old, new]``."""
    return {
        name: [_plain(getattr(event, name)), _plain(facts[name])]
        for name in sorted(VALUED.intersection(changed))
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
