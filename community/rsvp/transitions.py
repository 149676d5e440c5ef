"""The one table of what an RSVP may become, and by what."""

from enum import StrEnum

from community.rsvp.models import RsvpStatus as S


class Act(StrEnum):
    """What moves an RSVP from one state to another."""

    SAY_YES = "say_yes"
    SAY_NO = "say_no"
    LEAVE = "leave"
    CHANGE = "change"  # the party grows or shrinks
    SEAT = "seat"  # the line moves, or an organizer approves
    REFUSE = "refuse"  # an organizer says no to a request
    INVITE = "invite"
    ADD = "add"  # an organizer seats somebody without asking
    REMOVE = "remove"  # an organizer takes a seat, a place or an invitation back
    MOVE = "move"  # an organizer gives another place in line
    RUN_OUT = "run_out"  # nobody took in time what was held


NEW = None  # no RSVP yet

_PLACES = frozenset({S.GOING, S.WAITLISTED, S.REQUESTED})
# Answering yes again while one of these does not take another seat: pressing twice is once.
SETTLED = frozenset({S.GOING, S.WAITLISTED, S.REQUESTED})
# Parties of these states hold seats (an invitation does while it is reserved).
SEATED = frozenset({S.GOING, S.OFFERED})
# Whoever is in one of these can leave; the others have nothing to leave.
LEAVABLE = frozenset({S.GOING, S.OFFERED, S.WAITLISTED, S.REQUESTED})
# What an organizer can take back.
REMOVABLE = LEAVABLE | {S.INVITED}
_GONE = frozenset({S.DECLINED, S.WITHDRAWN, S.REMOVED, S.REFUSED, S.LAPSED})

ALLOWED: dict[tuple[S | None, Act], frozenset[S]] = {
    (NEW, Act.SAY_YES): _PLACES,
    (NEW, Act.SAY_NO): frozenset({S.DECLINED}),
    (NEW, Act.INVITE): frozenset({S.INVITED}),
    (NEW, Act.ADD): frozenset({S.GOING}),
    (S.INVITED, Act.SAY_YES): _PLACES,
    (S.INVITED, Act.SAY_NO): frozenset({S.DECLINED}),
    (S.INVITED, Act.RUN_OUT): frozenset({S.LAPSED}),
    (S.DECLINED, Act.SAY_YES): _PLACES,
    (S.WITHDRAWN, Act.SAY_YES): _PLACES,
    (S.LAPSED, Act.SAY_YES): _PLACES,
    (S.OFFERED, Act.SAY_YES): frozenset({S.GOING}),
    (S.OFFERED, Act.RUN_OUT): frozenset({S.LAPSED}),
    (S.WAITLISTED, Act.SEAT): frozenset({S.GOING, S.OFFERED}),
    (S.WAITLISTED, Act.MOVE): frozenset({S.WAITLISTED}),
    (S.REQUESTED, Act.SEAT): frozenset({S.GOING, S.WAITLISTED}),
    (S.REQUESTED, Act.REFUSE): frozenset({S.REFUSED}),
    **{(was, Act.LEAVE): frozenset({S.WITHDRAWN}) for was in LEAVABLE},
    **{(was, Act.CHANGE): frozenset({was}) for was in LEAVABLE},
    **{(was, Act.REMOVE): frozenset({S.REMOVED}) for was in REMOVABLE},
    **{(was, Act.INVITE): frozenset({S.INVITED}) for was in _GONE},
    **{(was, Act.ADD): frozenset({S.GOING}) for was in _GONE | REMOVABLE - {S.GOING}},
}


def may_become(was: S | None, act: Act) -> frozenset[S]:
    """The states that ``act`` can lead to; none when it is refused."""
    return ALLOWED.get((was, act), frozenset())
