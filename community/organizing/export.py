"""The attendee list as a file that spreadsheets open without running anything in it.

A cell whose text a spreadsheet might take for a formula gets an apostrophe in front (``'``), and
so does a cell that begins with an apostrophe. To recover a value, take one leading apostrophe
away when there is one. In ``guests`` this holds for each name: where the semicolon separates
cells, a spreadsheet makes each name a cell of its own.

After these columns comes one for each question. Its cell has a line for each head, the person's
first, then ``name: answer`` in order of ``guests``, up to the last one who answered; a line that
begins with a space goes on with the answer before. The apostrophe is that of a line, too.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from community.events.models import Event
from community.organizing.roster import RosterRow, iter_attendees
from community.organizing.segments import EVERYBODY, Segment
from community.rsvp.answering import count_answers, questions_of

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


def csv_lines(event: Event, segment: Segment = EVERYBODY) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, in pieces of some kilobytes.

    One line for each RSVP that is meant, in whatever state; times are ISO 8601 in the event's zone,
    guests are joined by ``; ``. See the module about a leading apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    questions = _asked(event)
    writer.writerow([*COLUMNS, *questions.values()])
    zone = ZoneInfo(event.timezone)
    for row in iter_attendees(event, segment):
        writer.writerow([*_cells(row, zone), *(_answers(row, one) for one in questions)])
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


def _asked(event: Event) -> dict[int, str]:
    """The heading of each question's column by its id: of those asked now, and of answered ones.

    A heading that is there already ends in the question's number.
    """
    every = questions_of(event.id)
    answered = count_answers(event.id, [one for one in every if one.retired_at is not None])
    headings: dict[int, str] = {}
    for one in every:
        if one.retired_at is None or answered[one.id]:
            taken = one.label in {*COLUMNS, *headings.values()}
            headings[one.id] = f"{one.label} ({one.id})" if taken else one.label
    return {one: without_formula(heading) for one, heading in headings.items()}


def _answers(row: RosterRow, question_id: int) -> str:
    given = {one.number: one.words for one in row.answers if one.question_id == question_id}
    if not given:
        return ""
    lines = []
    for number in range(max(given) + 1):
        words = given.get(number, "").replace("\n", "\n ")
        name = f"{row.guests[number - 1]}: " if number else ""
        lines.append(without_formula(f"{name}{words}"))
    # A cell that began with an empty line would be one that spreadsheets trim.
    return "\n".join(["'" if len(lines) > 1 and not lines[0] else lines[0], *lines[1:]])


def _iso(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds") if instant else ""


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
