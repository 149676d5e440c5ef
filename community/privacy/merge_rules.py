"""Pure decisions about merging: which of two answers to one event stays, and what one becomes."""

from dataclasses import dataclass

from community.membership.models import Membership
from community.rsvp.models import RsvpStatus

# What is worth more stays: a seat before a place in line before an invitation, and what an
# organizer refused before one's own no, so that a second record is no way around it.
WORTH: dict[RsvpStatus, int] = {
    RsvpStatus.GOING: 10,
    RsvpStatus.OFFERED: 9,
    RsvpStatus.WAITLISTED: 7,
    RsvpStatus.REQUESTED: 6,
    RsvpStatus.INVITED: 5,
    RsvpStatus.REMOVED: 4,
    RsvpStatus.REFUSED: 3,
    RsvpStatus.DECLINED: 2,
    RsvpStatus.WITHDRAWN: 1,
    RsvpStatus.LAPSED: 0,
}
RESERVED = 8  # an invitation whose seats are held: one yes, and they are theirs

# Whoever is suspended stays so under whatever other record; else the closer one counts.
_CLOSENESS = (
    Membership.SUSPENDED,
    Membership.ACTIVE,
    Membership.APPLIED,
    Membership.ENDED,
    Membership.NONE,
)


@dataclass(frozen=True)
class Held:
    """An answer as far as the rule looks at it."""

    rsvp_id: int
    status: RsvpStatus
    party: int
    ticket: int
    holds_seats: bool


def which_stays(own: Held, other: Held) -> Held:
    """Which of two answers to the same event stays; ``own`` is of the record that stays.

    Between two seats the larger party, so that no guest loses one; between two places in line the
    earlier ticket; else one's own.
    """
    return max(own, other, key=_worth)  # the first of equals


def standing_of_one(own: Membership, other: Membership) -> Membership:
    """What the one record becomes."""
    return min(own, other, key=_CLOSENESS.index)


def _worth(held: Held) -> tuple[int, int, int]:
    is_reserved = held.status == RsvpStatus.INVITED and held.holds_seats
    worth = RESERVED if is_reserved else WORTH[held.status]
    in_line = held.status in {RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED}
    return worth, held.party if held.holds_seats else 0, -held.ticket if in_line else 0
