"""Changes that concern many people: one row now, the mails in batches by the worker."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, in_use_case, transactional
from community.core.types import JSONDict
from community.mail.models import Broadcast

BATCH = 500

# Given the facts and the last id dealt with, queue the mails of the next batch and return the
# last id dealt with now; None when nobody is left.
Expand = Callable[[JSONDict, int, int], int | None]
_expanders: dict[str, Expand] = {}
_IS_WAITING = sa.and_(Broadcast.finished_at.is_(None), sa.not_(Broadcast.held))


def register_expander(kind: str, expand: Expand) -> None:
    """Say who makes the mails of a kind of broadcast."""
    _expanders[kind] = expand


def queue_broadcast(kind: str, facts: JSONDict) -> None:
    """Have everybody concerned told, in the transaction of what they are told of."""
    assert in_use_case(), "a broadcast outside a use-case would be lost with it"
    assert kind in _expanders, kind
    db.session.add(Broadcast(kind=kind, facts=facts, created_at=now()))


def expand_due() -> int:
    """Make the mails of waiting broadcasts, batch by batch; says how many batches it took.

    Cursor and mails are saved together: killed half-way it goes on where it was, and nobody is
    told twice. A broadcast that cannot be expanded does not stop those behind it; what went wrong
    is raised in the end.
    """
    batches = 0
    fault: Exception | None = None
    for broadcast_id in _waiting():
        try:
            while _expand_batch(broadcast_id):
                batches += 1
        except Exception as error:
            fault = fault or error
    if fault is not None:
        raise fault
    return batches


def _waiting() -> Sequence[int]:
    waiting = sa.select(Broadcast.id).where(_IS_WAITING)
    return db.session.scalars(waiting.order_by(Broadcast.id)).all()


def _something_waits() -> bool:
    waiting = sa.select(Broadcast.id).where(_IS_WAITING).limit(1)
    found = db.session.scalar(waiting) is not None
    db.session.rollback()
    return found


@transactional
def _expand_batch(broadcast_id: int) -> bool:
    """Whether there was a batch to make: no other worker has the broadcast, nor finished it."""
    broadcast = db.session.scalar(
        sa.select(Broadcast)
        .where(Broadcast.id == broadcast_id, _IS_WAITING)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if broadcast is None:
        return False
    reached = _expanders[broadcast.kind](broadcast.facts, broadcast.cursor, BATCH)
    if reached is None:
        broadcast.finished_at = now()
    else:
        broadcast.cursor = reached
    return True
