"""QR codes of addresses: for pages as SVG, for mails as PNG."""

import io
from functools import lru_cache

import segno

_QUIET = 4  # modules of white around a code, as ISO/IEC 18004 wants them


@lru_cache(maxsize=500)  # finding the best mask takes longer than the rest of a page
def qr_svg(text: str) -> tuple[int, str]:
    """How many modules a code is wide, its white margin included, and its path for an SVG.

    The path draws dark modules, row by row, with no colour of its own.
    """
    matrix = segno.make(text, error="m", micro=False).matrix
    rows = [_runs(row, y + _QUIET) for y, row in enumerate(matrix)]
    return len(matrix) + 2 * _QUIET, "".join(rows)


def qr_png(text: str) -> bytes:
    """The same as a picture of black on white; the same text gives the same bytes."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=5, border=_QUIET)
    return out.getvalue()


def _runs(row: bytearray, y: int) -> str:
    """One row of modules: a stroke for each run of dark ones."""
    path, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path.append(f"M{start + _QUIET} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(path)
