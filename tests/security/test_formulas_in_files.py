"""Every file of a table that the program gives out, with every text in it one that would run."""

import csv
import io
import os
import re
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event
from community.membership.models import Person, Topic
from community.organizing import export, figures_csv, history_file, wrong_rows
from community.organizing.export import recovered
from community.rsvp.respond import say_yes
from tests.evidence import Evidence
from tests.factories.events import a_topic, an_event, evening
from tests.factories.imports import checked
from tests.factories.people import a_member, an_admin
from tests.organizing.export_payloads import PAYLOADS
from tests.organizing.test_export_payloads import IMPORT, formulas_of
from tests.web.browser_without_js import Browser, signed_in

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no cell of any file is a formula, and what was typed can be had back"
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
SEPARATORS = {",": 44, ";": 59, "\t": 9}
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")


def files_of(app: Flask) -> dict[str, bytes]:
    """Every table that a page gives out as a file, fetched as an admin does."""
    admin = an_admin()
    ada = a_member()
    for number in range(len(PAYLOADS)):
        event = an_event(admin, topics=(a_topic(f"T{number}", f"t{number}").slug,))
        say_yes(ada.id, event.id)
    _spoil(ada.id)
    rows = "".join(f'x{n},"{text.replace(chr(34), chr(34) * 2)}"\r\n' for n, text in _lines())
    one = checked(f"email,name\r\n{rows}", actor_id=admin.id)
    browser = signed_in(app, admin)
    (event_id, slug) = db.session.execute(sa.select(Event.id, Event.slug).limit(1)).one()
    assert event_id
    paths = {f"/organize/figures.csv?table={table}" for table in figures_csv.TABLES}
    paths |= {"/organize/log.csv", f"/organize/people/{ada.id}/history.csv"}
    paths |= {f"/organize/people/import/{one.id}/wrong.csv"}
    paths |= {f"/organize/events/{slug}/attendees.csv", f"/organize/events/{slug}/log.csv"}
    return {path: _fetched(browser, path) for path in sorted(paths)}


def _lines() -> list[tuple[int, str]]:
    return [(n, text) for n, text in enumerate(PAYLOADS) if text.strip()]


def _fetched(browser: Browser, path: str) -> bytes:
    page = browser.get(path)
    assert page.status == 200, (path, page.status)
    assert page.response.mimetype == "text/csv", path
    return page.response.data


@transactional
def _spoil(person_id: int) -> None:
    """Put the payloads where forms would have cleaned them."""
    begun = now() - timedelta(days=10)
    for number, event in enumerate(db.session.scalars(sa.select(Event).order_by(Event.id))):
        event.title = event.summary = PAYLOADS[number]
        event.starts_at, event.ends_at = begun, begun + timedelta(hours=3)
        event.starts_local = evening(-10)
        event.ends_local = evening(-10, 21)
    for number, topic in enumerate(db.session.scalars(sa.select(Topic).order_by(Topic.id))):
        topic.name = PAYLOADS[number]
    db.session.get_one(Person, person_id).name = PAYLOADS[1]


def formulas_in(data: bytes) -> set[str]:
    """Cells that some spreadsheet might run, whichever sign separates cells for it."""
    text = data.decode("utf-8-sig")
    found = set()
    for separator in SEPARATORS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            found |= {cell for cell in row if _runs(cell)}
    return found


def _runs(cell: str) -> bool:
    seen = "".join(c for c in cell if unicodedata.category(c) not in {"Cc", "Cf", "Zs", "Zl", "Zp"})
    first = unicodedata.normalize("NFKC", seen[:1])
    return first in {"=", "+", "-", "@"} and not NUMBER.fullmatch(cell)


def texts_of(data: bytes) -> set[str]:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return {recovered(cell) for row in rows for cell in row}


def _ask_libreoffice(files: dict[str, bytes], folder: Path) -> None:
    """All in one file: each table's lines have the widths of their own."""
    whole = b"\r\n".join(data.removeprefix(b"\xef\xbb\xbf") for data in files.values())
    file = folder / "all.csv"
    file.write_bytes(b"\xef\xbb\xbf" + whole)
    for code in SEPARATORS.values():
        assert list(formulas_of(folder, file, IMPORT.format(separator=code))) == [], code


@pytest.mark.proof
def test_no_file_holds_a_formula_and_titles_come_back(
    app: Flask, tmp_path: Path, evidence: Evidence
) -> None:
    files = files_of(app)
    readers = "csv"
    if PROOF:  # LibreOffice takes its time
        _ask_libreoffice(files, tmp_path)
        readers = "csv and LibreOffice"
    for path, data in files.items():
        assert formulas_in(data) == set(), path
    titles = set(PAYLOADS)
    for path in files:
        if "table=events" in path or "history" in path or "table=topics" in path:
            assert titles <= texts_of(files[path]), path
    evidence("S11", SHOWN, count=f"{len(PAYLOADS)} payloads x {len(files)} files, by {readers}")


@pytest.mark.proof
def test_control_without_the_guard_they_do(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    for module in (export, figures_csv, history_file, wrong_rows):
        monkeypatch.setattr(module, "without_formula", lambda text: text)
    monkeypatch.setattr(export, "_MAY_BE_ONE", re.compile("$^"))
    files = files_of(app)
    clean = {path for path, data in files.items() if not formulas_in(data)}
    # Months and the log of one event hold no text that somebody typed as it is.
    assert clean <= {"/organize/figures.csv?table=months", *(p for p in files if "log" in p)}
    evidence("S11", SHOWN, control=f"guard off: formulas in {len(files) - len(clean)} files")
