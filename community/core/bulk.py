"""Adding many rows with one statement, where an object or a statement for each would be felt."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from community.core.db import db


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
