"""What a use-case did is saved in one place, together with all that follows from it."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import files, read

WRITES_BY_ITSELF = {"commit", "begin", "begin_nested"}


def calls(path: Path, names: set[str]) -> list[str]:
    """Calls of methods with these names, as ``file method``."""
    return [
        f"{path} {node.func.attr}"
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in names
    ]


def test_there_is_one_commit_in_the_program() -> None:
    found = [call for path in _program() for call in calls(path, {"commit"})]
    assert found == ["community/core/db.py commit"]


def test_nobody_begins_a_transaction_of_their_own() -> None:
    found = [call for path in _program() for call in calls(path, WRITES_BY_ITSELF - {"commit"})]
    assert found == []


def test_the_rule_sees_a_commit_wherever_it_is(tmp_path: Path) -> None:
    sly = tmp_path / "sly.py"
    sly.write_text("def f(db):\n    (db.session)\\\n        .commit()\n")
    assert calls(sly, {"commit"}) == [f"{sly} commit"]


def _program() -> list[Path]:
    return [path for path in files("community", "*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("word", ["COMMIT", "ROLLBACK", "BEGIN"])
def test_no_statement_of_sql_does_it_in_disguise(word: str) -> None:
    # Where BEGIN IMMEDIATE is said for SQLite, and where a component of a calendar begins.
    allowed = {"community/core/db.py", "community/calendar/content_lines.py"}
    guilty = [
        str(path)
        for path in _program()
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Constant)
        if isinstance(node.value, str)
        if node.value.strip().startswith((word, word + " ")) and node.value.isupper()
    ]
    assert set(guilty) - allowed == set()
