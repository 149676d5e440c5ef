"""The list of everybody who answered an event, as its organizers read it and export it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.db import db
from community.core.pages import Page
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
from community.organizing.roster_order import EVERY_SORT, SORTS, page_of_ids
from community.organizing.segments import EVERYBODY, Segment
from community.rsvp.answering import asked_at
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.queries import newest_decisions
from community.rsvp.question_models import Question

PAGE = 50
_ahead = aliased(Rsvp)

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
_SELECTED: sa.Select[Any] = (
    sa.select(*_COLUMNS)
    .join(Person, Rsvp.person_id == Person.id)
    .outerjoin(
        PersonAddress, sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary)
    )
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
    event: Event, segment: Segment = EVERYBODY, *, sort: str = SORTS[0], after: str = ""
) -> Page[RosterRow]:
    """One page of those who are meant, in the order that ``sort`` names, backwards after a ``-``.

    An unknown ``sort`` is the order of answering. Eight queries at most, however long the list is.
    """
    sort = sort if sort in EVERY_SORT else SORTS[0]
    ids, more = page_of_ids(event, segment, sort, after, PAGE)
    # By their ids alone: SQLite would rather look through the whole event.
    found = db.session.execute(_SELECTED.where(Rsvp.id.in_(ids))).all()
    shown = sorted(found, key=lambda row: ids.index(row.rsvp_id))
    asked = [one for one in asked_at(event.id) if one.required]
    rows = _rows(shown, _places(event, shown), newest_decisions(ids), asked)
    return Page(rows, more)


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
    # Counted from the first of them on, and those before it once: a page is mostly one stretch.
    first = sa.select(sa.func.min(Rsvp.ticket)).where(Rsvp.id.in_(waiting)).scalar_subquery()
    line = (_ahead.event_id == event.id, _ahead.status == RsvpStatus.WAITLISTED)
    before = sa.select(sa.func.count(_ahead.id)).where(*line, _ahead.ticket < first)
    among = sa.select(sa.func.count(_ahead.id)).where(
        *line, _ahead.ticket >= first, _ahead.ticket <= Rsvp.ticket
    )
    place = before.scalar_subquery() + among.correlate(Rsvp).scalar_subquery()
    return dict(iter(db.session.execute(sa.select(Rsvp.id, place).where(Rsvp.id.in_(waiting)))))
