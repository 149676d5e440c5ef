"""Lists in pages, by key and not by offset: the thousandth page costs what the first does."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from community.core.errors import Refused

T = TypeVar("T")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LARGEST_ID = 2**31 - 1  # what a column of ids holds on PostgreSQL


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the opaque cursor that leads to the ones after them."""

    rows: list[T]
    after: str | None = None


def cursor(*key: str | int) -> str:
    """The opaque form of the last row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read_cursor(text: str | None, kinds: tuple[type, ...]) -> list[str | int] | None:
    """The sort key inside a cursor, or None when there is no cursor. Refuses anything else.

    It comes back from a browser, which may have put anything in that fits the shape.
    """
    if not text:
        return None
    if len(text) > 1000:
        raise Refused("bad_cursor")
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        key = None
    fits = isinstance(key, list) and [type(part) for part in key] == list(kinds)
    if not fits or not all(map(_can_be_asked_for, key)):
        raise Refused("bad_cursor")
    assert isinstance(key, list)
    return key


def read_instant(text: object) -> datetime:
    """The aware instant (as UTC) that a cursor keeps in ISO 8601. Refuses anything else."""
    try:
        moment = datetime.fromisoformat(str(text))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused("bad_cursor")


def _can_be_asked_for(part: str | int) -> bool:
    """Whether both databases take it as a value: PostgreSQL knows no NUL and no lone surrogate."""
    if isinstance(part, int):
        return 0 <= part <= _LARGEST_ID
    return "\x00" not in part and not _SURROGATES.search(part)
