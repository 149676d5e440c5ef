"""Reads about imports. They are for admins, and the edges see to that."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor
from community.membership.import_models import Import, ImportRow, ImportState, Verdict

PAGE = 200
_LARGEST_ID = 2**31 - 1  # what a column of ids holds on PostgreSQL


def get_import(import_id: int) -> Import:
    """The import of that id as the database has it now. Raises NotFound."""
    if import_id > _LARGEST_ID:
        raise NotFound("import")
    one = db.session.get(Import, import_id, populate_existing=True)
    if one is None:
        raise NotFound("import")
    return one


def latest_imports(most: int = 20) -> Sequence[Import]:
    """The newest imports, newest first."""
    return db.session.scalars(sa.select(Import).order_by(Import.id.desc()).limit(most)).all()


def waiting_imports() -> Sequence[int]:
    """The ids of imports that the worker has something to do for, oldest first."""
    working = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.RUNNING)
    found = sa.select(Import.id).where(Import.state.in_(working)).order_by(Import.id)
    return db.session.scalars(found.limit(100)).all()


def list_rows(import_id: int, verdict: str = "", after: str = "") -> Page[ImportRow]:
    """The verdicts in order of the file, 200 a page; all, or those of one kind."""
    query = _rows(import_id, verdict)
    if key := read_cursor(after, (int,)):
        query = query.where(ImportRow.number > key[0])
    rows = list(db.session.scalars(query.limit(PAGE + 1)))
    more = cursor(rows[PAGE - 1].number) if len(rows) > PAGE else None
    return Page(rows[:PAGE], more)


def iter_rows(import_id: int, verdict: str = "") -> Iterator[ImportRow]:
    """The same, all of them, read in pieces."""
    for rows in db.session.scalars(
        _rows(import_id, verdict).execution_options(yield_per=500)
    ).partitions():
        yield from rows


def _rows(import_id: int, verdict: str) -> sa.Select[ImportRow]:
    query = sa.select(ImportRow).where(ImportRow.import_id == import_id)
    if verdict:
        query = query.where(ImportRow.verdict == Verdict(verdict))
    return query.order_by(ImportRow.number)
