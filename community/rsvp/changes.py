"""What happens to answers, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RsvpAsked:
    """A visitor answered; the mailed page's button must confirm it."""

    pending_id: int
    event_id: int


@dataclass(frozen=True)
class SeatGiven:
    """A party has its seats. ``promoted`` when it had been waiting."""

    rsvp_id: int
    event_id: int
    promoted: bool


@dataclass(frozen=True)
class PutOnWaitlist:
    """A party waits."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class ApprovalAsked:
    """A party asks to come, and the organizers decide."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class RequestRefused:
    """The organizers said no to a request, perhaps with a ``word``."""

    rsvp_id: int
    event_id: int
    word: str


@dataclass(frozen=True)
class SeatLeft:
    """Somebody who was going, waiting or asking is no longer."""

    rsvp_id: int
    event_id: int
    was: str


@dataclass(frozen=True)
class CheckedIn:
    """Somebody at the door let one head in."""

    rsvp_id: int
    event_id: int
    attendee_id: int


@dataclass(frozen=True)
class CheckInReverted:
    """It was somebody else, or a slip of the finger."""

    rsvp_id: int
    event_id: int
    attendee_id: int


@dataclass(frozen=True)
class Declined:
    """Somebody said no without having said yes before."""

    rsvp_id: int
    event_id: int
