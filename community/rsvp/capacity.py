"""Pure decisions about seats: how many are free, who gets them, who is next."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Placement(StrEnum):
    """What becomes of a party that wants to come."""

    SEATED = "seated"
    FULL = "full"  # it does not fit whole
    BEHIND = "behind"  # it would fit, and others came first


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


def place(
    free: int | None, party: int, *, somebody_waits: bool, smaller_may_pass: bool
) -> Placement:
    """Seat a newcomer or not.

    While somebody waits, the free seats are too few for them. A newcomer may have those seats
    only where the event lets a smaller party pass.
    """
    if not fits(free, party):
        return Placement.FULL
    if somebody_waits and not smaller_may_pass:
        return Placement.BEHIND
    return Placement.SEATED


def next_in_line(
    free: int | None, line: Iterable[Waiting], *, smaller_may_pass: bool
) -> Waiting | None:
    """Who is eligible for the free seats: ``line`` is in order of tickets.

    The first who fits, or, where nobody may pass, the first if they fit.
    """
    for waiting in line:
        if fits(free, waiting.party):
            return waiting
        if not smaller_may_pass:
            return None
    return None
