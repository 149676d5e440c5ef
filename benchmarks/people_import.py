"""How fast people are imported and how much memory it takes, beside bare csv and INSERT."""

import csv
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from benchmarks.memory import peak_memory
from community.core.db import db
from community.membership.import_files import MIB
from community.membership.import_models import Import
from community.membership.import_queries import get_import
from community.membership.importing import start_import, upload_list, work_on

FEW, MANY = 10_000, 100_000
_BATCH = 500
_MOST = 500 * MIB
_floor = sa.Table(
    "benchmark_people",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(120)),
    sa.Column("email", sa.String(254), unique=True),
    sa.Column("organization", sa.String(120)),
    sa.Column("job_title", sa.String(120)),
    sa.Column("location", sa.String(120)),
)


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, checking, adding, both, and the memory of few and of many."""
    _floor.create(db.engine, checkfirst=True)
    floors, checks, adds = [], [], []
    peaks: dict[int, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        for rows in [FEW] * rounds + [MANY]:
            write_list(file, rows)
            floors.append(rows / _seconds_of_floor(file))
            with peak_memory() as peak:
                check, add = _seconds_of_import(file)
            checks.append(rows / check)
            adds.append(rows / add)
            peaks[rows] = peak
    both = [1 / (1 / check + 1 / add) for check, add in zip(checks, adds, strict=True)]
    yield f"{'csv + bulk INSERT (floor)':34} {max(floors):12,.0f} {'1.00':>22}"
    for what, rates in (
        ("row checked", checks),
        ("person added", adds),
        ("both", both),
    ):
        ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
        spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
        yield f"{what:34} {max(rates):12,.0f} {spread:>22}"
    yield f"{f'both, {MANY:,} rows':34} {both[-1]:12,.0f} {both[-1] / floors[-1]:>22.3f}"
    for rows, peak in peaks.items():
        yield _memory(rows, peak)


def _memory(rows: int, figures: list[float]) -> str:
    start, peak = figures or (0.0, 0.0)
    return f"{f'memory with {rows:,} rows':34} {start:6.1f} to {peak:6.1f} MiB"


def dry_run(rows: int) -> Iterator[str]:
    """One list of so many rows, checked alone: rate and memory."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        write_list(file, rows)
        with peak_memory() as peak:
            began = time.perf_counter()
            checked = _checked(file)
            seconds = time.perf_counter() - began
        assert checked.new == rows
    yield f"{f'dry run, {rows:,} rows':34} {rows / seconds:12,.0f}"
    yield _memory(rows, peak)


def write_list(file: Path, rows: int) -> None:
    """A list of strangers, with addresses that no list had before."""
    run = uuid.uuid4().hex[:8]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["name", "email", "organization", "job_title", "location"])
        writer.writerows(
            (f"Person {n}", f"p{n}-{run}@example.org", "Acme, Inc.", "Chief Data Officer", "Boston")
            for n in range(rows)
        )


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


def _seconds_of_import(file: Path) -> tuple[float, float]:
    began = time.perf_counter()
    one = _checked(file)
    checked = time.perf_counter()
    start_import(None, one.id, consented=True)
    work_on(one.id)
    return checked - began, time.perf_counter() - checked


def _checked(file: Path) -> Import:
    with file.open("rb") as upload:
        one = upload_list(None, upload, name=file.name, most=_MOST)
    work_on(one.id)
    return get_import(one.id)
