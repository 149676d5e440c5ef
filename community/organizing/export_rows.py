"""What every export of an event's attendees is made of: its columns, and a line for each RSVP.

Who is meant is read once, as ids; everything else in batches by ranges of them, as rows and never
as objects, so that memory stays flat and time grows with the list alone.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from community.core.db import db
from community.core.types import JSONDict
from community.events.models import Event
from community.membership.models import Person
from community.membership.queries import shown_name
from community.organizing.segments import EVERYBODY, Segment, rsvp_ids
from community.rsvp.answering import count_answers, questions_of
from community.rsvp.answers import Given
from community.rsvp.models import Rsvp
from community.rsvp.question_models import QuestionKind

COLUMNS = (
    "name",
    "email",
    "organization",
    "job_title",
    "status",
    "party_size",
    "guests",
    "dietary",
    "note",
    "answered_at",
    "checked_in_at",
    "source",
)
BATCH = 1000  # with more at once, Python goes through all its memory again and again
_NOTHING = "{}"
_decoded = json.JSONDecoder().raw_decode
_SPARSE = 4  # so many ids in a range for each that is wanted: looking them up one by one is less

_tables = Person.metadata.tables
_rsvps, _people = _tables["rsvps"], _tables["people"]
_heads, _addresses = _tables["attendees"], _tables["person_addresses"]


class Head(NamedTuple):
    """One of a party: the person, whose ``position`` is 0, or a guest."""

    rsvp_id: int
    position: int
    name: str
    address: str | None
    dietary: str
    partstat: str
    checked_in_at: datetime | None
    answers: JSONDict


class Line(NamedTuple):
    """One RSVP, what the person said and the guests whom they bring. Instants are aware."""

    rsvp_id: int
    name: str
    email: str
    organization: str
    job_title: str
    status: str
    party_size: int
    note: str
    source: str
    own_dietary: str
    partstat: str
    answered_at: datetime | None
    checked_in_at: datetime | None
    answers: JSONDict
    brought: Sequence[Head]

    @property
    def guests(self) -> list[str]:
        """The guests' names; nobody's is empty."""
        return [head.name or shown_name("") for head in self.brought]

    @property
    def dietary(self) -> str:
        """What all of them do not eat, a guest's behind the guest's name."""
        if not self.brought:
            return self.own_dietary
        theirs = (f"{shown_name(one.name)}: {one.dietary}" for one in self.brought if one.dietary)
        return "; ".join(filter(None, (self.own_dietary, *theirs)))

    @property
    def heads(self) -> list[Head]:
        """The whole party, the person first."""
        own = (self.rsvp_id, 0, self.name, self.email, self.own_dietary, self.partstat)
        return [Head(*own, self.checked_in_at, self.answers), *self.brought]


_head, _line = Head._make, Line._make


class Asked(NamedTuple):
    """A question's column. ``key`` is its id as answers are kept under it."""

    key: str
    heading: str
    is_for_guests: bool


class Attending:
    """Those of an event who were meant when reading began, in order of their RSVPs.

    ``tell`` hears after each batch how many were read. Who is gone meanwhile is passed over.
    """

    def __init__(
        self,
        event: Event,
        segment: Segment = EVERYBODY,
        tell: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self.event = event
        self._tell = tell
        meant: sa.Select[Any] = rsvp_ids(event, segment).order_by(Rsvp.id)
        # Eight bytes for each: a hundred thousand are less than a megabyte.
        some = {"yield_per": 10_000}
        with db.session.connection().execute(meant, execution_options=some) as found:
            self._ids = array("q", found.scalars())

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Line]:
        for batch in self.batches():
            yield from _lines(batch)

    def batches(self) -> Iterator[list[int]]:
        """Their RSVPs' ids, a thousand at a time."""
        ids = iter(self._ids)
        count = 0
        while batch := list(islice(ids, BATCH)):
            yield batch
            count += len(batch)
            self._tell(count)


def asked_columns(event: Event) -> list[Asked]:
    """A column for each question asked now, and for each that was answered while it was.

    A heading that is there already ends in the question's number.
    """
    every = questions_of(event.id)
    answered = count_answers(event.id, [one for one in every if one.retired_at is not None])
    columns: list[Asked] = []
    for one in every:
        if one.retired_at is None or answered[one.id]:
            taken = one.label in {*COLUMNS, *(column.heading for column in columns)}
            heading = f"{one.label} ({one.id})" if taken else one.label
            columns.append(Asked(str(one.id), heading, one.is_for_guests))
    return columns


