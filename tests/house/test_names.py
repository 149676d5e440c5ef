"""Modules are named after things of the field, and say in a sentence what they are for."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import files, read

# Names under which anything could be put, and soon is.
FORBIDDEN = re.compile(
    r"(?:.*_)?(?:utils?|helpers?|common|managers?|base|misc|stuff|shared|part_?\d+|\w+\d)"
)
PYTHON = [path for folder in ("community", "tests", "benchmarks") for path in files(folder, "*.py")]


@pytest.mark.parametrize("name", ["utils", "mail_utils", "helper", "common", "base", "demo_part2"])
def test_the_rule_knows_a_name_that_says_nothing(name: str) -> None:
    assert FORBIDDEN.fullmatch(name)


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    names = [part for path in PYTHON for part in (*path.parent.parts, path.stem)]
    assert sorted({name for name in names if FORBIDDEN.fullmatch(name)}) == []


def test_every_module_opens_with_a_sentence_on_what_it_is_for() -> None:
    assert [str(path) for path in PYTHON if not _opens_with_a_sentence(path)] == []


def _opens_with_a_sentence(path: Path) -> bool:
    source = read(path)
    text = ast.get_docstring(ast.parse(source)) or ""
    opening = text.split("\n\n", 1)[0].replace("\n", " ").strip()
    return len(opening.split()) >= 2 and opening[-1] in ".:?!)"


def test_every_public_function_and_class_of_the_program_says_what_it_does() -> None:
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in files("community", "*.py")
        for node in ast.parse(read(path)).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []
