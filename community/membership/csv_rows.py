"""People in a CSV file, row by row: whatever is wrong with a row is said, and the next one read.

Nothing here grows with the file: a row is held while it is looked at. Quotes that never close
cost their own line and not the rest of the file.
"""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, TextIO

from community.core.addresses import LONGEST, normal_address
from community.core.errors import Refused
from community.core.text import clean_line, fold, gettext, shorten

LONGEST_LINE = 64 * 1024  # characters of one row, the cells that we do not read included
MOST_LINES = 50  # that one row may spread over
MOST_TOPICS = 50
MOST_OTHERS = 20
LONGEST_CELL = 120  # as the columns of people
_CHUNK = 64 * 1024
_KNOWN = {
    "name": {"name", "fullname", "displayname"},
    "email": {"email", "mail", "emailaddress", "mailaddress"},
    "organization": {"organization", "organisation", "company", "employer"},
    "job_title": {"jobtitle", "position"},
    "location": {"location", "city", "place"},
    "topics": {"topics", "topic", "interests", "tags"},
    "first_name": {"firstname", "givenname"},
    "last_name": {"lastname", "surname", "familyname"},
}
_LINES = ("name", "organization", "job_title", "location")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class CsvRow:
    """A person as a file has them; ``fault`` is a sentence when the row cannot be taken.

    ``line`` counts lines of the file from 1. ``email`` is a normal address unless there is a
    fault; ``topics`` are names or slugs as they were typed.
    """

    line: int
    email: str = ""
    name: str = ""
    organization: str = ""
    job_title: str = ""
    location: str = ""
    topics: tuple[str, ...] = ()
    fault: str = ""
    extra: tuple[tuple[str, str], ...] = ()  # name and cell of other columns, if asked for


@dataclass(frozen=True)
class Header:
    """Which column is what. ``others`` are places and names of those that we have no place for."""

    delimiter: str
    places: dict[str, int]
    width: int
    others: tuple[tuple[int, str], ...]
    is_loose: bool = False

    @property
    def ignored(self) -> tuple[str, ...]:
        """The names of the columns that are not read."""
        return tuple(name for _, name in self.others)


def encoding_of(file: BinaryIO) -> str:
    """``UTF-8``, ``UTF-16``, ``Windows-1252`` or ``Latin-1``; reads the file once, in pieces.

    A byte order mark decides; else what is no UTF-8 is taken for the old Western encoding, in
    which every byte means something.
    """
    file.seek(0)
    start = file.read(3)
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "UTF-16"
    if start == BOM_UTF8:
        return "UTF-8"
    fitting = {name: getincrementaldecoder(_CODECS[name])() for name in ("UTF-8", "Windows-1252")}
    file.seek(0)
    while fitting:
        piece = file.read(_CHUNK)
        for name, decoder in list(fitting.items()):
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                del fitting[name]
        if not piece:
            break
    return next(iter(fitting), "Latin-1")


_CODECS = {
    "UTF-8": "utf-8-sig",
    "UTF-16": "utf-16",
    "Windows-1252": "cp1252",
    "Latin-1": "latin-1",
}


@contextmanager
def read_people(
    file: BinaryIO, encoding: str, *, loose: bool = False
) -> Iterator[tuple[Header, Iterator[CsvRow]]]:
    """The header, and the rows below it one by one; empty lines are passed over.

    ``encoding`` is one that :func:`encoding_of` names. Refuses a file without text, or without
    the columns that we need; no row is refused, see ``CsvRow.fault``. The file stays open. With
    ``loose`` a name may be missing, and other columns are kept.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, _CODECS[encoding], "replace", newline="")
    try:
        lines = _Lines(text)
        header = _read_header(lines, loose=loose)
        yield header, _read_rows(lines, header)
    finally:
        text.detach()


class _Lines:
    """The lines of a text, each of bounded length; some can be put back to be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.number = 0  # of the line that was read last

    def take(self) -> str:
        """The next line with its end; ``""`` after the last. Of one too long the rest is lost."""
        line = self._again.popleft() if self._again else self._read()
        self.number += bool(line)
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Have these lines, the last ones taken, read again."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(LONGEST_LINE + 1)
        return line


def _read_header(lines: _Lines, *, loose: bool) -> Header:
    line = "\n"
    while line and not line.strip():
        line = lines.take()
    if not line:
        raise Refused("import_empty")
    if _NOT_TEXT.search(line) or len(line) > LONGEST_LINE:
        raise Refused("import_not_text")
    if re.fullmatch(r"sep=.\s*", line, re.IGNORECASE):  # Excel's own note on the delimiter
        line = lines.take()
    found = [_header_of(line, delimiter) for delimiter in (",", ";", "\t")]
    header = max(found, key=lambda one: len(one.places))
    needed = ("email",) if loose else ("email", "name")
    missing = [name for name in needed if name not in header.places]
    if {"first_name", "last_name"} & set(header.places) and "name" in missing:
        missing.remove("name")
    if missing:
        raise Refused("import_columns_missing", missing=", ".join(missing))
    return replace(header, is_loose=loose)