def said(line: Line, key: str) -> dict[int, JSONDict]:
    """What the heads of a party said to a question, by their place in ``heads``, as it is kept."""
    found = {0: line.answers[key]} if key in line.answers else {}
    for number, head in enumerate(line.brought, start=1):
        if key in head.answers:
            found[number] = head.answers[key]
    return found


def words_of(kept: JSONDict) -> str:
    """An answer for a reader, see :class:`community.rsvp.answers.Given`."""
    if kept.get("options") or kept["kind"] == QuestionKind.YES_NO:
        return Given.of(kept).words
    text: str = kept.get("text", "")
    return text


def iso(instant: datetime | None, zone: ZoneInfo) -> str:
    """ISO 8601 to the second, in the zone; without an instant, nothing."""
    return instant.astimezone(zone).isoformat("T", "seconds") if instant else ""


def _lines(ids: Sequence[int]) -> Iterator[Line]:
    first, last = ids[0], ids[-1]
    is_dense = last - first < _SPARSE * len(ids)
    values = {"first": first, "last": last} if is_dense else {"ids": ids}
    statements = _BY_RANGE if is_dense else _BY_ID
    is_whole = last - first + 1 == len(ids)  # else the range may have other events' rows
    wanted = None if is_whole or not is_dense else set(ids)
    connection = db.session.connection()
    brought: defaultdict[int, list[Head]] = defaultdict(list)
    for row in connection.execute(statements[1], values).all():
        *facts, inside, kept = row
        brought[row[0]].append(_head((*facts, inside and _aware(inside), _kept(kept))))
    nobody = shown_name("")
    for row in connection.execute(statements[0], values).all():
        one, name, *facts, answered, inside, kept = row
        if wanted is None or one in wanted:
            times = (answered and _aware(answered), inside and _aware(inside))
            answers = {} if kept == _NOTHING else _kept(kept)
            yield _line((one, name or nobody, *facts, *times, answers, brought.get(one, ())))


def _kept(text: str) -> JSONDict:
    kept: JSONDict = {} if text == _NOTHING else _decoded(text)[0]
    return kept


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _plain(column: sa.Column[Any], kind: type[Any]) -> sa.ColumnElement[Any]:
    """What the driver gives: our own types make an object of each value, which all end as text."""
    return sa.type_coerce(column, kind)


def _statements(whose: Callable[[sa.Column[Any]], sa.ColumnElement[bool]]) -> tuple[Any, Any]:
    """The two SELECTs of a batch, made once: of RSVPs, and of the guests."""
    answers = (
        sa.select(
            _rsvps.c.id,
            _people.c.name,
            sa.func.coalesce(_addresses.c.address, ""),
            _people.c.organization,
            _people.c.job_title,
            _plain(_rsvps.c.status, sa.String),
            _rsvps.c.party_size,
            _rsvps.c.note,
            _plain(_rsvps.c.source, sa.String),
            _heads.c.dietary,
            _plain(_heads.c.partstat, sa.String),
            _plain(_rsvps.c.answered_at, sa.DateTime),
            _plain(_heads.c.checked_in_at, sa.DateTime),
            sa.cast(_heads.c.answers, sa.Text),
        )
        .join(_people, _rsvps.c.person_id == _people.c.id)
        .join(_heads, sa.and_(_heads.c.rsvp_id == _rsvps.c.id, _heads.c.position == 0))
        .outerjoin(
            _addresses,
            sa.and_(_addresses.c.person_id == _people.c.id, _addresses.c.is_primary),
        )
        .where(whose(_rsvps.c.id))
        .order_by(_rsvps.c.id)
    )
    guests = (
        sa.select(
            _heads.c.rsvp_id,
            _heads.c.position,
            _heads.c.name,
            _heads.c.address,
            _heads.c.dietary,
            _plain(_heads.c.partstat, sa.String),
            _plain(_heads.c.checked_in_at, sa.DateTime),
            sa.cast(_heads.c.answers, sa.Text),
        )
        .where(whose(_heads.c.rsvp_id), _heads.c.position > 0)
        .order_by(_heads.c.rsvp_id, _heads.c.position)
    )
    return answers, guests


_BY_RANGE = _statements(lambda key: key.between(sa.bindparam("first"), sa.bindparam("last")))
_BY_ID = _statements(lambda key: key.in_(sa.bindparam("ids", expanding=True)))
