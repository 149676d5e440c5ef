"""Rows for tables as they are found in a database, whichever revision it is of.

Today's models do not fit an older database, so values follow from what the database itself says
of each column: its type, its foreign key, and the words that its CHECK allows.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.core.db import db

_BATCH = 1000
_FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
# What a CHECK says in more words than a list, and what only makes sense together.
_FITTING: dict[str, Any] = {
    "capacity": 100_000,
    "seats_taken": 0,
    "kept_back": 0,
    "offer_hours": 24,
    "guests_allowed": 2,
    "fold": 0,
    "party_size": 1,
    "minutes": 60,
    "tries": 0,
}
_MOST = {"position": 9, "sequence": 100}
_WORDS = ("Zoë „quoted“ 😀", "O'Hara; DROP", "x\\ny", "", "Ж", "a,b\tc", "100 %")


# A community of ten thousand; every other table has a thousand rows.
MANY = {"people": 10_000, "events": 500, "rsvps": 50_000, "attendees": 50_000, "outbox": 20_000}
KEPT = "no row and no value changes on the way from any earlier revision to this one"
Sums: TypeAlias = dict[str, tuple[int, dict[str, str]]]


class Populated:
    """A database that was filled; ``rows`` says how many rows each table has."""

    def __init__(self, connection: sa.Connection, sizes: dict[str, int], default: int) -> None:
        """Fill every table that is empty with so many rows, or as many as are unique."""
        self._connection = connection
        self._lite = connection.dialect.name == "sqlite"
        self._found = sa.MetaData()
        self._found.reflect(connection)
        self._keys: dict[str, list[Any]] = {}
        self.rows: dict[str, int] = {}
        for table in self._found.sorted_tables:
            if table.name == "alembic_version":
                continue
            count = sa.select(sa.func.count()).select_from(table)
            if not connection.scalar(count):
                self._fill(table, sizes.get(table.name, default))
            self._keys[table.name] = self._keys_of(table)
            self.rows[table.name] = connection.scalar(count) or 0
        if not self._lite:
            self._count_on()

    def _keys_of(self, table: sa.Table) -> list[Any]:
        if len(table.primary_key.columns) != 1:
            return []
        (key,) = table.primary_key.columns
        return list(self._connection.scalars(sa.select(key).order_by(key)))

    def _fill(self, table: sa.Table, count: int) -> None:
        insert = (sqlite if self._lite else postgresql).insert(table).on_conflict_do_nothing()
        rows = self._rows(table, count)
        while batch := list(islice(rows, _BATCH)):
            self._connection.execute(insert, batch)

    def _rows(self, table: sa.Table, count: int) -> Iterator[dict[str, Any]]:
        choices = self._choices(table)
        columns = [column for column in table.columns if column.computed is None]
        for number in range(count):
            row, stride = {}, 1
            for column in columns:
                if column.foreign_keys:
                    (target,) = {key.column.table.name for key in column.foreign_keys}
                    keys = self._keys.get(target, [])
                    known = bool(keys) and not (column.nullable and number % 5 == 0)
                    row[column.name] = keys[number // stride % len(keys)] if known else None
                    stride *= max(1, len(keys)) if known and not column.nullable else 1
                elif column.name in choices:
                    words = choices[column.name]
                    row[column.name] = words[number % len(words)]
                else:
                    row[column.name] = _value(column, number)
            yield _sensible(row)

    def _choices(self, table: sa.Table) -> dict[str, list[str]]:
        """By column, the words that its CHECK lists."""
        found = {}
        for check in sa.inspect(self._connection).get_check_constraints(table.name):
            text = str(check["sqltext"])
            words = re.findall(r"'((?:[^']|'')*)'", text)
            name = re.match(r"[\s(\"]*(\w+)", text)
            several = re.search(r"\bIN\b|\bANY\b", text, re.IGNORECASE)
            if words and name and (several or _ONE_WORD.fullmatch(text)):
                found[name[1]] = words
        return found

    def _count_on(self) -> None:
        """Ids that the program gives come after those that were written here."""
        for table in self._found.sorted_tables:
            if "id" in table.columns and isinstance(table.columns["id"].type, sa.Integer):
                self._connection.execute(
                    sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608 - a table's own name
                        f' coalesce(max(id), 1)) FROM "{table.name}"'
                    )
                )


# What PostgreSQL makes of a list of one.
_ONE_WORD = re.compile(r"[\s(\"]*\w+[\s)\":a-z]*=\s*'[^']*'(?:::[a-z ]+)?[\s)]*")


def _value(column: sa.Column[Any], number: int) -> Any:
    """Something of the column's type; of two rows never the same, where that is possible."""
    if column.nullable and number % 3 == 2:
        return None
    if column.name in _FITTING:
        return _FITTING[column.name]
    make = next(make for kind, make in _KINDS if isinstance(column.type, kind))
    return make(column, number)


