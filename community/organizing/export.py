"""The attendee list as CSV that spreadsheets open without running anything in it.

A text that a spreadsheet might take for a formula gets an apostrophe in front (``'``), and so does
one that begins with an apostrophe. Where the semicolon separates cells, a spreadsheet splits the
line at every semicolon and line break, whatever is quoted: so the same is done to what follows a
semicolon, a tab or a line break inside a text. To recover a value, take one apostrophe away at
its beginning and behind each of these signs, where there is one (:func:`recovered`).

After the columns of every export comes one for each question. Its cell has a line for each head,
the person's first, then ``name: answer`` in order of ``guests``, up to the last one who answered;
a line that begins with a space goes on with the answer before.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from community.core.types import JSONDict
from community.events.models import Event
from community.membership.queries import shown_name
from community.organizing.export_rows import (
    COLUMNS,
    Attending,
    Line,
    asked_columns,
    iso,
    said,
    words_of,
)
from community.organizing.segments import EVERYBODY, Segment

_CHUNK = 16 * 1024
_FORMULA = ("=", "+", "-", "@")
# What separates cells or lines for some spreadsheet somewhere, quoted or not.
_SEPARATOR = re.compile("([;\t\r\n\x0b\x0c\x85\u2028\u2029])")
# Finds every text that needs an apostrophe, and some that do not. A text begins behind a \\0.
_MAY_BE_ONE = re.compile('[\0;\t\r\n\x0b\x0c\x85\u2028\u2029][ "]*(?![ "\\w\0]|\\Z)')
_GUARD = re.compile("(^|[;\t\r\n\x0b\x0c\x85\u2028\u2029])'")


def csv_lines(event: Event, segment: Segment = EVERYBODY) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, in pieces of some kilobytes.

    One line for each RSVP that is meant; times are ISO 8601 in the event's zone, guests are joined
    by ``; ``. See the module about apostrophes.
    """
    yield from csv_of(Attending(event, segment))


def csv_of(attending: Attending) -> Iterator[bytes]:
    """The same of those who are meant already."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    asked = asked_columns(attending.event)
    writer.writerow([*COLUMNS, *(without_formula(one.heading) for one in asked)])
    zone = ZoneInfo(attending.event.timezone)
    keys = [one.key for one in asked]
    for line in attending:
        writer.writerow(_cells(line, zone, keys))
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def csv_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Any lines of text in the same form, each cell as :func:`without_formula` leaves it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(map(without_formula, row))
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def without_formula(text: str) -> str:
    """The text, with an apostrophe in front of what a spreadsheet might run."""
    if text[:1].isalnum() and _SEPARATOR.search(text) is None:
        return text
    first, *rest = _SEPARATOR.split(text)
    parts = [f"'{first}" if text.startswith("'") or _may_run(text) else first]
    for separator, part in zip(rest[::2], rest[1::2], strict=True):
        # A quotation mark is no sign of the cell once the line was split elsewhere.
        is_safe = not part.startswith("'") and not _may_run(part.replace('"', ""))
        parts += [separator, part if is_safe else f"'{part}"]
    return "".join(parts)


def recovered(cell: str) -> str:
    """The text of which :func:`without_formula` made this cell."""
    return _GUARD.sub(r"\1", cell)


def _may_run(text: str) -> bool:
    if text[:1] in {"\t", "\r", "\n"}:
        return True
    # Importers trim what cannot be seen, and then look at the first sign that is left.
    for character in text:
        if character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}:
            continue
        # Excel takes the full-width and small forms for the same signs.
        return unicodedata.normalize("NFKC", character) in _FORMULA
    return False


def _cells(line: Line, zone: ZoneInfo, keys: list[str]) -> list[str | int]:
    (_id, name, email, organization, job_title, status, size, note, source) = line[:9]
    (dietary, _partstat, answered, inside, kept, brought) = line[9:]
    guests = ""
    if brought:
        guests, dietary = "; ".join(line.guests), line.dietary
        answers = [_answers(line, one) for one in keys]
    else:
        answers = [_own_answer(kept[one]) if one in kept else "" for one in keys]
    texts = ("", name, email, organization, job_title, guests, dietary, note, *answers)
    # One look at all of them: hardly any row has a text that begins with anything but a letter.
    if _MAY_BE_ONE.search("\0".join(texts)):
        name, email, organization = map(without_formula, (name, email, organization))
        job_title, dietary, note = map(without_formula, (job_title, dietary, note))
        guests = "; ".join(map(without_formula, line.guests))
        if not brought:
            answers = list(map(without_formula, answers))
    times = (iso(answered, zone) if answered else "", iso(inside, zone) if inside else "")
    who = (name, email, organization, job_title, status, size, guests, dietary, note)
    return [*who, *times, source, *answers]


def _own_answer(kept: JSONDict) -> str:
    """The person's alone, not guarded yet."""
    words = words_of(kept)
    return words.replace("\n", "\n ") if "\n" in words else words


def _answers(line: Line, key: str) -> str:
    """A line for each head, each guarded."""
    given = said(line, key)
    if not given:
        return ""
    lines = []
    for number in range(max(given) + 1):
        words = words_of(given[number]).replace("\n", "\n ") if number in given else ""
        name = f"{shown_name(line.brought[number - 1].name)}: " if number else ""
        lines.append(without_formula(f"{name}{words}"))
    # A cell that began with an empty line would be one that spreadsheets trim.
    return "\n".join(["'" if len(lines) > 1 and not lines[0] else lines[0], *lines[1:]])


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
