"""When a form was handed out, signed: programs fill in faster than people, or keep old forms."""

from dataclasses import dataclass
from datetime import timedelta

from community.core.clock import now
from community.core.tokens import same, sign

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)
_PURPOSE = "form stamp"


def new_stamp(version: int = 0) -> str:
    """The present instant in milliseconds, and which version of a text the form shows, signed."""
    return _signed(int(now().timestamp() * 1000), version)


@dataclass(frozen=True)
class Stamp:
    """What a signed stamp says: the version that the form showed, and whether it is in time."""

    version: int
    in_time: bool


def read_stamp(text: str | None) -> Stamp | None:
    """A stamp that came back; None for one that we did not sign."""
    parts = (text or "").split("-")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 16 for p in parts[:2]):
        return None
    made, version = int(parts[0]), int(parts[1])
    if not same(text or "", _signed(made, version)):
        return None
    age = timedelta(milliseconds=now().timestamp() * 1000 - made)
    return Stamp(version, SHORTEST <= age <= LONGEST)


def _signed(made: int, version: int) -> str:
    return f"{made}-{version}-{sign(_PURPOSE, made, version)}"
