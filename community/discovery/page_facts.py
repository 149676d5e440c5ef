"""Everything that a visitor's page of events shows, as one statement that loads no event.

Its rows tell whether a page that was kept is still right: they hold what the page is made of, and
no figure in its place, so that nothing which shows can change without them. A test changes every
column that such a page reads.
"""

from datetime import datetime
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq import ExecStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from community.core.identity import CommunityIdentity, CommunityLogo
from community.core.tokens import digest
from community.core.types import UTCDateTime
from community.discovery.events import MOST_OTHERS, may_be_seen
from community.events.models import (
    Event,
    EventHost,
    EventStatus,
    HostRole,
    Venue,
    event_topics,
)
from community.events.queries import are_coming
from community.membership.models import Person, Topic
from community.membership.texts import CommunityText, TextKind
from community.membership.viewer import VISITOR
from community.rsvp.models import Rsvp, RsvpStatus

# Cleaned text holds neither of them.
_FIELD: Any = sa.literal_column("'\x1f'")
_ROW: Any = sa.literal_column("'\x1e'")
_IN_NUMBERS = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # the library's own
_NOTHING: Any = sa.literal_column("''")
_MOMENT = sa.bindparam("moment", type_=UTCDateTime)
_SLUG, _MOST = sa.bindparam("slug", type_=sa.String), sa.bindparam("most", type_=sa.Integer)


@cache
def event_facts() -> sa.Select[Any]:
    """Of one event's page, by ``slug`` at ``moment``."""
    wanted = sa.select(Event.id).where(Event.slug == _SLUG)
    columns = [*Event.__table__.columns, *Venue.__table__.columns, _others()]
    return _facts(wanted, columns)


@cache
def coming_facts() -> sa.Select[Any]:
    """Of the first ``most`` coming events as cards at ``moment``, and of all topics."""
    wanted = sa.select(Event.id).where(
        may_be_seen(VISITOR), are_coming(_MOMENT), Event.status != EventStatus.DRAFT
    )
    wanted = wanted.order_by(Event.starts_at, Event.id).limit(_MOST)
    shown = [column for column in Event.__table__.columns if column.name != "description"]
    return _facts(wanted, [*shown, *Venue.__table__.columns, _all_topics()])


def _facts(wanted: sa.Select[int], columns: list[Any]) -> sa.Select[Any]:
    """A row for each event, and one without an event where there is none."""
    ids, one = wanted.subquery(), sa.select(sa.literal(1).label("one")).subquery()
    rows = one.outerjoin(ids, sa.true()).outerjoin(Event, Event.id == ids.c.id)
    rows = rows.outerjoin(Venue, Venue.id == Event.venue_id)
    facts = sa.select(_identity(), _texts(), _hosts(), _topics(), _waiting(), *columns)
    return facts.select_from(rows).order_by(Event.starts_at, Event.id)


def _hosts() -> Any:
    line = _line(EventHost.role, Person.id, Person.name, Person.job_title, Person.organization)
    is_host = sa.or_(EventHost.role == HostRole.OWNER, EventHost.role == HostRole.COHOST)
    return (
        sa.select(_lines(line, _ROW))
        .select_from(EventHost)
        .join(Person, Person.id == EventHost.person_id)
        .where(EventHost.event_id == Event.id, is_host)
        .correlate(Event)
        .scalar_subquery()
    )


