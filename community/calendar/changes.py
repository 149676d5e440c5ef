"""What happens to calendar addresses, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedAddressCreated:
    """A person has a secret calendar address, and the one before leads nowhere any more."""

    person_id: int
    kind: str


@dataclass(frozen=True)
class FeedAddressRevoked:
    """A secret calendar address leads nowhere any more."""

    person_id: int
    kind: str
