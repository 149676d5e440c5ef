"""How the seats of events changed hands, by the decisions about their answers. In heads."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.organizing.growth import heads_as
from community.rsvp.models import Decision, Reason, Rsvp
from community.rsvp.models import RsvpStatus as S

LATE = timedelta(hours=24)
_BY_HAND = (Reason.ORGANIZER, Reason.KEPT_BACK)


@dataclass(frozen=True)
class SeatMoves:
    """The first five are the ways to a seat: each party that got one came by one of them.

    ``direct``: one was free, or was reserved for them. ``promoted``: out of the line by itself.
    ``taken``: an offer. ``approved``: they had asked. ``by_hand``: an organizer put them there.
    ``offered`` and ``expired`` are offers; ``left`` are seats given up, ``late`` those of them
    within a day of the start or after it.
    """

    direct: int = 0
    promoted: int = 0
    taken: int = 0
    approved: int = 0
    by_hand: int = 0
    offered: int = 0
    expired: int = 0
    left: int = 0
    late: int = 0

    def __add__(self, other: "SeatMoves") -> "SeatMoves":
        pairs = zip(astuple(self), astuple(other), strict=True)
        return SeatMoves(*(a + b for a, b in pairs))


NO_MOVES = SeatMoves()


def seat_moves(event_ids: Sequence[int]) -> dict[int, SeatMoves]:
    """Of each of these events about which anything was decided. One query."""
    was, became, reason = Decision.was, Decision.became, Decision.reason
    new = sa.and_(became == S.GOING, sa.or_(was.is_(None), was != S.GOING))
    other = sa.or_(was.is_(None), was.not_in((S.WAITLISTED, S.OFFERED, S.REQUESTED)))
    by_hand = reason.in_(_BY_HAND)
    left = sa.and_(was == S.GOING, became == S.WITHDRAWN, reason != Reason.MERGED)
    seconds_left = sa.extract("epoch", Event.starts_at) - sa.extract("epoch", Decision.at)
    ways = (
        sa.and_(new, other, ~by_hand),
        sa.and_(new, was == S.WAITLISTED, ~by_hand),
        sa.and_(new, was == S.OFFERED, ~by_hand),
        sa.and_(new, was == S.REQUESTED),
        sa.and_(new, by_hand, sa.or_(was.is_(None), was != S.REQUESTED)),
        sa.and_(became == S.OFFERED, was != S.OFFERED),
        sa.and_(was == S.OFFERED, became == S.LAPSED),
        left,
        sa.and_(left, seconds_left <= int(LATE.total_seconds())),
    )
    counted = (sa.func.coalesce(sa.func.sum(Decision.party).filter(way), 0) for way in ways)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Rsvp.event_id, *counted)
        .select_from(Decision)
        .join(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Rsvp.event_id.in_(event_ids))
        .group_by(Rsvp.event_id)
    )
    return {row[0]: SeatMoves(*map(int, row[1:])) for row in db.session.execute(query)}


def going_at_start(event_ids: Sequence[int]) -> dict[int, int]:
    """How many heads were going when each of these events began. One query."""
    each = (
        sa.select(Rsvp.event_id, Decision.at, Event.starts_at, heads_as(S.GOING).label("heads"))
        .select_from(Decision)
        .join(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Rsvp.event_id.in_(event_ids))
        .subquery()
    )
    query = (
        sa.select(each.c.event_id, sa.func.sum(each.c.heads))
        .where(each.c.at <= each.c.starts_at)
        .group_by(each.c.event_id)
    )
    return {event_id: int(heads) for event_id, heads in db.session.execute(query)}
