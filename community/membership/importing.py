"""Adding many people from a file: handed in, checked row by row, and added when somebody says so.

Both passes go in batches. Rows dealt with and the cursor behind them are saved together, so that
whoever is killed half-way goes on where the last batch ended, and several workers may do it at
once: one of them gets a batch, the others find the cursor moved and read on to it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO

import sqlalchemy as sa

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Forbidden, Refused
from community.core.origin import Origin, acting
from community.core.text import clean_line, shorten
from community.membership.changes import ImportFinished, ImportStarted, ImportStopped
from community.membership.csv_rows import CsvRow, encoding_of, read_people
from community.membership.import_files import drop_file, keep_file, open_file
from community.membership.import_models import Import, ImportRow, ImportState, Verdict
from community.membership.import_people import add_people
from community.membership.import_queries import get_import, waiting_imports
from community.membership.import_verdicts import judge
from community.membership.queries import get_person

BATCH = 500
_rows_table: sa.Table = ImportRow.metadata.tables["import_rows"]
_CHECKING = (ImportState.UPLOADED, ImportState.CHECKING)
OVER = (ImportState.DONE, ImportState.FAILED)


def upload_list(actor_id: int | None, file: BinaryIO, *, name: str, most: int) -> Import:
    """Keep a file of at most ``most`` bytes for the worker to check; None is the operator.

    Refuses one without the columns that we need, one that is no text, and one that is larger.
    """
    _require_admin(actor_id)
    stored_as = keep_file(file, most=most)
    try:
        with _opened(stored_as) as kept:
            encoding = encoding_of(kept)
            with read_people(kept, encoding):
                pass  # the header is looked at here, and not when nobody watches
        return _note_upload(actor_id, stored_as, shorten(clean_line(name), 120), encoding)
    except BaseException:
        drop_file(stored_as)
        raise


@transactional
def _note_upload(actor_id: int | None, stored_as: str, name: str, encoding: str) -> Import:
    one = Import(person_id=actor_id, stored_as=stored_as, file_name=name, encoding=encoding)
    one.new = one.known = one.wrong = one.twice = one.cursor = 0
    db.session.add(one)
    db.session.flush()
    return one


@transactional
def start_import(
    actor_id: int | None, import_id: int, *, consented: bool = False, invite: bool = False
) -> Import:
    """Have the people of a checked file added by the worker.

    ``consented`` is the statement that they agreed to be members; without it they are only known.
    ``invite`` sends each of them one mail that leads to the join page; else nobody is written to.
    """
    _require_admin(actor_id)
    one = _locked(import_id, (ImportState.CHECKED,))
    if one is None:
        get_import(import_id)
        raise Refused("import_not_checked")
    if not one.new + one.known:
        raise Refused("import_nobody")
    one.state, one.cursor = ImportState.RUNNING, 0
    one.options = {"consented": consented, "invite": invite}
    record(ImportStarted(one.id, one.file_name, consented, invite))
    return one


def give_up_import(actor_id: int | None, import_id: int) -> None:
    """Add nobody more and delete the file; who was added stays."""
    _require_admin(actor_id)
    drop_file(stop_import(import_id))


@transactional
def stop_import(import_id: int) -> str:
    """Add nobody more; the file's name, to be dropped once that is saved."""
    one = _locked(import_id, tuple(state for state in ImportState if state not in OVER))
    if one is None:
        return get_import(import_id).stored_as
    one.state, one.finished_at = ImportState.FAILED, now()
    record(ImportStopped(one.id))
    return one.stored_as


def work_on_due(go_on: Callable[[], bool] = lambda: True) -> bool:
    """Check and add what waits until ``go_on`` says no; says whether there was anything.

    An import that goes wrong does not stop those behind it; what went wrong is raised in the end.
    """
    fault: Exception | None = None
    worked = False
    for import_id in waiting_imports():
        try:
            worked |= go_on() and work_on(import_id, go_on)
        except Exception as error:
            fault = fault or error
    if fault is not None:
        raise fault
    return worked


def work_on(
    import_id: int,
    go_on: Callable[[], bool] = lambda: True,
    tell: Callable[[int], None] = lambda _rows: None,
) -> bool:
    """Do the pass that an import is in, batch by batch; says whether anything was done.

    ``tell`` hears after each batch how many rows are behind. Without the file, which lies on the
    machine that it was given to, nothing is done.
    """
    one = get_import(import_id)
    file = open_file(one.stored_as)
    if file is None or not one.is_working:
        return False
    step = _add_batch if one.state == ImportState.RUNNING else _check_batch
    cursor, origin = one.cursor, Origin(one.person_id, "import")
    db.session.rollback()  # reading the file takes a while, and a snapshot would be held
    worked = False
    with file, acting(origin), read_people(file, one.encoding) as (_header, rows):
        for at in _batches(partial(step, import_id), rows, cursor):
            worked = True
            tell(at)
            if not go_on():
                break
    if get_import(import_id).state in OVER:
        drop_file(one.stored_as)
    return worked


def _batches(
    step: Callable[[int, list[CsvRow]], int | None], rows: Iterator[CsvRow], begin: int
) -> Iterator[int]:
    """Hand batch after batch to ``step`` until it returns None; how many rows are behind."""
    at, cursor = 0, begin
    while cursor >= at:
        deque(islice(rows, cursor - at), maxlen=0)  # somebody has done these
        batch = list(islice(rows, BATCH))
        reached = step(cursor, batch)
        at = cursor + len(batch)
        yield at
        if reached is None:
            return
        cursor = reached


@transactional
def _check_batch(import_id: int, at: int, rows: list[CsvRow]) -> int | None:
    """Judge the rows after the first ``at``; the cursor to go on from, None at the end."""
    one = _locked(import_id, _CHECKING)
    if one is None or one.cursor != at:
        return one.cursor if one else None
    one.state = ImportState.CHECKING
    judged = judge(one.id, at, rows)
    insert_many(_rows_table, judged)
    for verdict in Verdict:
        count = sum(row["verdict"] == verdict for row in judged)
        setattr(one, verdict.value, getattr(one, verdict.value) + count)
    one.cursor += len(rows)
    if len(rows) == BATCH:
        return one.cursor
    one.state = ImportState.CHECKED
    return None


@transactional
def _add_batch(import_id: int, at: int, rows: list[CsvRow]) -> int | None:
    """Add the people of the rows after the first ``at``; the cursor as for checking."""
    one = _locked(import_id, (ImportState.RUNNING,))
    if one is None or one.cursor != at:
        return one.cursor if one else None
    add_people(one, at, rows)
    one.cursor += len(rows)
    if len(rows) == BATCH:
        return one.cursor
    one.state, one.finished_at = ImportState.DONE, now()
    record(ImportFinished(one.id, one.new, one.known, one.wrong, one.twice))
    return None


def _locked(import_id: int, states: tuple[ImportState, ...]) -> Import | None:
    return db.session.scalar(
        sa.select(Import)
        .where(Import.id == import_id, Import.state.in_(states))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _require_admin(actor_id: int | None) -> None:
    if actor_id is not None and not get_person(actor_id).is_admin:
        raise Forbidden


def _opened(stored_as: str) -> BinaryIO:
    kept = open_file(stored_as)
    assert kept is not None, "it was written a moment ago"
    return kept