def _header_of(line: str, delimiter: str) -> Header:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    folded = [re.sub(r"[\W_]", "", fold(cell)) for cell in cells]
    places = {}
    for name, words in _KNOWN.items():
        at = [n for n, word in enumerate(folded) if word in words]
        # "email" beside "mail" is the one that is meant.
        exact = [n for n in at if folded[n] == name.replace("_", "")]
        if len(exact) > 1:
            raise Refused("import_column_twice", column=name)
        if at:
            places[name] = (exact or at)[0]
    used = set(places.values())
    others = ((n, clean_line(cell)) for n, cell in enumerate(cells) if n not in used)
    return Header(delimiter, places, len(cells), tuple(one for one in others if one[1]))


def _read_rows(lines: _Lines, header: Header) -> Iterator[CsvRow]:
    while first := lines.take():
        number = lines.number
        if not first.strip(f" \r\n{header.delimiter}"):
            continue  # spreadsheets end their files with rows of nothing
        if len(first) > LONGEST_LINE:
            yield CsvRow(number, fault=gettext("The line is too long."))
            continue
        cells = _cells(first, lines, header.delimiter)
        if cells is None:
            yield CsvRow(number, fault=gettext("The quotes in this line do not match."))
        else:
            yield _row(number, cells, header)


def _cells(first: str, lines: _Lines, delimiter: str) -> list[str] | None:
    """The cells of a row that begins with this line; None, and the lines below kept, if broken."""
    text, below = first, list[str]()
    while True:
        try:
            return next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            more = lines.take() if "unexpected end" in str(error) else ""
        if more:
            below.append(more)
            text += more
        if not more or len(below) >= MOST_LINES or len(text) > LONGEST_LINE:
            lines.put_back(below)
            return None


def _row(number: int, cells: list[str], header: Header) -> CsvRow:
    raw = {name: cells[at] for name, at in header.places.items() if at < len(cells)}
    facts = {name: _without_mark(clean_line(raw.get(name, ""))) for name in _LINES}
    if "name" not in header.places:
        both = (clean_line(raw.get(part, "")) for part in ("first_name", "last_name"))
        facts["name"] = _without_mark(" ".join(filter(None, both)))
    email = raw.get("email", "").strip()
    fault = _fault_of_cells(cells, raw, header) or _fault_of_facts(facts, header)
    if not fault:
        try:
            email = normal_address(email)
        except Refused as refused:
            fault = str(refused.values["reason"])
    if fault:
        return CsvRow(number, shorten(clean_line(email), LONGEST), _cut(facts["name"]), fault=fault)
    extra = tuple((name, _cut(clean_line(cells[n]))) for n, name in _kept(header))
    return CsvRow(number, email, topics=_topics(raw.get("topics", "")), extra=extra, **facts)


def _kept(header: Header) -> Sequence[tuple[int, str]]:
    return header.others[:MOST_OTHERS] if header.is_loose else ()


def _fault_of_cells(cells: list[str], raw: dict[str, str], header: Header) -> str:
    counts = {"found": len(cells), "wanted": header.width}
    if len(cells) < header.width or any(cell.strip() for cell in cells[header.width :]):
        return gettext("The row has %(found)s cells and the header %(wanted)s.", **counts)
    used = "".join(raw.values())
    if "\x00" in used or "\ufffd" in used:
        return gettext("The row holds a character that cannot be read.")
    if not raw["email"].strip():
        return gettext("There is no address.")
    return ""


def _fault_of_facts(facts: dict[str, str], header: Header) -> str:
    if not facts["name"] and not header.is_loose:
        return gettext("There is no name.")
    longer = [name for name, text in facts.items() if len(text) > LONGEST_CELL]
    if longer:
        return gettext(
            "%(column)s is longer than %(most)s characters.", column=longer[0], most=LONGEST_CELL
        )
    return ""


def _topics(cell: str) -> tuple[str, ...]:
    words = (clean_line(word) for word in re.split("[;|]", cell))
    return tuple(shorten(word, LONGEST_CELL) for word in words if word)[:MOST_TOPICS]


def _without_mark(text: str) -> str:
    """The text without the apostrophe that exports put before what a spreadsheet might run."""
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text


def _cut(text: str) -> str:
    return shorten(text, LONGEST_CELL)
