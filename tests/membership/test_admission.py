"""Who may join, by policy and invitation."""

import pytest

from community.core.errors import Refused
from community.membership.admission import Policy, admit
from community.membership.models import Membership


@pytest.mark.parametrize(
    ("policy", "invited", "becomes"),
    [
        ("open", False, Membership.ACTIVE),
        ("open", True, Membership.ACTIVE),
        ("approval", False, Membership.APPLIED),
        ("approval", True, Membership.ACTIVE),
        ("invitation", True, Membership.ACTIVE),
    ],
)
def test_a_policy_says_what_a_proven_address_becomes(
    policy: Policy, invited: bool, becomes: Membership
) -> None:
    assert admit(policy, invited=invited) == becomes


def test_by_invitation_nobody_else_may_join() -> None:
    with pytest.raises(Refused, match="by_invitation"):
        admit("invitation", invited=False)
