"""No text becomes a formula, in what reads exports; and every text comes back as it was."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.organizing import export
from community.organizing.export import csv_lines, recovered, without_formula
from community.organizing.export_json import json_of
from community.organizing.export_rows import COLUMNS, Attending
from community.organizing.export_xlsx import write_xlsx
from tests.organizing.export_payloads import PAYLOADS, hostile_event

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_ESCAPED = re.compile("_x([0-9A-F]{4})_")
# Between cells a comma, a semicolon, a tab; text in quotes, UTF-8, from line 1; formulas allowed,
# as whoever opens a file with "evaluate formulas" does.
IMPORT = "--infilter=CSV:{separator},34,76,1,,0,false,true,false,false,false,-1,true"


@pytest.fixture
def event(app: Flask) -> Event:
    return hostile_event()


def test_there_are_forty_payloads_and_more() -> None:
    assert len(set(PAYLOADS)) >= 40


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_guarded_text_comes_back_as_it_was(text: str) -> None:
    assert recovered(without_formula(text)) == text


def test_every_text_of_a_csv_comes_back_as_it_was(event: Event) -> None:
    text = b"".join(csv_lines(event)).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    for number, (row, payload) in enumerate(zip(rows, PAYLOADS, strict=True)):
        cells = dict(zip(COLUMNS, row[: len(COLUMNS)], strict=True))
        for column in ("name", "organization", "job_title", "guests", "note"):
            assert recovered(cells[column]) == payload, column
        assert recovered(cells["dietary"]) == f"{payload}; {payload}: {payload}"
        assert recovered(head[len(COLUMNS) + number]) == payload
        assert payload.replace("\n", "\n ") in recovered(row[len(COLUMNS) + number])


def test_every_text_of_the_json_is_as_it_was(event: Event) -> None:
    rows = json.loads(b"".join(json_of(Attending(event))))["attendees"]
    for row, payload in zip(rows, PAYLOADS, strict=True):
        assert {row["name"], row["note"], *row["guests"], *row[payload]} == {payload}


def test_every_cell_of_a_workbook_is_a_text_as_it_was(event: Event, tmp_path: Path) -> None:
    write_xlsx(Attending(event), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert all(sheet._hyperlinks == [] for sheet in book)
    people, guests, answers = (
        [[_read(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
        for sheet in book
    )
    head = [_read(cell.value) for cell in book["people"][1]]
    assert head[len(COLUMNS) :] == list(map(_newlines, PAYLOADS))
    for number, payload in enumerate(map(_newlines, PAYLOADS)):
        name, _email, organization, job_title, *_ = people[number]
        assert {name, organization, job_title, people[number][6], people[number][8]} == {payload}
        assert (guests[number][0], guests[number][1], guests[number][4]) == (payload,) * 3
        own, theirs = answers[2 * number : 2 * number + 2]
        assert (own[0], own[3], own[4]) == (payload,) * 3
        assert (theirs[0], theirs[2], theirs[4]) == (payload,) * 3


def _read(value: object) -> object:
    """As Excel reads a cell: openpyxl leaves what XML cannot hold as it is written."""
    if not isinstance(value, str):
        return value
    return _newlines(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), value))


def _newlines(text: str) -> str:
    """XML has one line end (XML 1.0, 2.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def formulas_of(folder: Path, file: Path, *options: str) -> Iterator[str]:
    """The formulas of a file as LibreOffice reads it."""
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed (Debian: apt-get install libreoffice-calc)")
    profile = f"-env:UserInstallation=file://{folder}/office"
    command = [OFFICE, profile, "--headless", *options, "--convert-to", "fods", "--outdir"]
    done = subprocess.run(
        [*command, str(folder), str(file)], capture_output=True, timeout=180, check=False
    )
    made = folder / f"{file.stem}.fods"
    assert made.exists(), done.stderr.decode()
    text = made.read_text(encoding="utf-8")
    assert "calc" in text, "the payloads are there"
    yield from re.findall(r'table:formula="[^"]*"', text)


@pytest.mark.slow
def test_libreoffice_finds_no_formula_in_any_file(event: Event, tmp_path: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # the files are the same, and LibreOffice takes its time
    assert _found(event, tmp_path) == {"comma": [], "semicolon": [], "tab": [], "book": []}


@pytest.mark.slow
def test_without_the_guard_libreoffice_runs_what_is_in_the_list(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    whole = re.compile("$^")
    monkeypatch.setattr(export, "_MAY_BE_ONE", whole)
    monkeypatch.setattr(export, "without_formula", lambda text: text)
    found = _found(event, tmp_path, ("comma", "semicolon"))
    assert all(len(formulas) > 5 for formulas in found.values()), found


def _found(
    event: Event, folder: Path, wanted: tuple[str, ...] = ("comma", "semicolon", "tab", "book")
) -> dict[str, list[str]]:
    separators = {"comma": 44, "semicolon": 59, "tab": 9}
    found = {}
    for name in wanted:
        file = folder / f"{name}.{'csv' if name in separators else 'xlsx'}"
        options: tuple[str, ...] = ()
        if name in separators:
            file.write_bytes(b"".join(csv_lines(event)))
            options = (IMPORT.format(separator=separators[name]),)
        else:
            write_xlsx(Attending(event), file)
        found[name] = list(formulas_of(folder, file, *options))
    return found
