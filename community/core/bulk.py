"""Adding rows by plain statements, where what the session does for each object would be felt."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from community.core.db import Base, db, execute_plain


def insert_many(
    table: sa.Table, rows: Sequence[Mapping[str, Any]], *, returning: Sequence[str] = ()
) -> Sequence[sa.Row[Any]]:
    """Add rows, all with the same keys; the columns of ``returning`` of each, in no known order.

    Only inside a use-case. Columns that are not given get their defaults.
    """
    if not rows:
        return []
    wanted = [table.c[name] for name in returning]
    statement, given = sa.insert(table), rows
    if db.session.get_bind().dialect.name == "postgresql":
        statement, given = _from_one_value(table, rows)
    result = db.session.execute(statement.returning(*wanted) if wanted else statement, given)
    return result.all() if wanted else []


def insert_one(row: Base, **known: Any) -> None:
    """Save one new object as it is, at a third of what a flush costs. It is detached then: adding
    it to the session makes it like any other.

    ``known`` are columns that a relationship would tell a flush.
    """
    table = type(row).metadata.tables[row.__tablename__]
    given = vars(row)
    values = {one.name: given[one.name] for one in table.c if one.name in given} | known
    result: Any = execute_plain(sa.insert(table), values)
    kept = result.last_inserted_params() | {"id": result.inserted_primary_key[0]}
    for column in table.c:
        if column.computed is None:
            set_committed_value(row, column.name, kept.get(column.name))
    make_transient_to_detached(row)


def _from_one_value(
    table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> tuple[sa.Insert, list[dict[str, str]]]:
    """The same with all rows as one JSON text: its driver sends rows one by one, at ten times
    the cost; SQLite takes them one by one at no cost, and JSON would slow it down.
    """
    names = list(rows[0])
    source = sa.func.json_to_recordset(sa.cast(sa.bindparam("given", type_=sa.Text), sa.JSON))
    there = source.table_valued(*(sa.column(name, table.c[name].type) for name in names))
    there = there.render_derived(with_types=True)
    statement = sa.insert(table).from_select(names, sa.select(*(there.c[name] for name in names)))
    return statement, [{"given": json.dumps(list(map(dict, rows)), default=_as_text)}]


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a row")
