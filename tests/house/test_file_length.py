"""A file is read in one sitting, or it is split by topic."""

import pytest

from tests.house.tree import files, read

LIMITS = [
    ("community", "*.py", 300),
    ("benchmarks", "*.py", 300),
    ("tests", "*.py", 500),
    ("templates", "*.*", 150),
]


@pytest.mark.parametrize(("folder", "pattern", "most"), LIMITS)
def test_no_file_is_longer_than_its_kind_may_be(folder: str, pattern: str, most: int) -> None:
    lengths = {str(path): len(read(path).splitlines()) for path in files(folder, pattern)}
    assert {path: length for path, length in lengths.items() if length >= most} == {}


def test_the_folders_are_where_the_rule_looks_for_them() -> None:
    assert all(files(folder, pattern) for folder, pattern, _ in LIMITS if folder != "benchmarks")
