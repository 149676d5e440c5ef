"""No library is older than what was published about it, and each is pinned by its hashes."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.evidence import Evidence
from tests.house.security_floor import FLOORS
from tests.house.tree import read

PIN = re.compile(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([0-9][0-9a-z.]*)((?:.*\\\n)*.*)")
FILES = ("requirements.txt", "requirements-dev.txt")
SHOWN = "libraries are pinned with hashes, none older than what was published about it"


def pins(text: str) -> dict[str, tuple[str, int]]:
    """Version, and number of hashes, of each pinned library."""
    return {
        name: (version, rest.count("--hash=sha256:")) for name, version, rest in PIN.findall(text)
    }


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def below(text: str) -> list[str]:
    """Libraries that are older than their floor."""
    return [
        f"{name} {version}: {FLOORS[name][1]}"
        for name, (version, _) in pins(text).items()
        if name in FLOORS and number(version) < number(FLOORS[name][0])
    ]


@pytest.mark.proof
def test_nothing_pinned_is_below_its_floor(evidence: Evidence) -> None:
    found: dict[str, tuple[str, int]] = {}
    for file in FILES:
        assert below(read(Path(file))) == [], file
        found |= pins(read(Path(file)))
    assert set(FLOORS) <= set(found), "a floor of what is not used any more"
    assert min(hashes for _, hashes in found.values()) >= 1
    evidence("S21", SHOWN, count=f"{len(FLOORS)} floors, {len(found)} pinned libraries")


@pytest.mark.proof
def test_control_an_older_one_is_seen(evidence: Evidence) -> None:
    older = re.sub(r"(?m)^werkzeug==\S+", "werkzeug==3.0.5", read(Path(FILES[0])))
    assert [line.split()[0] for line in below(older)] == ["werkzeug"]
    assert pins("idna==3.20\n") == {"idna": ("3.20", 0)}, "one without a hash is seen"
    evidence("S21", SHOWN, control="an older werkzeug is seen")


def test_every_requirement_of_the_project_is_pinned() -> None:
    known = tomllib.loads(read(Path("pyproject.toml")))
    wanted = [*known["project"]["dependencies"], *known["dependency-groups"]["test"]]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted}
    assert len(names) > 30
    assert names <= {name for file in FILES for name in pins(read(Path(file)))}
