"""The one table of what an RSVP may become, and by what."""

from enum import StrEnum

from community.rsvp.models import RsvpStatus as S


class Act(StrEnum):
    """What moves an RSVP from one state to another."""

    SAY_YES = "say_yes"
    SAY_NO = "say_no"
    LEAVE = "leave"
    SEAT = "seat"  # the line moves, or an organizer approves
    REFUSE = "refuse"  # an organizer says no to a request


NEW = None  # no RSVP yet

_PLACES = frozenset({S.GOING, S.WAITLISTED, S.REQUESTED})
# Answering yes again while one of these changes nothing: pressing twice is once.
SETTLED = frozenset({S.GOING, S.WAITLISTED, S.REQUESTED})
# Parties of these states hold seats (an invitation does while it is reserved).
SEATED = frozenset({S.GOING, S.OFFERED})
# Whoever is in one of these can leave; the others have nothing to leave.
LEAVABLE = frozenset({S.GOING, S.OFFERED, S.WAITLISTED, S.REQUESTED})

ALLOWED: dict[tuple[S | None, Act], frozenset[S]] = {
    (NEW, Act.SAY_YES): _PLACES,
    (NEW, Act.SAY_NO): frozenset({S.DECLINED}),
    (S.INVITED, Act.SAY_YES): _PLACES,
    (S.INVITED, Act.SAY_NO): frozenset({S.DECLINED}),
    (S.DECLINED, Act.SAY_YES): _PLACES,
    (S.WITHDRAWN, Act.SAY_YES): _PLACES,
    (S.LAPSED, Act.SAY_YES): _PLACES,
    (S.OFFERED, Act.SAY_YES): frozenset({S.GOING}),
    (S.GOING, Act.LEAVE): frozenset({S.WITHDRAWN}),
    (S.OFFERED, Act.LEAVE): frozenset({S.WITHDRAWN}),
    (S.WAITLISTED, Act.LEAVE): frozenset({S.WITHDRAWN}),
    (S.REQUESTED, Act.LEAVE): frozenset({S.WITHDRAWN}),
    (S.WAITLISTED, Act.SEAT): frozenset({S.GOING, S.OFFERED}),
    (S.REQUESTED, Act.SEAT): frozenset({S.GOING, S.WAITLISTED}),
    (S.REQUESTED, Act.REFUSE): frozenset({S.REFUSED}),
}


def may_become(was: S | None, act: Act) -> frozenset[S]:
    """The states that ``act`` can lead to; none when it is refused."""
    return ALLOWED.get((was, act), frozenset())
