"""PostgreSQL that crashes and is started again while people answer."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.evidence import Evidence
from tests.reliability.own_postgres import OwnServer, own_server
from tests.reliability.writers import (
    Program,
    a_program,
    an_open_event,
    differing,
    lost,
    wait_for_more,
    writers,
)
from tests.rsvp.invariants import everything_holds

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
CRASHES, CONTROLS = (50, 5) if PROOF else (2, 1)
# The short run has no time for a disk; that its crashes lose what was not synced is the same.
DISK = "/var/tmp" if PROOF else os.environ.get("PYTEST_DEBUG_TEMPROOT")  # noqa: S108 - mkdtemp
WRITERS, PEOPLE, SEATS = 3, 24, 12
HELD = "acknowledged answers outlive the death of every process at once"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server(DISK) as one:
        yield one


@pytest.fixture(scope="module")
def of_server(
    server: OwnServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Program]]:
    with a_program(tmp_path_factory.mktemp("server"), server.url) as both:
        yield both


@pytest.fixture
def on_server(of_server: tuple[Flask, Program]) -> Iterator[Program]:
    app, program = of_server
    with app.app_context():
        yield program


def test_postgresql_keeps_what_it_acknowledged(
    server: OwnServer, on_server: Program, tmp_path: Path, evidence: Evidence
) -> None:
    event_id, people = an_open_event(PEOPLE, SEATS)
    modes = ["kill", "immediate"] * (CRASHES // 2)
    with writers(on_server, event_id, people, tmp_path / "notes") as crew:
        crew.go(WRITERS)
        for mode in modes:
            wait_for_more(crew, 10)
            server.stop(mode)
            acknowledged = crew.acknowledged()
            server.start()
            assert lost(acknowledged, event_id) == 0, mode
        wait_for_more(crew, 10)  # those who wrote before write again
        crew.stop()
        assert differing(crew.last(), event_id) == []
        assert crew.refused(), "the server was away, and nobody noticed"
        everything_holds(event_id)
        count = crew.acknowledged().total()
    evidence("R6", HELD, count=f"{CRASHES} crashes of the server, {count} answers")


def test_postgresql_that_is_not_waited_for_loses_answers(
    server: OwnServer, on_server: Program, tmp_path: Path, evidence: Evidence
) -> None:
    event_id, people = an_open_event(PEOPLE, SEATS)
    missing = []
    with writers(on_server, event_id, people, tmp_path / "notes") as crew:
        for _ in range(CONTROLS):
            crew.go(1, soon=True)
            wait_for_more(crew, 20)
            server.stop("kill")
            acknowledged = crew.acknowledged()
            crew.kill()
            server.start()
            missing.append(lost(acknowledged, event_id))
    assert any(missing), "a crash that loses nothing shows nothing"
    evidence("R6", HELD, control=f"synchronous_commit off: {sum(missing)} answers lost")
