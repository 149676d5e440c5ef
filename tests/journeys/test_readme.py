"""The commands that the README gives to be typed do what it says."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from community.ops import demo
from tests.journeys.running import ROOT, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


def commands() -> str:
    """The README's block of curl commands."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return next(block for block in blocks if "curl" in block)


def test_the_journey_by_curl(own_database: str, tmp_path: Path) -> None:
    with running(tmp_path, database_url=own_database) as program:
        with program.app.app_context():
            demo.load()
        script = commands().replace("http://localhost:8000", program.url)
        flask = f'"{sys.executable}" -m flask --app "{ROOT / "wsgi.py"}"'
        script = script.replace(".venv/bin/flask", flask)
        done = subprocess.run(
            ["bash", "-eu", "-c", script],
            cwd=tmp_path,
            env=program.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert re.findall(r"^\d+", done.stdout, re.MULTILINE) == ["303", "303", "303"]
        with (tmp_path / "attendees.csv").open(encoding="utf-8-sig", newline="") as file:
            statuses = {row["email"]: row["status"] for row in csv.DictReader(file)}
        assert statuses["ann@example.com"] == "going"
