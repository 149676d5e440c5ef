"""What a visitor gets of a kept page is, at every moment, what a fresh page would be.

A change that any page of events can show is one of a column that it reads. So every column that a
fresh page reads is changed, row by row, behind the program's back, as another machine would; and
after each change the kept page is compared with a fresh one. The controls leave something out of
what a kept page is checked by, and must find it stale.
"""

import os
import random
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import Base, db
from community.discovery import page_facts
from tests.discovery.counting import statements
from tests.evidence import Evidence
from tests.reliability.kept_pages import PATHS, Visitor, a_visitor

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "a kept page equals a fresh one after any change"
TABLES = {
    "community_identities",
    "community_logos",
    "community_texts",
    "event_hosts",
    "events",
    "people",
    "rsvps",
    "topics",
    "venues",
}
Row = tuple[sa.Table, sa.Column[Any], dict[str, Any]]


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return a_visitor(app)


def read_by(visitor: Visitor, path: str) -> list[Row]:
    """Every column of every row of the tables that a fresh page reads."""
    with statements() as asked:
        visitor.fresh(path)
    named = {
        (table, column)
        for statement, _ in asked
        for table, column in re.findall(r"\b([a-z_]+?)(?:_\d+)?\.([a-z_]+)\b", statement)
    }
    found: list[Row] = []
    tables = Base.metadata.tables
    with db.engine.connect() as connection:
        for name in sorted({table for table, _ in named if table in tables}):
            columns = [c for c in tables[name].columns if (name, c.name) in named]
            rows = connection.execute(sa.select(tables[name])).mappings().all()
            found += [(tables[name], column, dict(row)) for row in rows for column in columns]
    return found


# No page can be made of a zone that does not exist.
OTHERS = {"body": ["", "x"], "timezone": ["Europe/Berlin"]}


def others_than(column: sa.Column[Any], value: Any) -> list[Any]:
    """Values to try instead of one; the first that the database takes is the change."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        return [one for one in kind.enum_class or () if one != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1]
    if isinstance(value, datetime):
        return [value + timedelta(hours=1), value - timedelta(hours=1)]
    if isinstance(value, str):
        return OTHERS.get(column.name, [f"{value}x", "x"])
    return [_of_nothing(kind)]


def _of_nothing(kind: Any) -> Any:
    if isinstance(kind, sa.String):
        return "x"
    if isinstance(kind, sa.Integer | sa.Float):
        return 1
    return now() + timedelta(days=1) if "DateTime" in type(kind).__name__ else None


def changed(table: sa.Table, column: sa.Column[Any], row: dict[str, Any], value: Any) -> bool:
    """Whether the database took another value; committed on a connection of its own."""
    key = [one == row[one.name] for one in table.primary_key.columns]
    if column.primary_key:
        return False  # what names a row is never changed; rows come and go elsewhere
    try:
        with db.engine.begin() as connection:
            connection.execute(sa.update(table).where(*key).values({column: value}))
    except (sa.exc.IntegrityError, sa.exc.DBAPIError):
        return False
    return True


def stale_after(visitor: Visitor, path: str, rows: list[Row]) -> tuple[list[str], int]:
    """What was changed and did not show on the kept page, and how many changes were made."""
    missed, made = [], 0
    visitor.kept(path)
    for table, column, row in rows:
        before = row[column.name]
        for values in (others_than(column, before), [before]):
            value = next((one for one in values if changed(table, column, row, one)), ...)
            made += value is not ...
            if value is not ... and visitor.differ(path):
                missed.append(f"{table.name}.{column.name} = {value!r}")
    return missed, made


def some(rows: list[Row], most: int) -> list[Row]:
    """So many of those that are likely to be shown, and of the others; by a seed."""
    shown = r"title|name|slug|city|seats_taken|status|digest|body|starts_local|role|answer_by"
    likely = [one for one in rows if re.search(shown, one[1].name)]
    rest = [one for one in rows if one not in likely]
    draw = random.Random(7)
    return [row for part in (likely, rest) for row in draw.sample(part, min(most, len(part)))]


@pytest.mark.proof
@pytest.mark.parametrize("path", PATHS)
def test_no_change_of_anything_that_a_page_reads_leaves_a_kept_page_stale(
    visitor: Visitor, path: str, evidence: Evidence
) -> None:
    read = read_by(visitor, path)
    assert {table.name for table, _, _ in read} >= TABLES
    rows = some(read, 120 if PROOF else 8)
    missed, made = stale_after(visitor, path, rows)
    assert missed == []
    assert made > len(rows)
    left_out = f"each of {len(FIGURES)} figures left out"
    evidence("R20", f"{SHOWN}, {path}", count=f"{made:,} changes of columns", control=left_out)


# What is left out, and where it stands in what the page is checked by.
FIGURES = {
    "community_identities.name": 0,
    "community_texts.body": 1,
    "people.name": 2,
    "topics.name": 3,
    "rsvps.status": 4,
    "events.title": None,
    "events.seats_taken": None,
    "venues.city": None,
}


@pytest.mark.proof
@pytest.mark.parametrize("figure", FIGURES)
def test_with_one_figure_left_out_a_kept_page_is_stale(
    visitor: Visitor, figure: str, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    path = PATHS[0]
    rows = [one for one in read_by(visitor, path) if f"{one[0].name}.{one[1].name}" == figure]
    place = FIGURES[figure]
    whole = page_facts.event_facts()
    columns = list(whole.selected_columns)
    if place is None:
        place = [str(one) for one in columns].index(figure)
    del columns[place]
    less = page_facts.Asked(whole.with_only_columns(*columns), db.engine.dialect)
    monkeypatch.setattr(page_facts, "asked", lambda *_: less)
    missed, _made = stale_after(visitor, path, rows)
    assert missed
    evidence("R20", SHOWN, control="each of 8 figures left out")
