"""The table of others' weaknesses is whole, and each test that it names is there."""

import ast
import re
from pathlib import Path

from tests.house.tree import ROOT, read

PAGE = Path("docs/evidence.md")
ROW = re.compile(r"(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
PUBLISHED = 69


def missing(text: str) -> list[str]:
    """Tests that a text names and that there are not."""
    found = []
    for file, name in NAMED.findall(text):
        path = ROOT / file
        if not path.is_file() or (name and name not in functions(path)):
            found.append(f"{file}::{name}")
    return found


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_weakness_has_a_row_and_every_row_a_test_or_a_reason() -> None:
    rows = ROW.findall(read(PAGE))
    assert [int(number) for number, *_ in rows] == list(range(1, PUBLISHED + 1))
    for number, *_, shown in rows:
        assert NAMED.search(shown), number
        assert "::" in shown, number


def test_every_test_that_is_named_is_there() -> None:
    text = read(PAGE) + read(Path("SECURITY.md"))
    assert len(NAMED.findall(text)) > 100
    assert missing(text) == []


def test_one_that_is_gone_is_seen() -> None:
    assert missing("`tests/house/test_weaknesses.py::test_one_that_is_gone_is_seen`") == []
    assert missing("`tests/house/test_weaknesses.py::test_gone`, `tests/gone.py`") == [
        "tests/house/test_weaknesses.py::test_gone",
        "tests/gone.py::",
    ]
