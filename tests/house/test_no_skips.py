"""In CI a skipped test fails the run, however many processes share the work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on one file, away from our own settings and fixtures."""
    (file.parent / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(file)],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def half_skipped(tmp_path: Path) -> Path:
    file = tmp_path / "test_two.py"
    file.write_text(
        "import pytest\ndef test_one(): pass\n@pytest.mark.skip\ndef test_two(): pass\n"
    )
    return file


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_skip_fails_the_run(half_skipped: Path, processes: tuple[str, ...]) -> None:
    result = run(half_skipped, "-p", "tests.no_skips", *processes)
    assert result.returncode == 1
    assert "1 skipped: here this is a failure" in result.stdout


def test_elsewhere_a_skip_is_none(half_skipped: Path) -> None:
    assert run(half_skipped).returncode == 0


def test_without_a_skip_the_run_passes(half_skipped: Path) -> None:
    half_skipped.write_text("def test_one(): pass\n")
    assert run(half_skipped, "-p", "tests.no_skips").returncode == 0
