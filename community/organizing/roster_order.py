"""The order of the attendee list, and one page of it by key.

First the ids, by indexes alone, then the rows: a page of a hundred thousand costs what one of
thirty does. Each state has its part of an index, and the database merges their first rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from community.core.db import db
from community.core.errors import Refused
from community.core.pages import cursor, read_cursor, read_instant
from community.events.models import Event
from community.membership.models import Person, PersonAddress
from community.organizing.segments import Segment, narrowed, rsvp_ids
from community.rsvp.models import Rsvp, RsvpStatus

SORTS = ("answered", "name", "status")
EVERY_SORT = frozenset({*SORTS, *(f"-{name}" for name in SORTS)})
# Up to so many are sorted by name as they are; of more, people are gone through by name.
FEW = 5000

# Who matters most at the door comes first; parties of one state stand in order of their tickets.
_RANKS = {
    RsvpStatus.GOING: 0,
    RsvpStatus.OFFERED: 1,
    RsvpStatus.WAITLISTED: 2,
    RsvpStatus.REQUESTED: 3,
    RsvpStatus.INVITED: 4,
    RsvpStatus.DECLINED: 5,
    RsvpStatus.WITHDRAWN: 6,
    RsvpStatus.REMOVED: 7,
    RsvpStatus.REFUSED: 8,
    RsvpStatus.LAPSED: 9,
}
# What a cursor holds: the sort it was made for, and the key of the last row.
_KINDS: dict[str, tuple[type, ...]] = {
    "answered": (str, str, int),
    "name": (str, str, int),
    "status": (str, int, int, int),
}
_Column = sa.ColumnElement[Any] | InstrumentedAttribute[Any]
_Order = Sequence[_Column]


@dataclass(frozen=True)
class _Way:
    """Which way a list is gone through, after which row, and how far."""

    backwards: bool
    key: tuple[Any, ...]  # empty at the beginning
    most: int

    def go(self, query: sa.Select[Any], order: _Order) -> sa.Select[Any]:
        """The query in this order, from the row after the key on."""
        if self.key:
            typed = zip(self.key, order, strict=True)
            here = sa.tuple_(*(sa.literal(value, part.type) for value, part in typed))
            there = sa.tuple_(*order)
            query = query.where(there < here if self.backwards else there > here)
        ordered = (part.desc() if self.backwards else part for part in order)
        return query.order_by(*ordered).limit(self.most)


def page_of_ids(
    event: Event, segment: Segment, sort: str, after: str, size: int
) -> tuple[list[int], str | None]:
    """The ids of one page in order, and the cursor that leads to the next one."""
    way = _Way(sort.startswith("-"), _read_key(after, sort), size + 1)
    match sort.removeprefix("-"):
        case "name":
            query = _by_name(event, segment, way)
        case "status":
            query = _by_status(event, segment, way)
        case _:
            query = _by_answer(event, segment, way)
    found = db.session.execute(query).all()
    shown = found[:size]
    more = _cursor(sort, shown[-1]) if len(found) > size else None
    return [row[0] for row in shown], more


def _by_answer(event: Event, segment: Segment, way: _Way) -> sa.Select[Any]:
    """When they answered; an invitation has no answer yet, and stands where it was made."""
    order = (Rsvp.listed_at, Rsvp.id)
    found = _in_any_state(event, segment).add_columns(Rsvp.listed_at)
    parts = [way.go(found.where(Rsvp.status == one), order) for one in _states(segment)]
    return _merged(parts, replace(way, key=()))


def _by_status(event: Event, segment: Segment, way: _Way) -> sa.Select[Any]:
    found, parts = _in_any_state(event, segment), []
    for status in _states(segment):
        rank, own = _RANKS[status], way
        if way.key and rank == way.key[0]:
            own = replace(way, key=way.key[1:])
        elif way.key and (rank < way.key[0]) != way.backwards:
            continue  # the list is past it
        else:
            own = replace(way, key=())
        ranked = sa.literal(rank, sa.Integer).label("rank")
        part = found.where(Rsvp.status == status).add_columns(ranked, Rsvp.ticket)
        parts.append(own.go(part, (Rsvp.ticket, Rsvp.id)))
    return _merged(parts, replace(way, key=()))


def _by_name(event: Event, segment: Segment, way: _Way) -> sa.Select[Any]:
    """By what the directory sorts by."""
    order = (Person.sort_name, Person.id)
    states = Rsvp.status.in_(_states(segment))
    some = sa.select(Rsvp.id).where(Rsvp.event_id == event.id, states).limit(FEW + 1).subquery()
    if (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) <= FEW:
        return way.go(rsvp_ids(event, segment).add_columns(*order), order)
    # Many: go through people by an index of their names. As a condition on people, so that SQLite
    # is not tempted to sort all who answered.
    theirs = Rsvp.person_id == Person.id
    primary = sa.and_(PersonAddress.person_id == Rsvp.person_id, PersonAddress.is_primary)
    meant = narrowed(sa.select(Rsvp.id).outerjoin(PersonAddress, primary), event, segment)
    own = sa.select(Rsvp.id).where(Rsvp.event_id == event.id, theirs).scalar_subquery()
    return way.go(sa.select(own, *order).where(sa.exists(meant.where(theirs))), order)


def _in_any_state(event: Event, segment: Segment) -> sa.Select[Any]:
    return rsvp_ids(event, replace(segment, statuses=(), not_statuses=()))


def _states(segment: Segment) -> list[RsvpStatus]:
    return [
        status
        for status in _RANKS
        if (not segment.statuses or status.value in segment.statuses)
        and status.value not in segment.not_statuses
    ]


def _merged(parts: Sequence[sa.Select[Any]], way: _Way) -> sa.Select[Any]:
    """The first rows of several lists, each of which is in order: an id, then what they are
    sorted by."""
    if not parts:
        return sa.select(Rsvp.id).where(sa.false())
    # SQLite takes no LIMIT within a UNION, except in a part of its own.
    every = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    first, *rest = every.c
    return way.go(sa.select(every), (*rest, first))


def _cursor(sort: str, row: sa.Row[Any]) -> str:
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in tuple(row)[1:]]
    return cursor(sort, *parts, *(() if sort.endswith("name") else (row[0],)))


def _read_key(after: str, sort: str) -> tuple[Any, ...]:
    name = sort.removeprefix("-")
    read = read_cursor(after, _KINDS[name])
    if read is None:
        return ()
    made_for, *parts = read
    if made_for != sort:
        raise Refused("bad_cursor")
    return (read_instant(parts[0]), *parts[1:]) if name == "answered" else tuple(parts)
