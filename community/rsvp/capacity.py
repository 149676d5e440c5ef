"""Pure decisions about seats: how many are free, who gets them, who is next, and for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# An offer that leaves less time than this to answer is none: the seat is given.
SHORTEST_OFFER = timedelta(minutes=30)


class Placement(StrEnum):
    """What becomes of a party that wants to come."""

    SEATED = "seated"
    FULL = "full"  # it does not fit whole
    BEHIND = "behind"  # it would fit, and others came first


@dataclass(frozen=True)
class Line:
    """How an event deals with its waitlist.

    ``by_hand``: the organizer chooses, nobody is next by themselves. ``smaller_may_pass``: a
    smaller party that fits may pass a larger one that does not.
    """

    by_hand: bool = False
    smaller_may_pass: bool = True


@dataclass(frozen=True)
class Waiting:
    """A party in line."""

    rsvp_id: int
    ticket: int
    party: int


def free_seats(capacity: int | None, kept_back: int, taken: int) -> int | None:
    """Seats that anybody may have; None when there is no limit."""
    return None if capacity is None else max(0, capacity - kept_back - taken)


def fits(free: int | None, party: int) -> bool:
    """Whether a party can be seated whole: it is never split."""
    return free is None or party <= free


def place(free: int | None, party: int, *, somebody_waits: bool, line: Line) -> Placement:
    """Seat a newcomer or not.

    While somebody waits, the free seats are too few for them, or the organizer has not chosen
    yet. A newcomer may have those seats only where the event lets a smaller party pass.
    """
    if not fits(free, party):
        return Placement.FULL
    if somebody_waits and (line.by_hand or not line.smaller_may_pass):
        return Placement.BEHIND
    return Placement.SEATED


def next_in_line(policy: Line, free: int | None, queue: Iterable[Waiting]) -> Waiting | None:
    """Who is eligible for the free seats: ``queue`` is in order of tickets.

    The first who fits, or, where nobody may pass, the first if they fit; nobody where the
    organizer chooses.
    """
    if policy.by_hand:
        return None
    for waiting in queue:
        if fits(free, waiting.party):
            return waiting
        if not policy.smaller_may_pass:
            return None
    return None


def offered_until(moment: datetime, starts_at: datetime, hours: int | None) -> datetime | None:
    """Until when a seat that is freed at ``moment`` is held for the next in line.

    As long as the event says, and never longer than a quarter of the time that is left: so there
    is time for three more. None means that the seat is given at once: the event makes no offers,
    or too little time is left. Instants are aware.
    """
    if hours is None:
        return None
    held = min(timedelta(hours=hours), (starts_at - moment) / 4)
    return moment + held if held >= SHORTEST_OFFER else None
