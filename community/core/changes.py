"""Facts that a use-case records, and those who put something in the database because of them.

A change is a frozen dataclass of ids and values, named in the past tense. Its subscribers run
before the commit, in the same transaction: what follows from a change is saved with it or not
at all. They write rows and never talk to a network.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

C = TypeVar("C")
_subscribers: dict[type, list[Callable[[Any], None]]] = {}
_KEY = "changes"


def subscribe(kind: type[C], subscriber: Callable[[C], None]) -> None:
    """Call ``subscriber`` with every recorded change of that kind. Subscribing twice is once."""
    known = _subscribers.setdefault(kind, [])
    if subscriber not in known:
        known.append(subscriber)


def queue(session: Session, change: object) -> None:
    """Keep ``change`` until the outermost use-case of this session is about to commit."""
    session.info.setdefault(_KEY, []).append(change)


def publish(session: Session) -> None:
    """Hand every recorded change to its subscribers, those that they record included."""
    pending: list[object] = session.info.setdefault(_KEY, [])
    while pending:
        change = pending.pop(0)
        for subscriber in _subscribers.get(type(change), []):
            subscriber(change)


def forget(session: Session) -> None:
    """Drop what was recorded: it did not happen."""
    session.info.pop(_KEY, None)
