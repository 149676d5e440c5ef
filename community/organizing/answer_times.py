"""How long people took to answer invitations, by the decisions that were made about them.

An answer is the decision by which an invited party said yes or no; the invitation is the decision
before it. Who was put on the list by an organizer, or whose time ran out, has not answered. By
nearest rank: the median is a time that somebody took.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus

_SAID = (RsvpStatus.GOING, RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED, RsvpStatus.DECLINED)
_NOT_THEIRS = (Reason.ORGANIZER, Reason.KEPT_BACK, Reason.MERGED, Reason.ERASED)


@dataclass(frozen=True)
class AnswerTimes:
    """How many answers, and within which time half and nine tenths of them came."""

    answers: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None


NO_ANSWERS = AnswerTimes()


def answer_times(event_ids: Sequence[int]) -> tuple[AnswerTimes, dict[int, AnswerTimes]]:
    """Of all these events together, and of each that has answers. One query, to the second."""
    took = _took(event_ids)
    by_event = {"partition_by": took.c.event_id, "order_by": took.c.seconds}
    ranked = sa.select(
        took.c.event_id,
        took.c.seconds,
        sa.func.row_number().over(**by_event).label("rank"),
        sa.func.count().over(partition_by=took.c.event_id).label("n"),
        sa.func.row_number().over(order_by=took.c.seconds).label("rank_of_all"),
        sa.func.count().over().label("all"),
    ).subquery()
    columns = ranked.c
    own = sa.or_(columns.rank == _half(columns.n), columns.rank == _most(columns.n))
    shared = sa.or_(
        columns.rank_of_all == _half(columns["all"]), columns.rank_of_all == _most(columns["all"])
    )
    rows = db.session.execute(sa.select(ranked).where(sa.or_(own, shared))).all()
    together: dict[int, int] = {row.rank_of_all: row.seconds for row in rows}
    each: dict[int, dict[int, int]] = {}
    counts: dict[int, int] = {}
    for row in rows:
        each.setdefault(row.event_id, {})[row.rank] = row.seconds
        counts[row.event_id] = row.n
    found = {event_id: _of(counts[event_id], ranks) for event_id, ranks in each.items()}
    return (_of(rows[0].all, together) if rows else NO_ANSWERS), found


def _took(event_ids: Sequence[int]) -> Any:
    since = sa.cast(sa.extract("epoch", Decision.at), sa.BigInteger)
    before = sa.func.lag(since).over(partition_by=Decision.rsvp_id, order_by=Decision.id)
    each = (
        sa.select(
            Rsvp.event_id,
            Decision.was,
            Decision.became,
            Decision.reason,
            (since - before).label("seconds"),
        )
        .join(Rsvp)
        .where(Rsvp.event_id.in_(event_ids))
        .subquery()
    )
    return (
        sa.select(each.c.event_id, each.c.seconds)
        .where(
            each.c.was == RsvpStatus.INVITED,
            each.c.became.in_(_SAID),
            each.c.reason.not_in(_NOT_THEIRS),
            each.c.seconds.is_not(None),
        )
        .subquery()
    )


def _half(n: Any) -> Any:
    return (n + 1) // 2


def _most(n: Any) -> Any:
    return (9 * n + 9) // 10


def _of(n: int, seconds: dict[int, int]) -> AnswerTimes:
    median, p90 = (timedelta(seconds=int(seconds[rank])) for rank in (_half(n), _most(n)))
    return AnswerTimes(n, median, p90)