def _moment(column: sa.Column[Any], number: int) -> datetime:
    moment = _FIRST + timedelta(minutes=number, microseconds=number)
    return moment if column.type.timezone else moment.replace(tzinfo=None)


def _word(column: sa.Column[Any], number: int) -> str:
    word = f"{number:x}-{_WORDS[number % len(_WORDS)]}"
    return word[: column.type.length] if column.type.length else word


# The first that fits.
_KINDS: tuple[tuple[type[Any], Callable[[sa.Column[Any], int], Any]], ...] = (
    (sa.Boolean, lambda _column, number: number % 2 == 0),
    (sa.Integer, lambda column, number: number % _MOST.get(column.name, number + 2) + 1),
    (sa.DateTime, _moment),
    (sa.Date, lambda _column, number: date(2026, 1, 1) + timedelta(days=number)),
    (sa.JSON, lambda _column, number: {"n": number, "word": _WORDS[number % 7], "list": [None]}),
    (sa.LargeBinary, lambda _column, number: sha256(str(number).encode()).digest()),
    (sa.Float, lambda _column, number: number + 0.5),
    (sa.String, _word),
)


def _sensible(row: dict[str, Any]) -> dict[str, Any]:
    """What two columns of one row must agree on."""
    if row.get("starts_at") and "ends_at" in row:
        row["ends_at"] = row["starts_at"] + timedelta(hours=3)
    if "low_id" in row:
        low, high = sorted((row["low_id"], row["high_id"]))
        row |= {"low_id": low, "high_id": high + (low == high), "asked_by": low}
    if "blocker_id" in row and row["blocker_id"] == row["blocked_id"]:
        row["blocked_id"] = row["blocker_id"] + 1
    return row


def checksums(
    connection: sa.Connection, columns: dict[str, list[str]]
) -> dict[str, tuple[int, dict[str, str]]]:
    """By table, how many rows there are, and a checksum of each of these columns, in order."""
    found = {}
    for name, wanted in columns.items():
        keys = sa.inspect(connection).get_pk_constraint(name)["constrained_columns"]
        order = ", ".join(f'"{key}"' for key in keys)
        listed = ", ".join(f'"{column}"' for column in wanted)
        rows = connection.exec_driver_sql(f'SELECT {listed} FROM "{name}" ORDER BY {order}').all()  # noqa: S608 - a table's own names
        sums = [sha256() for _ in wanted]
        for row in rows:
            for one, value in zip(sums, row, strict=True):
                one.update(repr(value).encode())
        found[name] = len(rows), dict(zip(wanted, (one.hexdigest() for one in sums), strict=True))
    return found


def columns_there(connection: sa.Connection) -> dict[str, list[str]]:
    """By table, the names of its columns."""
    there = sa.inspect(connection)
    return {
        name: sorted(column["name"] for column in there.get_columns(name))
        for name in there.get_table_names()
        if name != "alembic_version"
    }


def populate(sizes: dict[str, int], default: int) -> dict[str, int]:
    with db.engine.begin() as connection:
        rows = Populated(connection, sizes, default).rows
    assert min(rows.values()) > 0, "a table was left empty"
    return rows


def sums(columns: dict[str, list[str]] | None = None) -> Sums:
    with db.engine.connect() as connection:
        return checksums(connection, columns or columns_there(connection))


def columns() -> dict[str, list[str]]:
    with db.engine.connect() as connection:
        return columns_there(connection)


def require_kept(before: Sums, *, but: frozenset[str] = frozenset()) -> None:
    """What both revisions have is as it was, and every foreign key leads somewhere."""
    there = columns()
    common = {
        name: [column for column in known if column in there[name]]
        for name, (_count, known) in before.items()
        if name in there and name not in but
    }
    after = sums(common)
    for name, compared in common.items():
        count, known = before[name]
        assert after[name] == (count, {column: known[column] for column in compared}), name
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
