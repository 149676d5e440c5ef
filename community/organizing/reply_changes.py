"""What organizers do with mails that came in, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RepliesReviewed:
    """An organizer has read what came in words to an event, up to a mail."""

    event_id: int
    up_to: int
