"""What whoever stands at the door may read: names, and who is in. Nothing else about anybody."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.text import clean_line, fold
from community.core.walltime import to_local
from community.discovery.events import rights_of
from community.events.models import Event
from community.events.queries import find_event
from community.membership.models import Person
from community.membership.queries import shown_name
from community.membership.viewer import Viewer
from community.rsvp.checkin import Door, door
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

MOST = 50
LAST = 4  # entries shown beside the search


@dataclass(frozen=True)
class Head:
    """Somebody who is expected. ``guest_of`` is ``""`` for who answered; ``since`` is a wall time
    in the event's zone, ``at`` the same in UTC, None for who is not in; ``outside`` counts those
    of the party who are not in."""

    attendee_id: int
    party_id: int
    name: str
    guest_of: str
    since: datetime | None
    at: datetime | None
    let_in_by: str
    outside: int


@dataclass(frozen=True)
class Turnout:
    """Heads that are in, of those that are expected."""

    inside: int
    expected: int


def get_event_at_door(viewer: Viewer, slug: str) -> Event:
    """The event of that slug, for whoever may let people in. Raises NotFound for all others."""
    event = find_event(slug)
    if event is None or not rights_of(viewer, event).checks_in:
        raise NotFound("event")
    return event


def how_door_stands(event: Event) -> Door:
    """Whether people can be let in now."""
    return door(event, now())


def find_heads(event: Event, *, q: str = "", party_id: int | None = None) -> list[Head]:
    """People and guests who are going, by name, narrowed to words of their name or of the name
    of who brings them, whatever the case and accents; one more than :data:`MOST` when there are
    too many to show."""
    query = _heads(event).order_by(sa.func.lower(_name()), Attendee.id)
    if party_id is not None:
        query = query.where(Attendee.rsvp_id == party_id)
    words = fold(clean_line(q)).split()[:6]
    if not words:
        query = query.limit(MOST + 1)
    # Neither database folds accents, and guests are in no directory: the event's names are folded
    # here, no more of them than there are seats, and read only until the page is full.
    with db.session.execute(query.execution_options(yield_per=500)) as rows:
        found = list(islice((row for row in rows if _is_called(row, words)), MOST + 1))
    outside = _outside({row.rsvp_id for row in found})
    return [_head(event, row, outside.get(row.rsvp_id, 0)) for row in found]


def last_entries(event: Event) -> list[Head]:
    """Who was let in last, the newest first."""
    inside = _heads(event).where(Attendee.checked_in_at.is_not(None))
    newest = inside.order_by(Attendee.checked_in_at.desc(), Attendee.id.desc()).limit(LAST)
    return [_head(event, row, 0) for row in db.session.execute(newest)]


def every_head(event: Event) -> list[Head]:
    """Everybody who is expected, for a phone that keeps the list while the network is dead."""
    rows = db.session.execute(_heads(event).order_by(sa.func.lower(_name()), Attendee.id))
    return [_head(event, row, 0) for row in rows.all()]


def _heads(event: Event) -> sa.Select[Any]:
    by = aliased(Person)
    return _expected(
        event,
        Attendee.id,
        Attendee.rsvp_id,
        _name().label("name"),
        Person.name.label("brought_by"),
        Attendee.position,
        Attendee.checked_in_at,
        sa.func.coalesce(by.name, "").label("by"),
    ).outerjoin(by, by.id == Attendee.checked_in_by)


def _head(event: Event, row: sa.Row[Any], outside: int) -> Head:
    return Head(
        attendee_id=row.id,
        party_id=row.rsvp_id,
        name=shown_name(row.name),
        guest_of=shown_name(row.brought_by) if row.position else "",
        since=row.checked_in_at and to_local(row.checked_in_at, event.timezone),
        at=row.checked_in_at,
        let_in_by=row.by,
        outside=outside,
    )


def _outside(party_ids: set[int]) -> dict[int, int]:
    counted = (
        sa.select(Attendee.rsvp_id, sa.func.count())
        .where(Attendee.rsvp_id.in_(list(party_ids)), Attendee.checked_in_at.is_(None))
        .group_by(Attendee.rsvp_id)
    )
    return dict(iter(db.session.execute(counted)))


def _is_called(row: sa.Row[Any], words: list[str]) -> bool:
    names = fold(f"{row.name}\n{row.brought_by}")
    return all(word in names for word in words)


def turnout(event: Event) -> Turnout:
    """How many heads are in, and how many are expected."""
    counted = _expected(event, sa.func.count(Attendee.checked_in_at), sa.func.count())
    inside, expected = db.session.execute(counted).one()
    return Turnout(inside, expected)


def _expected(event: Event, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(Attendee)
        .join(Rsvp, Rsvp.id == Attendee.rsvp_id)
        .join(Person, Person.id == Rsvp.person_id)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.GOING)
    )


def _name() -> sa.ColumnElement[str]:
    """A person's name as it is today, a guest's as it was typed."""
    return sa.case((Attendee.position == 0, Person.name), else_=Attendee.name)
