"""How the seats of an event filled, reconstructed from the decisions about its answers.

A party goes from the decision that made it going until the next one about it, with as many heads
as that decision says; the same holds for waiting. How many seats there were at that time is kept
nowhere: a picture has today's capacity beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.organizing.pictures import Buckets, buckets
from community.rsvp.models import Decision, Rsvp, RsvpStatus


@dataclass(frozen=True)
class Point:
    """Heads that were going and that waited when a bucket ended (an aware instant)."""

    begins: datetime
    ends: datetime
    going: int
    waiting: int


@dataclass(frozen=True)
class Growth:
    """The buckets from the first answer on, and what was so at the end of each.

    ``last`` (an aware instant) is how far they are filled: it lies in the last one.
    """

    spans: Buckets
    points: list[Point]
    last: datetime


def growth_of(event: Event, moment: datetime) -> Growth | None:
    """Until ``moment``, an aware instant, or until the event was over or called off.

    None while nobody was invited or answered. Two queries, however many answers there are.
    """
    first: datetime | None = db.session.scalar(
        sa.select(sa.func.min(Decision.at)).join(Rsvp).where(Rsvp.event_id == event.id)
    )
    if first is None:
        return None
    last = min(filter(None, (moment, event.ends_at, event.cancelled_at)))
    spans = buckets(first, last, event.timezone)
    changed = _changes(event.id, spans)
    points, going, waiting = [], 0, 0
    for n, end in enumerate(spans.ends):
        more_going, more_waiting = changed.get(n, (0, 0))
        going, waiting = going + more_going, waiting + more_waiting
        points.append(Point(spans.edges[n], end, going, waiting))
    return Growth(spans, points, max(first, last))


def heads_as(status: RsvpStatus) -> sa.ColumnElement[int]:
    """By how many heads of that state a decision changed what was so before it.

    To be selected from decisions, all those about an RSVP together.
    """
    held = sa.case((Decision.became == status, Decision.party), else_=0)
    before = sa.func.lag(held).over(partition_by=Decision.rsvp_id, order_by=Decision.id)
    return held - sa.func.coalesce(before, 0)


def _changes(event_id: int, spans: Buckets) -> dict[int, tuple[int, int]]:
    """By how much going and waiting changed in each bucket. What is later is in the last one."""
    each = (
        sa.select(
            Decision.at,
            heads_as(RsvpStatus.GOING).label("going"),
            heads_as(RsvpStatus.WAITLISTED).label("waiting"),
        )
        .join(Rsvp)
        .where(Rsvp.event_id == event_id)
        .subquery()
    )
    inner = spans.ends[:-1]
    number: Any = sa.literal(0)
    if inner:
        number = sa.case(*((each.c.at < end, n) for n, end in enumerate(inner)), else_=len(inner))
    # PostgreSQL takes two equal expressions with parameters for different ones: it gets a name.
    numbered = (
        sa.select(number.label("n"), each.c.going, each.c.waiting)
        .where(sa.or_(each.c.going != 0, each.c.waiting != 0))
        .subquery()
    )
    going, waiting = sa.func.sum(numbered.c.going), sa.func.sum(numbered.c.waiting)
    rows = db.session.execute(sa.select(numbered.c.n, going, waiting).group_by(numbered.c.n))
    return {n: (int(a), int(b)) for n, a, b in rows}
