"""Exports of attendees, beside a bare SELECT written with the bare ``csv``, ``json``, xlsxwriter.

Each file is made in a process of its own, whose largest memory is what the figure says.
"""

import csv
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from flask import Flask, current_app

from benchmarks.crowd import an_event, answer_all, people
from community.core.db import db, transactional
from community.events.models import Event
from community.membership.viewer import VISITOR
from community.organizing.export_kinds import Kind
from community.organizing.export_rows import COLUMNS, Attending
from community.organizing.exporting import pieces_of
from community.rsvp.models import RsvpStatus
from community.rsvp.question_models import Question, QuestionKind

SIZES = (1_000, 10_000, 100_000)
_LABEL = "Which session?"
# What a program of a few lines would ask: everything of the first twelve columns and the answer,
# in one statement that both databases know.
_BARE = """
SELECT p.name, coalesce(a.address, ''), p.organization, p.job_title, r.status, r.party_size,
       (SELECT {join} FROM attendees g WHERE g.rsvp_id = r.id AND g.position > 0),
       h.dietary, r.note, r.answered_at, h.checked_in_at, r.source, {answer}
FROM rsvps r JOIN people p ON p.id = r.person_id
LEFT JOIN person_addresses a ON a.person_id = p.id AND a.is_primary
JOIN attendees h ON h.rsvp_id = r.id AND h.position = 0
WHERE r.event_id = {event} ORDER BY r.id
"""
_JOIN = {"sqlite": "group_concat(g.name, '; ')", "postgresql": "string_agg(g.name, '; ')"}
_ANSWER = {
    "sqlite": """json_extract(h.answers, '$."{question}".text')""",
    "postgresql": "h.answers -> '{question}' ->> 'text'",
}


def measure(rounds: int) -> Iterator[str]:
    """Seconds and megabytes of each kind at each size, and their ratios to the floor."""
    for size in SIZES:
        event = _event_of(size)
        yield f"{size:,} attendees, a third with a guest: seconds, MB; floor; ratio"
        for kind in (Kind.CSV, Kind.XLSX, Kind.JSON):
            ours, floors = [], []
            for _ in range(rounds):
                floors.append(_apart(_floor, kind, event.id))
                ours.append(_apart(_ours, kind, event.id))
            yield _line(kind, ours, floors)


def _line(kind: Kind, ours: list[tuple[float, float]], floors: list[tuple[float, float]]) -> str:
    took, floor = (min(seconds for seconds, _ in runs) for runs in (ours, floors))
    memory, bare = (median(size for _, size in runs) for runs in (ours, floors))
    ratio = median(one[0] / other[0] for one, other in zip(ours, floors, strict=True))
    return f"  {kind:5} {took:7.2f} {memory:6.0f}   {floor:7.2f} {bare:6.0f}   {ratio:5.2f}"


def _event_of(size: int) -> Event:
    event = an_event(guests_allowed=1)
    ids = people(size)
    answer_all(event.id, ids[::3], RsvpStatus.GOING, party=2)
    answer_all(event.id, [one for n, one in enumerate(ids) if n % 3], RsvpStatus.GOING)
    _ask(event.id)
    return event


@transactional
def _ask(event_id: int) -> None:
    kind = QuestionKind.SHORT_TEXT
    question = Question(event_id=event_id, kind=kind, label=_LABEL, position=1)
    db.session.add(question)
    db.session.flush()
    answer = {"label": _LABEL, "kind": kind.value, "text": "The second one", "options": []}
    heads, rsvps = (db.metadata.tables[name] for name in ("attendees", "rsvps"))
    of_event = sa.select(rsvps.c.id).where(rsvps.c.event_id == event_id)
    db.session.execute(
        sa.update(heads)
        .where(heads.c.rsvp_id.in_(of_event), heads.c.position == 0)
        .values(answers={str(question.id): answer}, dietary="no nuts")
    )


def _apart(
    make: Callable[[Kind, int, Path], None], kind: Kind, event_id: int
) -> tuple[float, float]:
    """Seconds, and the megabytes that were needed at most, of a process that does nothing else."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # werkzeug's
    db.session.remove()
    db.engine.dispose()  # a connection is one process's
    context = multiprocessing.get_context("fork")
    result: Any = context.Queue()
    child = context.Process(target=_measured, args=(app, make, kind, event_id, result))
    child.start()
    found: tuple[float, float] = result.get()
    child.join()
    return found


def _measured(
    app: Flask, make: Callable[[Kind, int, Path], None], kind: Kind, event_id: int, result: Any
) -> None:
    with app.app_context(), TemporaryDirectory() as folder:
        db.session.execute(sa.text("SELECT 1"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # SQLite works in this process, whose own time other work disturbs less.
        is_here = db.engine.dialect.name == "sqlite"
        clock = time.process_time if is_here else time.perf_counter
        began = clock()
        make(kind, event_id, Path(folder) / "file")
        took = clock() - began
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result.put((took, (most - before) / 1024))


def _ours(kind: Kind, event_id: int, file: Path) -> None:
    event = db.session.get_one(Event, event_id)
    with file.open("wb") as out:
        for piece in pieces_of(kind, Attending(event), VISITOR):
            out.write(piece)


def _floor(kind: Kind, event_id: int, file: Path) -> None:
    question = db.session.scalar(sa.select(Question.id).where(Question.event_id == event_id))
    join, answer = (one[db.engine.dialect.name] for one in (_JOIN, _ANSWER))
    answer = answer.format(question=question)
    bare = sa.text(_BARE.format(join=join, answer=answer, event=event_id))
    _WRITERS[kind](db.session.connection().execute(bare), file)


def _bare_csv(rows: Iterator[Any], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow([*COLUMNS, _LABEL])
        writer.writerows(rows)


def _bare_json(rows: Iterator[Any], file: Path) -> None:
    names = [*COLUMNS, _LABEL]  # guests stay one text, numbers and times what the driver gave
    with file.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(dict(zip(names, row, strict=True)), default=str))


def _bare_xlsx(rows: Iterator[Any], file: Path) -> None:
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [*COLUMNS, _LABEL])
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write_string(number, column, str(value or ""))
    book.close()


_WRITERS: dict[Kind, Callable[[Iterator[Any], Path], None]] = {
    Kind.CSV: _bare_csv,
    Kind.JSON: _bare_json,
    Kind.XLSX: _bare_xlsx,
}
