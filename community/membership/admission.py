"""Who may join, and as what: the decision alone."""

from typing import Literal

from community.core.errors import Refused
from community.membership.models import Membership

Policy = Literal["open", "approval", "invitation"]


def admit(policy: Policy, *, invited: bool) -> Membership:
    """What a proven address becomes: ``active``, or ``applied`` where organizers decide.

    An invitation of a member counts under every policy. Refuses where nothing else does.
    """
    if invited or policy == "open":
        return Membership.ACTIVE
    if policy == "approval":
        return Membership.APPLIED
    raise Refused("by_invitation")
