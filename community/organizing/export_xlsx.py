"""The attendee list as a workbook: a sheet of people, one of guests, one of answers.

Nothing in it is a formula or a link: every text is written as text, as it is, and needs no
apostrophe. A sheet that is full goes on in another one with a number.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from community.core.text import shorten
from community.core.types import JSONDict
from community.membership.queries import shown_name
from community.organizing.export_json import as_number
from community.organizing.export_rows import (
    COLUMNS,
    Asked,
    Attending,
    Line,
    asked_columns,
    said,
    words_of,
)
from community.rsvp.answers import Given
from community.rsvp.question_models import QuestionKind

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_MOST_ROWS = 1_048_576
_LONGEST = 32_767  # characters of a cell; the answers' own sheet has each by itself
_MOST_DIGITS = 15  # of a number in a spreadsheet
_FIRST_YEAR = 1901  # dates before are numbers that programs read differently
_NARROW, _WIDE = 12, 24

GUESTS = ("guest", "guest_of", "email_of", "status", "dietary", "checked_in_at")
ANSWERS = ("person", "email", "guest", "question", "answer")

Cell = str | int | float | datetime | date | None


def write_xlsx(attending: Attending, file: Path) -> None:
    """Write the workbook; what is needed on the way lies beside it, readable by the owner alone."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - 15 MB that few processes ever need

    with TemporaryDirectory(prefix=".making-", dir=file.parent) as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd hh:mm:ss",
        }
        with Workbook(str(file), options) as book:
            _fill(book, attending)


def _fill(book: "Workbook", attending: Attending) -> None:
    zone = ZoneInfo(attending.event.timezone)
    asked = asked_columns(attending.event)
    formats = {
        "head": book.add_format({"bold": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    people = _Sheet(book, "people", [*COLUMNS, *(one.heading for one in asked)], formats)
    guests = _Sheet(book, "guests", GUESTS, formats)
    answers = _Sheet(book, "questions", ANSWERS, formats)
    for line in attending:
        people.add([*_cells(line, zone), *(_answer(line, one) for one in asked)])
        for head in line.heads:
            who = shown_name(head.name) if head.position else ""
            if head.position:
                inside = _moment(head.checked_in_at, zone)
                guests.add([who, line.name, line.email, line.status, head.dietary, inside])
            for kept in head.answers.values():
                answers.add([line.name, line.email, who, kept["label"], _value(kept)])
    for sheet in (people, guests, answers):
        sheet.finish()


def _cells(line: Line, zone: ZoneInfo) -> list[Cell]:
    return [
        line.name,
        line.email,
        line.organization,
        line.job_title,
        line.status,
        line.party_size,
        "; ".join(line.guests),
        line.dietary,
        line.note,
        _moment(line.answered_at, zone),
        _moment(line.checked_in_at, zone),
        line.source,
    ]


def _moment(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The wall time in the event's zone: a spreadsheet knows none."""
    if instant is None:
        return None
    return instant.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _answer(line: Line, asked: Asked) -> Cell:
    """The person's own answer as what it is; with guests' answers, a line for each head."""
    given = said(line, asked.key)
    if not any(given):
        return _value(given[0]) if given else None
    names = ["", *(f"{shown_name(head.name)}: " for head in line.brought)]
    return "\n".join(f"{names[number]}{words_of(one)}" for number, one in given.items())


def _value(kept: JSONDict) -> Cell:
    given = Given.of(kept)
    if given.kind == QuestionKind.NUMBER:
        number = as_number(given.text)
        return number if len(given.text.strip("-")) <= _MOST_DIGITS else given.text
    if given.kind == QuestionKind.DATE:
        day = date.fromisoformat(given.text)
        return day if day.year >= _FIRST_YEAR else given.text
    return given.words


class _Sheet:
    """Rows below a heading that stays in sight."""

    def __init__(
        self,
        book: "Workbook",
        name: str,
        heads: Sequence[str],
        formats: dict[str, Any],
    ) -> None:
        self._book, self._name, self._heads, self._formats = book, name, heads, formats
        self._number = 0
        self._open()

    def add(self, cells: Sequence[Cell]) -> None:
        """Write a row; each value as what it is."""
        if self._row == _MOST_ROWS:
            self.finish()
            self._open()
        sheet, row = self._sheet, self._row
        for column, value in enumerate(cells):
            if isinstance(value, str):
                if value:
                    sheet.write_string(row, column, _plain(value))
            elif isinstance(value, datetime):
                sheet.write_datetime(row, column, value, self._formats["moment"])
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, self._formats["day"])
            elif value is not None:
                sheet.write_number(row, column, value)
        self._row += 1

    def finish(self) -> None:
        """Let each column be filtered by."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 0), len(self._heads) - 1)

    def _open(self) -> None:
        self._number += 1
        name = self._name if self._number == 1 else f"{self._name} {self._number}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, head in enumerate(self._heads):
            width = _NARROW if head in {"status", "party_size", "source"} else _WIDE
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, _plain(head), self._formats["head"])
        self._row = 1


def _plain(text: str) -> str:
    # What XML cannot hold the library writes as Excel does, _x0000_, and Excel reads it back.
    return shorten(text, _LONGEST)
