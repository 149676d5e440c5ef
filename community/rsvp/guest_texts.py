"""People as an organizer types or pastes them: lines, or a table with a header. No row is lost."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from community.core.addresses import LONGEST, normal_address
from community.core.errors import Refused
from community.core.text import clean_line, fold, gettext, shorten
from community.membership.csv_rows import LONGEST_CELL, encoding_of, read_people
from community.membership.import_files import MIB

MOST_ROWS = 2000
LONGEST_TEXT = 400_000  # 2,000 rows of 200 characters
MOST_BYTES = MIB
_BRACKETS = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>[\s,;]*")
_FACTS = ("organization", "job_title", "location")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
_DELIMITER_NOTE = re.compile(r"sep=.\s*", re.IGNORECASE)  # Excel's own first line
_HEADS = {"email", "mail", "emailaddress", "mailaddress"}


@dataclass(frozen=True)
class TypedGuest:
    """One row: ``address`` is a normal one unless ``fault`` says what is wrong with the row."""

    line: int
    address: str = ""
    name: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def read_file(file: BinaryIO) -> str:
    """The text of a file, in the encoding that :func:`csv_rows.encoding_of` finds.

    Refuses one of more than :data:`MOST_BYTES`, one that is no text, and one that is empty.
    """
    raw = io.BytesIO(file.read(MOST_BYTES + 1))
    if len(raw.getbuffer()) > MOST_BYTES:
        raise Refused("import_too_large", most=MOST_BYTES // MIB)
    text = raw.getvalue().decode(encoding_of(raw), "replace").lstrip("\ufeff")
    if _NOT_TEXT.search(text):
        raise Refused("import_not_text")
    if not text.strip():
        raise Refused("import_empty")
    if len(text) > LONGEST_TEXT:
        raise Refused("too_many_rows", most=MOST_ROWS)
    return text


def read_guests(text: str) -> list[TypedGuest]:
    """The rows of a text in its order; empty lines are passed over.

    A first line that names a column for the address makes it a table: further columns are kept.
    Else each line is ``name, address``, ``Name <address>`` or an address alone. Refuses a text
    without rows, and one of more than :data:`MOST_ROWS`.
    """
    rows: list[TypedGuest] = []
    for row in _read_table(text) if _is_table(text) else _read_lines(text):
        if len(rows) == MOST_ROWS:
            raise Refused("too_many_rows", field="people", most=MOST_ROWS)
        rows.append(row)
    if not rows:
        raise Refused("nobody_to_invite", field="people")
    return rows


def _is_table(text: str) -> bool:
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not _DELIMITER_NOTE.fullmatch(line)), "")
    cells = re.split("[,;\t]", first)
    return "@" not in first and any(re.sub(r"[\W_]", "", fold(cell)) in _HEADS for cell in cells)


def _read_table(text: str) -> Iterator[TypedGuest]:
    file = io.BytesIO(text.encode("utf-8", "replace"))
    with read_people(file, "UTF-8", loose=True) as (_header, rows):
        for row in rows:
            known = [(name, getattr(row, name)) for name in _FACTS]
            extra = {name: cell for name, cell in (*known, *row.extra) if cell}
            yield TypedGuest(row.line, row.email, row.name, extra, row.fault)


def _read_lines(text: str) -> Iterator[TypedGuest]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip(" \t,;"):
            yield from _read_line(number, line)


def _read_line(number: int, line: str) -> Iterator[TypedGuest]:
    found = _BRACKETS.fullmatch(line)
    if found:
        yield _guest(number, found["address"], found["name"])
        return
    parts = _parts(line)
    with_at = [part for part in parts if "@" in part]
    if len(with_at) == len(parts) > 1:  # a line of addresses, as a mail program copies them
        for part in parts:
            yield from _read_line(number, part)
    elif len(with_at) == 1:
        yield _guest(number, with_at[0], " ".join(part for part in parts if part != with_at[0]))
    elif with_at:
        yield _wrong(number, line, gettext("Please write one person on a line."))
    else:
        yield _wrong(number, line, gettext("There is no address."))


def _parts(line: str) -> list[str]:
    """The cells of a line: commas, semicolons and tabs divide it, but not inside quotes."""
    line = line.strip(" \t,;")
    delimiter = next((one for one in ("\t", ";") if one in line), ",")
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        cells = line.split(delimiter)
    return [cell.strip() for cell in cells if cell.strip()]


def _guest(number: int, address: str, name: str) -> TypedGuest:
    name = clean_line(name.strip().strip('"'))
    if len(name) > LONGEST_CELL:
        return _wrong(number, name, gettext("The name is too long."), address)
    bare = re.sub(r"^\s*mailto:", "", address, flags=re.IGNORECASE)
    try:
        return TypedGuest(number, normal_address(bare), name)
    except Refused as refused:
        return _wrong(number, name, str(refused.values["reason"]), address)


def _wrong(number: int, name: str, fault: str, address: str = "") -> TypedGuest:
    shown = shorten(clean_line(address), LONGEST)
    return TypedGuest(number, shown, shorten(clean_line(name), LONGEST_CELL), fault=fault)
