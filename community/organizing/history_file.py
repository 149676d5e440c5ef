"""Somebody's history as CSV, for the organizers who may know of it; see ``export`` on formulas."""

import csv
import io
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from community.membership.viewer import Viewer
from community.organizing.export import without_formula
from community.organizing.history import iter_history

COLUMNS = ("event", "starts_at", "outcome", "outcome_in_words", "status", "guests", "page")
_CHUNK = 16 * 1024


def csv_lines(viewer: Viewer, person_id: int, words: Mapping[str, str]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, newest event first; times in the event's zone.

    ``words`` says each outcome as the page does.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    writer.writerow(COLUMNS)
    for past in iter_history(viewer, person_id):
        starts = past.starts_at.astimezone(ZoneInfo(past.timezone))
        writer.writerow(
            [
                without_formula(past.title),
                starts.isoformat(timespec="seconds"),
                past.outcome.value,
                without_formula(words[past.outcome.value]),
                past.status.value if past.status else "",
                str(past.guests),
                f"/events/{past.slug}",
            ]
        )
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
