"""The arrows of the architecture hold: who may import whom, and who knows nothing of HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_is_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
    assert "2 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("events/queries.py", "from community.rsvp import respond"),
        ("core/clock.py", "from community.membership import models"),
        ("web/wording.py", "from community.ops import demo"),
        ("rsvp/respond.py", "import flask"),
        ("gadgets.py", "import os"),
    ],
    ids=["upwards", "out of the core", "between edges", "HTTP in a feature", "a part unknown"],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, line: str) -> None:
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    for source in sorted((ROOT / "community").rglob("*.py")):
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    file = tmp_path / "community" / module
    known = file.read_text() if file.exists() else '"""New."""\n'
    file.write_text(f"{known}\n{line}\n")
    assert lint_imports(tmp_path).returncode == 1
