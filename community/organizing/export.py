"""The attendee list as a file that spreadsheets open without running anything in it.

A cell whose text a spreadsheet might take for a formula gets an apostrophe in front (``'``), and
so does a cell that begins with an apostrophe. To recover a value, take one leading apostrophe
away when there is one. In ``guests`` this holds for each name: where the semicolon separates
cells, a spreadsheet makes each name a cell of its own.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from community.events.models import Event
from community.organizing.roster import RosterRow, iter_attendees

COLUMNS = (
    "name",
    "email",
    "organization",
    "job_title",
    "status",
    "party_size",
    "guests",
    "dietary",
    "note",
    "answered_at",
    "checked_in_at",
    "source",
)
_CHUNK = 16 * 1024
_FORMULA = ("=", "+", "-", "@")


def csv_lines(event: Event, status: str = "") -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, in pieces of some kilobytes.

    One line for each RSVP in any state, or in the one given; times are ISO 8601 in the event's
    zone, guests are joined by ``; ``. See the module about a leading apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    writer.writerow(COLUMNS)
    zone = ZoneInfo(event.timezone)
    for row in iter_attendees(event, status):
        writer.writerow(_cells(row, zone))
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def without_formula(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet might run it."""
    return f"'{text}" if text.startswith("'") or _may_run(text) else text


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


def _cells(row: RosterRow, zone: ZoneInfo) -> list[str]:
    return [
        without_formula(row.name),
        without_formula(row.email),
        without_formula(row.organization),
        without_formula(row.job_title),
        row.status,
        str(row.party_size),
        "; ".join(map(without_formula, row.guests)),
        without_formula(row.dietary),
        without_formula(row.note),
        _iso(row.answered_at, zone),
        _iso(row.checked_in_at, zone),
        row.source,
    ]


def _iso(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds") if instant else ""


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
