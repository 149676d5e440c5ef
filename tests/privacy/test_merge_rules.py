"""Which of two answers stays: the whole table."""

from itertools import product

import pytest

from community.membership.models import Membership
from community.privacy.merge_rules import RESERVED, WORTH, Held, standing_of_one, which_stays
from community.rsvp.models import RsvpStatus as S
from community.rsvp.transitions import SEATED


def held(
    rsvp_id: int, status: S, party: int = 1, ticket: int = 1, *, reserved: bool = False
) -> Held:
    return Held(rsvp_id, status, party, ticket, reserved or status in SEATED)


def test_every_state_has_a_worth_and_no_two_the_same() -> None:
    assert set(WORTH) == set(S)
    assert len({*WORTH.values(), RESERVED}) == len(S) + 1


@pytest.mark.parametrize(("one", "other"), list(product(S, S)))
def test_what_is_worth_more_stays_whichever_record_it_is_of(one: S, other: S) -> None:
    own, theirs = held(1, one), held(2, other)
    first, second = which_stays(own, theirs), which_stays(theirs, own)
    assert WORTH[first.status] == max(WORTH[one], WORTH[other])
    if one != other:
        assert first == second
    else:
        assert (first, second) == (own, theirs), "of equals one's own stays"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (held(1, S.GOING), held(2, S.WAITLISTED, ticket=0)),
        (held(1, S.WAITLISTED, ticket=9), held(2, S.INVITED, ticket=1)),
        (held(1, S.INVITED), held(2, S.DECLINED)),
        (held(1, S.INVITED, reserved=True), held(2, S.WAITLISTED, ticket=0)),
        (held(1, S.OFFERED), held(2, S.INVITED, party=3, reserved=True)),
        (held(1, S.INVITED, reserved=True), held(2, S.INVITED)),
        (held(1, S.OFFERED, party=2), held(2, S.OFFERED)),
        (held(1, S.REFUSED), held(2, S.WITHDRAWN)),
        (held(1, S.REMOVED), held(2, S.LAPSED)),
        (held(1, S.GOING, party=3, ticket=9), held(2, S.GOING, party=1, ticket=1)),
        (held(1, S.WAITLISTED, ticket=3), held(2, S.WAITLISTED, party=4, ticket=4)),
    ],
)
def test_the_better_one_stays(better: Held, worse: Held) -> None:
    assert which_stays(better, worse) == which_stays(worse, better) == better


@pytest.mark.parametrize(
    ("one", "other", "becomes"),
    [
        (Membership.ACTIVE, Membership.SUSPENDED, Membership.SUSPENDED),
        (Membership.NONE, Membership.ACTIVE, Membership.ACTIVE),
        (Membership.NONE, Membership.ENDED, Membership.ENDED),
        (Membership.APPLIED, Membership.ENDED, Membership.APPLIED),
        (Membership.ACTIVE, Membership.APPLIED, Membership.ACTIVE),
        (Membership.ENDED, Membership.SUSPENDED, Membership.SUSPENDED),
    ],
)
def test_a_second_record_is_no_way_out_of_a_suspension(
    one: Membership, other: Membership, becomes: Membership
) -> None:
    assert standing_of_one(one, other) == standing_of_one(other, one) == becomes
