"""Each promise of docs/guarantees.md names tests that there are, and rows that they write."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, read

PAGE = read(Path("docs/guarantees.md"))
NAMED = re.findall(r"^\| `(tests/[\w/]+\.py)::(\w+)` \| (R\d+)? ?\|$", PAGE, re.MULTILINE)
PROMISES = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]


def defined(file: str) -> set[str]:
    path = ROOT / file
    if not path.exists():
        return set()
    return {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}


def test_no_line_of_the_tables_is_overlooked() -> None:
    assert len(NAMED) == PAGE.count("| `tests/") == PAGE.count("::test_")


@pytest.mark.parametrize(("file", "name", "row"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_test_that_is_named_exists_and_writes_its_row(file: str, name: str, row: str) -> None:
    assert name in defined(file)
    if row:
        assert f'"{row}"' in read(Path(file))


@pytest.mark.parametrize("number", range(1, 6))
def test_every_promise_names_tests(number: int) -> None:
    (promise,) = [part for part in PROMISES if part.startswith(f"G{number}:")]
    assert "::test_" in promise


def test_a_name_that_is_nowhere_is_found() -> None:
    assert "test_that_nobody_wrote" not in defined("tests/house/test_guarantees.py")
    assert defined("tests/house/test_nothing.py") == set()
