"""What happens to the addresses that people answer from, as facts."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AliasConfirmed:
    """Somebody said that an address is theirs, too: answers by calendar count from there."""

    person_id: int
    address: str = field(metadata={"audited": False})


@dataclass(frozen=True)
class AliasRemoved:
    """Answers from there count no longer."""

    person_id: int
    address: str = field(metadata={"audited": False})
