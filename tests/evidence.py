"""What the long runs have shown: one row for each promise, kept and printed as one table.

A test says what it did by the ``evidence`` fixture, and how its protection was taken away to see it
fail. `make proof` writes the rows to ``docs/evidence.jsonl`` and the table of them to
``docs/evidence.md``; each row holds the date and the state of the code that it was seen with, and a
run of a part renews the rows of that part alone. Elsewhere nothing is written.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROWS = ROOT / "docs" / "evidence.jsonl"
PAGE = ROOT / "docs" / "evidence.md"
BEGIN, END = "<!-- rows: written by make proof -->", "<!-- end of rows -->"
COLUMNS = ("row", "shown", "on", "count", "control", "verdict", "seconds", "date", "at")

_PROPERTY = "evidence"
_said = pytest.StashKey[list[dict[str, Any]]]()
_rows: dict[tuple[str, str, str], dict[str, Any]] = {}
_modules: dict[tuple[str, str, str], set[str]] = {}  # whose tests speak of a row
_failed: set[str] = set()  # modules


class Evidence:
    """What one test has to say. Rows of the same id, words and database are one row."""

    def __init__(self, rows: list[dict[str, Any]], on: str) -> None:
        self._rows, self._on = rows, on

    def __call__(self, row: str, shown: str, *, count: str = "", control: str = "") -> None:
        """``row`` as in the plan (``R4``, ``S10``); ``count`` and ``control`` in a few words.

        A control in a test of its own names the same ``row`` and ``shown`` and gives ``control``.
        """
        said = {"row": row, "shown": shown, "on": self._on, "count": count, "control": control}
        self._rows.append(said)


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Say what a test has shown; kept by `make proof` alone."""
    rows: list[dict[str, Any]] = []
    request.node.stash[_said] = rows
    name = request.node.name
    databases = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    on = next((shown for part, shown in databases.items() if part in name), "-")
    return Evidence(rows, on)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if report.when == "call":  # along with the report it comes home from any process of xdist
        report.user_properties += [(_PROPERTY, said) for said in item.stash.get(_said, [])]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not os.environ.get("PROOF") or os.environ.get("PYTEST_XDIST_WORKER"):
        return
    module = report.nodeid.partition("::")[0]
    if report.failed:
        _failed.add(module)  # also before it could say what it is about
    for name, said in report.user_properties if report.when == "call" else []:
        if name == _PROPERTY and isinstance(said, dict):
            _add(said, report, module)


def _add(said: dict[str, Any], report: pytest.TestReport, module: str) -> None:
    key = (said["row"], said["shown"], said["on"])
    _modules.setdefault(key, set()).add(module)
    row = _rows.setdefault(key, {**said, "seconds": 0})
    for name in ("count", "control"):
        row[name] = said[name] or row[name]
    row["seconds"] = round(row["seconds"] + report.duration)
    row["date"] = datetime.now(UTC).date().isoformat()


def pytest_sessionfinish() -> None:
    """Keep the rows; ``tools/proof.sh`` prints all of them when the last of its parts is over."""
    if not _rows:
        return
    commit = _git("rev-parse", "--short=10", "HEAD") + ("+" if _changes() else "")
    kept = {(r["row"], r["shown"], r["on"]): r for r in read_rows()}
    for key, row in _rows.items():
        row["at"] = commit
        # One failure is one too many for all that its module speaks of.
        row["verdict"] = "FAILED" if _modules[key] & _failed else "holds"
    kept.update(_rows)
    rows = sorted(kept.values(), key=lambda r: (_order(r["row"]), r["shown"], r["on"]))
    ROWS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    PAGE.write_text(with_table(PAGE.read_text(), rows))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _changes() -> str:
    """Beside the rows themselves."""
    return _git("status", "--porcelain", "--", ".", *(f":!docs/{one.name}" for one in (ROWS, PAGE)))


def _order(row: str) -> tuple[str, int, str]:
    digits = "".join(c for c in row if c.isdigit())
    return row[:1], int(digits or 0), row


def read_rows() -> list[dict[str, Any]]:
    """The rows that are kept, as they were written."""
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown lines: one row for each promise and database."""
    cells = [[str(row.get(name, "")).replace("|", "/") for name in COLUMNS] for row in rows]
    head = [list(COLUMNS), ["---"] * len(COLUMNS)]
    return ["| " + " | ".join(line) + " |" for line in head + cells]


def with_table(page: str, rows: list[dict[str, Any]]) -> str:
    """The page with the table between its two marks renewed."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, "", *table(rows), "", END]) + after


if __name__ == "__main__":
    print("\n".join(table(read_rows())))
