"""Rows of every table as lines of JSON that both databases read: out of one, and into another."""

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from community.core.db import Base, db
from community.core.types import UTCDateTime

_BATCH = 500
# The first that fits: an enum is a String, too.
_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (UTCDateTime, "instant"),
    (sa.DateTime, "wall"),
    (sa.Date, "date"),
    (sa.Boolean, "bool"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.Integer, "int"),
    (sa.Float, "float"),
    (sa.String, "text"),
)
_TYPES: Mapping[str, Callable[[], Any]] = {
    "instant": UTCDateTime,
    "wall": sa.DateTime,
    "date": sa.Date,
    "bool": sa.Boolean,
    "json": sa.types.NullType,  # as the text that it is, byte for byte
    "bytes": sa.LargeBinary,
    "int": sa.Integer,
    "float": sa.Double,
    "text": sa.String,
}
_READ: Mapping[str, Callable[[str], Any]] = {
    "instant": datetime.fromisoformat,
    "wall": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": base64.b64decode,
}

# Only tables that never give an id twice count, and those have a row once one was put in.
_COUNT_ON = (
    "UPDATE sqlite_sequence SET seq = :highest WHERE name = :name",
    "INSERT INTO sqlite_sequence (name, seq) SELECT name, :highest FROM sqlite_master"
    " WHERE type = 'table' AND name = :name AND sql LIKE '%AUTOINCREMENT%'"
    " AND name NOT IN (SELECT name FROM sqlite_sequence)",
)


@dataclass(frozen=True)
class TableFacts:
    """What a backup says of one table: its columns with their kinds, and how many rows it has.

    ``last_id`` is the highest id that was ever given, where the database counts them.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int = 0
    last_id: int | None = None


def all_tables() -> list[TableFacts]:
    """Every table of this version, those first that others refer to.

    Columns that the database makes of others are left out: it makes them again.
    """
    return [
        TableFacts(
            table.name,
            tuple((one.name, _kind(one)) for one in table.columns if one.computed is None),
        )
        for table in Base.metadata.sorted_tables
    ]


def _kind(column: sa.Column[Any]) -> str:
    return next(kind for of, kind in _KINDS if isinstance(column.type, of))


def write_rows(connection: sa.Connection, facts: TableFacts, file: Path) -> int:
    """Write a table's rows, one a line, compressed; says how many there were."""
    lite = connection.dialect.name == "sqlite"
    table = _light(facts)
    shown = [
        sa.cast(table.c[name], sa.Text).label(name)
        if kind == "json" and not lite
        else sa.type_coerce(table.c[name], sa.String).label(name)
        if kind == "json"
        else table.c[name]
        for name, kind in facts.columns
    ]
    keys = [table.c[one.name] for one in Base.metadata.tables[facts.name].primary_key]
    query = sa.select(*shown).order_by(*keys).execution_options(yield_per=_BATCH)
    count = 0
    with (
        gzip.open(file, "wt", compresslevel=3, encoding="ascii", newline="\n") as out,
        connection.execute(query) as rows,
    ):
        for row in rows:
            out.write(json.dumps([_plain(value) for value in row]) + "\n")
            count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date


def read_rows(facts: TableFacts, lines: Iterable[str]) -> None:
    """Put rows into the table; inside a use-case."""
    insert, rows = sa.insert(_light(facts)), _parsed(facts, lines)
    while batch := list(islice(rows, _BATCH)):
        db.session.execute(insert, batch)


def _parsed(facts: TableFacts, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    names = [name for name, _ in facts.columns]
    reads = [_READ.get(kind) for _, kind in facts.columns]
    for line in lines:
        values = json.loads(line)
        yield {
            name: read(value) if read and value is not None else value
            for name, read, value in zip(names, reads, values, strict=True)
        }


def _light(facts: TableFacts) -> sa.TableClause:
    """The table by names and kinds alone, so that older versions of it can be filled, too."""
    return sa.table(facts.name, *(sa.column(name, _TYPES[kind]()) for name, kind in facts.columns))


def last_id(connection: sa.Connection, facts: TableFacts) -> int | None:
    """The highest id that the database ever gave in a table, as far as it knows."""
    if facts.columns[0] != ("id", "int"):
        return None
    named = {"name": facts.name}
    if connection.dialect.name == "sqlite":
        query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return _number(connection.scalar(query, named))
    owned = sa.text("SELECT pg_get_serial_sequence(:name, 'id')")
    sequence = connection.scalar(owned, named)  # its quoted name, or NULL
    if sequence is None:
        return None
    query = sa.text(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - the database's own name
    return _number(connection.scalar(query))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def count_on(facts: TableFacts) -> None:
    """Let new ids come after all that were ever given; inside a use-case."""
    if facts.columns[0] != ("id", "int"):
        return
    table = sa.table(facts.name, sa.column("id", sa.Integer))
    highest = max(facts.last_id or 0, db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0)
    if not highest:
        return
    named = {"name": facts.name, "highest": highest}
    if db.engine.dialect.name == "sqlite":
        for statement in _COUNT_ON:
            db.session.execute(sa.text(statement), named)
    else:
        statement = "SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"
        db.session.execute(sa.text(statement), named)
