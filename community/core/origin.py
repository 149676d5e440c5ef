"""Who is acting and from where, for the audit log and the reasons of decisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The person (None for the program itself), the edge, and the network address if known."""

    person_id: int | None = None
    via: str = "system"
    network: str = ""


_origin: ContextVar[Origin] = ContextVar("origin")
_SYSTEM = Origin()


def origin() -> Origin:
    """Who is acting now."""
    return _origin.get(_SYSTEM)


@contextmanager
def acting(who: Origin) -> Iterator[None]:
    """Everything in the block is done by ``who``."""
    token = _origin.set(who)
    try:
        yield
    finally:
        _origin.reset(token)
