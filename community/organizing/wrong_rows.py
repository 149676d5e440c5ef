"""The rows of an import that were not taken, as a file that spreadsheets open without harm."""

import csv
import io
from collections.abc import Iterator

from community.membership.import_models import Verdict
from community.membership.import_queries import iter_rows
from community.organizing.export import without_formula

_CHUNK = 16 * 1024


def wrong_rows_csv(import_id: int) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark: ``line``, ``email``, ``name``, ``why``."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    writer.writerow(["line", "email", "name", "why"])
    for row in iter_rows(import_id, Verdict.WRONG.value):
        texts = (row.address, row.name, row.why)
        writer.writerow([row.line, *map(without_formula, texts)])
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
