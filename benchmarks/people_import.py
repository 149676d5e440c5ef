"""How fast people are imported and how much memory it takes, beside bare csv and INSERT."""

import csv
import tempfile
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from community.core.db import db
from community.membership.csv_rows import encoding_of, read_people
from community.membership.import_files import MIB
from community.membership.importing import start_import, upload_list, work_on

ROWS = 5_000
MANY_ROWS = 200_000  # for memory, which must not follow the number
_BATCH = 500
_floor = sa.Table(
    "benchmark_people",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(120)),
    sa.Column("email", sa.String(254), unique=True),
    sa.Column("organization", sa.String(120)),
)


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, checking and adding together, and the reader's memory."""
    _floor.create(db.engine, checkfirst=True)
    floors, rates = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            file = Path(folder) / "people.csv"
            _write(file, ROWS)
            floors.append(ROWS / _seconds_of_floor(file))
            rates.append(ROWS / _seconds_of_import(file))
        _write(file, MANY_ROWS)
        peak = _peak(file)
    ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
    yield f"{'csv + INSERT (floor)':34} {max(floors):12.0f} {'1.00':>22}"
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    yield f"{'person checked and imported':34} {max(rates):12.0f} {spread:>22}"
    yield f"{f'memory to read {MANY_ROWS:,} rows':34} {peak / MIB:8.2f} MiB"


def _write(file: Path, rows: int) -> None:
    run = uuid.uuid4().hex[:8]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["name", "email", "organization"])
        writer.writerows((f"P {n}", f"p{n}-{run}@example.org", "Acme, Inc.") for n in range(rows))


def _seconds_of_floor(file: Path) -> float:
    db.session.remove()
    began = time.perf_counter()
    with file.open(newline="") as lines, db.engine.connect() as connection:
        rows = csv.DictReader(lines)
        while batch := list(islice(rows, _BATCH)):
            connection.execution_options(sqlite_begin="IMMEDIATE")
            connection.execute(_floor.insert(), batch)
            connection.commit()
    return time.perf_counter() - began


def _seconds_of_import(file: Path) -> float:
    began = time.perf_counter()
    with file.open("rb") as upload:
        one = upload_list(None, upload, name=file.name, most=100 * MIB)
    work_on(one.id)
    start_import(None, one.id, consented=True)
    work_on(one.id)
    return time.perf_counter() - began


def _peak(file: Path) -> int:
    """Bytes held at most while reading; a row at a time, as the batches are made of."""
    with file.open("rb") as opened:
        encoding = encoding_of(opened)
        tracemalloc.start()
        try:
            with read_people(opened, encoding) as (_, rows):
                assert sum(not row.fault for row in rows) == MANY_ROWS
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