def _topics() -> Any:
    return (
        sa.select(_lines(_line(Topic.id, Topic.slug, Topic.name), _ROW))
        .select_from(event_topics)
        .join(Topic, Topic.id == event_topics.c.topic_id)
        .where(event_topics.c.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )


def _all_topics() -> Any:
    line = _line(Topic.id, Topic.slug, Topic.name, Topic.folded)
    return sa.select(_lines(line, _ROW)).scalar_subquery()


def _waiting() -> Any:
    return (
        sa.select(sa.func.count())
        .select_from(Rsvp)
        .where(Rsvp.event_id == Event.id, Rsvp.status == RsvpStatus.WAITLISTED)
        .correlate(Event)
        .scalar_subquery()
    )


def _others() -> Any:
    """The other dates of a series, as :mod:`community.discovery.event_page` reads them."""
    other = aliased(Event)
    seen = sa.and_(other.status == EventStatus.PUBLISHED, other.ends_at > _MOMENT)
    found = (
        sa.select(other.id, other.slug, other.starts_local, other.starts_at)
        .where(
            may_be_seen(VISITOR, other),
            seen,
            other.series_id == Event.series_id,
            other.id != Event.id,
        )
        .order_by(other.starts_at, other.id)
        .limit(MOST_OTHERS)
        .correlate(Event)
        .subquery()
    )
    line = _line(found.c.id, found.c.slug, found.c.starts_local, found.c.starts_at)
    return sa.select(_lines(line, _ROW)).correlate(Event).scalar_subquery()


def _identity() -> Any:
    logo = (CommunityLogo.digest, CommunityLogo.width, CommunityLogo.height)
    return (
        sa.select(_line(CommunityIdentity.version, CommunityIdentity.name, *logo))
        .outerjoin(CommunityLogo, CommunityLogo.digest == CommunityIdentity.logo_digest)
        .order_by(CommunityIdentity.version.desc())
        .limit(1)
        .scalar_subquery()
    )


def _texts() -> Any:
    newer = aliased(CommunityText)
    is_newest = ~sa.exists().where(
        newer.kind == CommunityText.kind, newer.version > CommunityText.version
    )
    present = sa.select(_lines(_line(CommunityText.kind), _ROW)).where(
        CommunityText.kind != TextKind.CONSENT, CommunityText.body != "", is_newest
    )
    return present.scalar_subquery()


def _line(*columns: Any) -> Any:
    line: Any = None
    for column in columns:
        text = sa.func.coalesce(sa.cast(column, sa.String), _NOTHING)
        line = text if line is None else line + _FIELD + text
    return line


class _lines(FunctionElement[str]):  # noqa: N801 - a function of the database
    type, inherit_cache = sa.String(), True


@compiles(_lines)
def _in_sqlite(lines: _lines, compiler: Any, **how: Any) -> str:
    return f"group_concat({compiler.process(lines.clauses, **how)})"


@compiles(_lines, "postgresql")
def _in_postgresql(lines: _lines, compiler: Any, **how: Any) -> str:
    return f"string_agg({compiler.process(lines.clauses, **how)})"


class Asked:
    """Such a statement as the driver takes it: who asks for every page has no time to build it.

    PostgreSQL writes each row as one text, which is read faster than sixty values.
    """

    def __init__(self, statement: sa.Select[Any], dialect: sa.Dialect) -> None:
        self._is_sqlite = dialect.name == "sqlite"
        compiled: Any = statement.compile(dialect=dialect if self._is_sqlite else _IN_NUMBERS)
        text = str(compiled)
        self._text = text if self._is_sqlite else f"SELECT facts::text FROM ({text}) AS facts"  # noqa: S608 - our own
        self.name = b"facts" + digest(text)[:16].encode()
        self._order: list[str] = compiled.positiontup
        self._bound: dict[str, Any] = {}
        self._process: dict[str, Any] = {}
        for bind, name in compiled.bind_names.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._process[name] = process or (lambda value: value)
            else:
                value = bind.effective_value
                self._bound[name] = process(value) if process else value

    def rows(self, connection: Any, moment: datetime, given: dict[str, Any]) -> list[Any]:
        """What a connection of the driver answers, within its transaction."""
        values = self._values(moment, given)
        if not self._is_sqlite:
            with psycopg.RawCursor(connection) as cursor:  # which takes $1
                found = cursor.execute(self._text, values).fetchall()
                return [row.encode() for (row,) in found]
        return list(connection.execute(self._text, values).fetchall())

    def rows_again(self, connection: Any, moment: datetime, given: dict[str, Any]) -> list[Any]:
        """The same outside of transactions, on a connection that has it prepared."""
        if self._is_sqlite:
            return self.rows(connection, moment, given)
        values = [str(value).encode() for value in self._values(moment, given)]
        result = connection.pgconn.exec_prepared(self.name, values)
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.DatabaseError(result.error_message.decode(errors="replace"))
        return [result.get_value(number, 0) for number in range(result.ntuples)]

    def prepare(self, connection: Any) -> None:
        """Have the connection know the statement, for :meth:`rows_again`."""
        if not self._is_sqlite:
            connection.pgconn.prepare(self.name, self._text.encode())

    def _values(self, moment: datetime, given: dict[str, Any]) -> list[Any]:
        wanted = {"moment": moment, **given}
        made = {name: process(wanted[name]) for name, process in self._process.items()}
        return [made[name] if name in made else self._bound[name] for name in self._order]


_STATEMENTS = {"event": event_facts, "coming": coming_facts}


@cache
def asked(statement: str, dialect: sa.Dialect) -> Asked:
    """The statement of that name for a database."""
    return Asked(_STATEMENTS[statement](), dialect)
