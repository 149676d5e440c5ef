"""What organizers took out of the desk, as facts."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AttendeesExported:
    """An event's attendees left as a file: ``count`` answers, narrowed by ``query``.

    The query is without what was typed: a search names people, and answers are theirs.
    """

    event_id: int
    format: str
    query: dict[str, Any]
    count: int


@dataclass(frozen=True)
class AttendeeFileAsked:
    """The worker is to make such a file."""

    event_id: int
    file_id: int
    format: str
    query: dict[str, Any]
