"""The steps of the Containerfile and the wiring of the compose file, without an image of theirs.

No image can be built where tests run: its steps are carried out one by one in an empty folder.
"""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.evidence import Evidence
from tests.house.tree import ROOT
from tests.journeys.running import free_port

PROOF = bool(os.environ.get("PROOF"))
DEPLOY = ROOT / "docs" / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()
THERE, KEPT = "/srv/community", "/data"
CLEAN = "the container's steps, in an empty folder, make a program that runs"


@dataclass
class Image:
    """What the steps have made so far, below a folder that stands for the root."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    healthy: str = ""
    command: list[str] = field(default_factory=list)

    def placed(self, text: str) -> str:
        """Words of the file with their places below our root."""
        at_home = re.sub(rf"{KEPT}(?![\w/])", str(self.root / "data"), text)
        return at_home.replace(THERE, str(self.root / "srv"))

    @property
    def settings(self) -> dict[str, str]:
        bare = {name: os.environ[name] for name in os.environ if not name.startswith("COMMUNITY_")}
        bare.pop("PYTHONPATH", None)
        return {**bare, **self.environment}

    def run(self, line: str) -> None:
        done = subprocess.run(
            ["sh", "-ec", self.placed(line)],
            cwd=self.root / "srv",
            env=self.settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def steps() -> Iterator[tuple[str, str]]:
    """Instruction and what follows it."""
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest


def test_the_file_copies_what_is_needed_and_only_what_there_is() -> None:
    copied = [rest.split()[0] for word, rest in steps() if word == "COPY"]
    assert all((ROOT / name).exists() for name in copied)
    assert set(copied) == {"requirements.txt", "community", "templates", "wsgi.py"}
    assert [rest for word, rest in steps() if word == "USER"] == ["community"]


def test_the_compose_file_names_settings_that_exist_and_no_secret() -> None:
    from community.config import PREFIX, Settings

    named = set(re.findall(rf"^ +{PREFIX}([A-Z_]+):", COMPOSE, re.MULTILINE))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}
    secret = re.findall(r"^ +\w*(?:PASSWORD|SECRET_KEY): *(.*)", COMPOSE, re.MULTILINE)
    assert secret
    assert all(value.startswith("${") for value in secret)
    services = set(re.findall(r"^  (\w+):$", COMPOSE.partition("\nservices:")[2], re.MULTILINE))
    assert {"migrate", "program", "database", "limits"} <= services
    for host in re.findall(r"@(\w+)/community|redis://(\w+):", COMPOSE):
        assert set(filter(None, host)) <= services


if PROOF:  # minutes: all requirements are installed anew

    @pytest.mark.proof
    @pytest.mark.parametrize("database", ["sqlite", "postgresql"])
    def test_the_steps_make_a_program_that_runs(
        tmp_path: Path, evidence: Evidence, request: pytest.FixtureRequest, database: str
    ) -> None:
        image = Image(tmp_path)
        (tmp_path / "srv").mkdir()
        (tmp_path / "data").mkdir(mode=0o700)
        for word, rest in steps():
            _carry_out(image, word, rest)
        port = free_port()
        image.environment |= {"HOST": "127.0.0.1", "PORT": str(port)}
        if database == "postgresql":
            image.environment["COMMUNITY_DATABASE_URL"] = _empty(request)
        image.environment |= {
            "COMMUNITY_ENV": "production",
            "COMMUNITY_BASE_URL": "https://community.example.org",
            "COMMUNITY_SECRET_KEY": "k" * 40,
        }
        image.run(".venv/bin/python -m flask --app wsgi db upgrade")
        process = subprocess.Popen(image.command, cwd=tmp_path / "srv", env=image.settings)
        try:
            _wait_for(f"http://127.0.0.1:{port}/readyz")
            image.run(image.healthy)
            url, host = f"http://127.0.0.1:{port}/events", {"Host": "community.example.org"}
            with urllib.request.urlopen(urllib.request.Request(url, headers=host)) as page:
                assert page.status == 200
        finally:
            process.terminate()
            assert process.wait(30) == 0
        with pytest.raises(AssertionError):
            image.run(image.healthy)  # nothing answers any more
        count = f"{sum(1 for _ in steps())} steps"
        evidence("Container", CLEAN, count=count, control="stopped, its health check fails")


def _carry_out(image: Image, word: str, rest: str) -> None:
    if word == "COPY":
        source = ROOT / rest.split(maxsplit=1)[0]
        target = image.root / "srv" / source.name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    elif word == "ENV":
        found = dict(part.split("=", 1) for part in rest.split())
        image.environment |= {name: image.placed(value) for name, value in found.items()}
    elif word == "RUN" and not rest.startswith("useradd"):  # that needs a machine of its own
        image.run(rest)
    elif word == "HEALTHCHECK":
        image.healthy = rest.partition(" CMD ")[2]
    elif word == "CMD":
        image.command = json.loads(rest)


def _empty(request: pytest.FixtureRequest) -> str:
    server = sa.make_url(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE contained"))
    engine.dispose()
    return server.set(database="contained").render_as_string(hide_password=False)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")
