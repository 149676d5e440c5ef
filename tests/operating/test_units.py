"""The units for systemd are ones that it takes, keep little open, and start commands that exist."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

UNITS = sorted((ROOT / "docs" / "systemd").glob("community*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 25  # of 100, by systemd's own count, where 100 is root without any bound

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze"
)


def _analyze(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # Units of this folder alone: what this machine has installed is not ours.
    where = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:/lib/systemd/system"}
    command = ["systemd-analyze", *words]
    return subprocess.run(command, env=where, capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units in a folder, and the program where they say that it is, below another root."""
    for unit in UNITS:
        text = unit.read_text().replace("/srv/community/program", str(tmp_path / "program"))
        (tmp_path / unit.name).write_text(text)
    program = tmp_path / "program" / ".venv" / "bin"
    program.mkdir(parents=True)
    (program / "python").symlink_to("/bin/true")
    return tmp_path


def test_there_are_units_for_web_worker_and_backup() -> None:
    names = {"community.service", "community-worker.service"}
    names |= {"community-backup.service", "community-backup.timer"}
    assert {unit.name for unit in UNITS} == names


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_it(installed: Path, unit: Path) -> None:
    done = _analyze("verify", "--man=no", str(installed / unit.name), folder=installed)
    said = [line for line in done.stderr.splitlines() if "community" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize(
    "spoilt", [("ExecStart=/", "ExecStart=/not/there/"), ("ProtectSystem=", "ProtectSytem=")]
)
def test_systemd_would_say_what_is_wrong(installed: Path, spoilt: tuple[str, str]) -> None:
    unit = installed / "community.service"
    unit.write_text(unit.read_text().replace(*spoilt))
    done = _analyze("verify", "--man=no", str(unit), folder=installed)
    assert "community.service" in done.stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_it_leaves_little_open(installed: Path, unit: Path) -> None:
    words = ("security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}")
    done = _analyze(*words, str(installed / unit.name), folder=installed)
    assert done.returncode == 0, done.stdout[-300:]


def test_without_its_bounds_it_would_be_open(installed: Path) -> None:
    unit = installed / "community.service"
    bounds = r"(?m)^(Protect|Restrict|Private|NoNew|Capab|System|Lock|Ambient).*\n"
    unit.write_text(re.sub(bounds, "", unit.read_text()))
    words = ("security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}")
    assert _analyze(*words, str(unit), folder=installed).returncode != 0


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_all_live_in_the_same_place_and_may_write_there(unit: Path) -> None:
    text = unit.read_text()
    assert "WorkingDirectory=/srv/community/program\n" in text
    assert "ReadWritePaths=/srv/community/program/instance\n" in text
    assert "User=community\n" in text
    assert "EnvironmentFile=-/etc/community/environment\n" in text
