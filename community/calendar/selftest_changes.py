"""What happens to test invites, as facts."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SelfTestAsked:
    """An operator wants a test invite to be sent."""

    selftest_id: int
    address: str = field(metadata={"audited": False})
