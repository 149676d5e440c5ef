"""The list of everybody who answered an event, as its organizers read it and export it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import Refused
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.core.text import clean_line
from community.events.models import Event
from community.membership.models import Person, PersonAddress
from community.membership.queries import shown_name
from community.organizing.heads import (
    HeadAnswer,
    answers_of,
    dietary_of,
    heads_of,
    open_of,
    says_maybe,
)
from community.rsvp.answering import asked_at
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.queries import newest_decisions
from community.rsvp.question_models import Question

PAGE, BATCH = 50, 500
SORTS = ("answered", "name", "status")
_LONGEST_ID = 2**63 - 1

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

_COLUMNS: tuple[Any, ...] = (
    Rsvp.id.label("rsvp_id"),
    Person.name,
    sa.func.coalesce(PersonAddress.address, "").label("email"),
    Person.organization,
    Person.job_title,
    Rsvp.status,
    Rsvp.party_size,
    Rsvp.note,
    Rsvp.answered_at,
    Rsvp.source,
)


@dataclass(frozen=True)
class RosterRow:
    """One RSVP. Instants are UTC, ``place`` is 1 for the party that has waited longest.

    ``open`` are pairs of what somebody must answer and has not, and the guest's name for a guest's.
    ``answers`` are to the event's questions, in order of heads. ``dietary`` holds the needs of all
    heads, a guest's behind the guest's name. ``reason`` is for the edge to fill in: it words
    ``decision``, the newest one about this RSVP. ``says_maybe``: in their calendar, which keeps
    what they have.
    """

    rsvp_id: int
    name: str
    email: str
    organization: str
    job_title: str
    status: str
    party_size: int
    guests: list[str]
    dietary: str
    note: str
    answered_at: datetime | None
    checked_in_at: datetime | None
    source: str
    answers: list[HeadAnswer] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)
    place: int | None = None
    decision: Decision | None = None
    reason: str = ""
    says_maybe: bool = False


def list_attendees(
    event: Event, *, status: str = "", q: str = "", sort: str = "answered", after: str = ""
) -> Page[RosterRow]:
    """One page, narrowed to a state and to words of name, address or organization.

    An unknown ``status`` finds nobody, an unknown ``sort`` is the order of answering. Six queries
    at most, however long the list is.
    """
    sort = sort if sort in SORTS else "answered"
    order = _order(sort)
    query = _selected(event, status).add_columns(*order)
    for word in clean_line(q).split()[:6]:
        query = query.where(_mentions(word))
    if key := _read_key(after, sort):
        query = query.where(sa.tuple_(*order) > sa.tuple_(*key))
    found = db.session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    ids = [row.rsvp_id for row in shown]
    asked = [one for one in asked_at(event.id) if one.required]
    rows = _rows(shown, _places(event, shown), newest_decisions(ids), asked)
    return Page(rows, _next_key(sort, shown[-1]) if len(found) > PAGE else None)


def iter_attendees(event: Event, status: str = "") -> Iterator[RosterRow]:
    """Everybody in order of their RSVP, in batches by key, so that memory stays flat.

    For exports: places in line, decisions and what is open are left out.
    """
    last = 0
    query = _selected(event, status).order_by(Rsvp.id).limit(BATCH)
    while found := db.session.execute(query.where(Rsvp.id > last)).all():
        yield from _rows(found, {}, {})
        last = found[-1].rsvp_id


def _selected(event: Event, status: str) -> sa.Select[Any]:
    query = (
        sa.select(*_COLUMNS)
        .join(Person, Rsvp.person_id == Person.id)
        .outerjoin(
            PersonAddress,
            sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary),
        )
        .where(Rsvp.event_id == event.id)
    )
    if status:
        known = status in set(RsvpStatus)
        query = query.where(Rsvp.status == RsvpStatus(status) if known else sa.false())
    return query


def _mentions(word: str) -> sa.ColumnElement[bool]:
    columns = (Person.name, PersonAddress.address, Person.organization)
    return sa.or_(*(column.icontains(word, autoescape=True) for column in columns))


def _order(sort: str) -> list[sa.SQLColumnExpression[Any]]:
    """What a list is sorted by; it ends in the id, so that no two rows are equal."""
    match sort:
        case "name":
            return [sa.func.lower(Person.name), Rsvp.id]
        case "status":
            ranks = [(Rsvp.status == status, rank) for status, rank in _RANKS.items()]
            return [sa.case(*ranks, else_=len(_RANKS)), Rsvp.ticket, Rsvp.id]
        case _:
            return [_answered(), Rsvp.id]


def _answered() -> sa.ColumnElement[datetime]:
    # An invitation has no answer yet; it stands where it was made.
    return sa.func.coalesce(Rsvp.answered_at, Rsvp.created_at)


def _next_key(sort: str, row: sa.Row[Any]) -> str:
    key = row[len(_COLUMNS) :]
    return cursor(sort, *(k.isoformat() if isinstance(k, datetime) else k for k in key))


def _read_key(after: str, sort: str) -> list[sa.SQLColumnExpression[Any]] | None:
    kinds = (str, int, int, int) if sort == "status" else (str, str, int)
    key = read_cursor(after, kinds)
    if key is None:
        return None
    made_for, *parts = key
    numbers = [part for part in parts if isinstance(part, int)]
    texts = [part for part in parts if isinstance(part, str)]
    # A cursor comes back from a browser: it may hold anything that fits its shape.
    if made_for != sort or not all(0 <= n <= _LONGEST_ID for n in numbers):
        raise Refused("bad_cursor")
    if any(clean_line(text) != text for text in texts):
        raise Refused("bad_cursor")
    if sort == "answered":
        return [sa.literal(read_instant(parts[0]), Rsvp.created_at.type), sa.literal(parts[1])]
    return [sa.literal(part) for part in parts]


def _rows(
    found: Sequence[sa.Row[Any]],
    places: dict[int, int],
    decisions: dict[int, Decision],
    required: Sequence[Question] = (),
) -> list[RosterRow]:
    heads = heads_of([row.rsvp_id for row in found])
    return [
        RosterRow(
            rsvp_id=row.rsvp_id,
            name=shown_name(row.name),
            email=row.email,
            organization=row.organization,
            job_title=row.job_title,
            status=row.status.value,
            party_size=row.party_size,
            guests=[shown_name(head.name) for head in heads[row.rsvp_id] if head.position],
            dietary=dietary_of(heads[row.rsvp_id]),
            note=row.note,
            answered_at=row.answered_at,
            checked_in_at=next(
                (head.checked_in_at for head in heads[row.rsvp_id] if not head.position), None
            ),
            source=row.source.value,
            answers=answers_of(heads[row.rsvp_id]),
            open=open_of(row, heads[row.rsvp_id], required) if decisions else [],
            place=places.get(row.rsvp_id),
            decision=decisions.get(row.rsvp_id),
            says_maybe=says_maybe(row, heads[row.rsvp_id]),
        )
        for row in found
    ]


def _places(event: Event, found: Sequence[sa.Row[Any]]) -> dict[int, int]:
    """The places in line of those of the rows that wait."""
    waiting = [row.rsvp_id for row in found if row.status == RsvpStatus.WAITLISTED]
    if not waiting:
        return {}
    line = (
        sa.select(Rsvp.id, sa.func.row_number().over(order_by=Rsvp.ticket).label("place"))
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.WAITLISTED)
        .subquery()
    )
    places = sa.select(line.c.id, line.c.place).where(line.c.id.in_(waiting))
    return dict(iter(db.session.execute(places)))
