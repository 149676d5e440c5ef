"""Stylesheets and scripts stay small: a visitor loads one of each, an organizer little more."""

from pathlib import Path

import pytest

from community.web.assets import FOLDER, in_order

# In bytes as they are sent unpacked.
BUDGETS = [
    ("css", "*.css", 30_000),
    ("css/desk", "*.css", 16_000),
    ("js", "*.js", 5_000),
    ("js/door", "*.js", 17_000),
    ("js/worker", "*.js", 3_000),
]


def weight(folder: Path, pattern: str) -> int:
    return sum(len(path.read_bytes()) for path in in_order(folder, pattern))


@pytest.mark.parametrize(("folder", "pattern", "most"), BUDGETS)
def test_no_bundle_outgrows_its_budget(folder: str, pattern: str, most: int) -> None:
    assert 0 < weight(FOLDER / folder, pattern) <= most


def test_a_file_too_many_is_noticed(tmp_path: Path) -> None:
    for name in ("a.css", "b.css"):
        (tmp_path / name).write_text("x" * 20_000)
    assert weight(tmp_path, "*.css") > BUDGETS[0][2]
