"""PostgreSQL that crashes and is started again while people answer."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.journeys.crowd import a_crowd
from tests.journeys.running import running
from tests.reliability.kept import everything_is_kept, wait_for_empty_outbox
from tests.reliability.own_postgres import OwnServer, own_server
from tests.reliability.pressing import pressing
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

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]
PROOF = bool(os.environ.get("PROOF"))
CRASHES, CONTROLS = (50, 5) if PROOF else (2, 1)
MODES = ["fast", "immediate", "kill"] * 7 if PROOF else ["fast"]
PAUSE = 0.0 if PROOF else 0.05
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
        crew.go(WRITERS, pause=PAUSE)
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


def test_postgresql_that_restarts_costs_nobody_more_than_another_try(
    server: OwnServer, of_server: tuple[Flask, Program], tmp_path: Path, evidence: Evidence
) -> None:
    with running(tmp_path, database_url=server.url, rate_limits="off") as program:
        slug, cookies = a_crowd(program, people=6 if PROOF else 3, seats=2)
        family, back = program.children(), []
        with pressing(program, slug, cookies) as load:
            for mode in MODES:
                load.wait_for_more(5)
                server.stop(mode)
                load.wait_for_refusal()
                server.start()
                back.append(load.wait_for_more(1))
            load.wait_for_more(5)
        assert load.faults == []
        assert load.statuses()["pages"] <= {200, 503}
        assert load.statuses()["presses"] == {303, 503}
        assert program.children() == family, "a process did not survive it"
        with program.app.app_context():
            everything_is_kept(load)
            wait_for_empty_outbox()
    if PROOF:
        assert max(back) <= 5
    evidence(
        "R8",
        "a restart of the database costs another try: only 503s, no process ends",
        count=f"{len(back)} restarts (fast, immediate, kill), {load.acknowledged.total()} answers, "
        f"back after {max(back):.1f} s at most",
    )


def test_postgresql_that_is_away_without_words_for_it_is_an_error(
    server: OwnServer, of_server: tuple[Flask, Program], evidence: Evidence
) -> None:
    app, _program = of_server
    with app.app_context():
        slug = an_event().slug
        db.session.remove()
    assert app.test_client().get(f"/events/{slug}").status_code == 200
    worded, handlers = {}, app.error_handler_spec[None][None]
    server.stop("fast")
    try:
        assert app.test_client().get(f"/events/{slug}").status_code == 503
        assert app.test_client().get("/readyz").status_code == 503
        assert app.test_client().get("/healthz").status_code == 200
        for kind in (sa.exc.OperationalError, sa.exc.DBAPIError):
            worded[kind] = handlers.pop(kind)
        assert app.test_client().get(f"/events/{slug}").status_code == 500
    finally:
        handlers.update(worded)
        server.start()
    assert app.test_client().get(f"/events/{slug}").status_code == 200
    evidence(
        "R8",
        "a restart of the database costs another try: only 503s, no process ends",
        control="without the handler of outages: 500",
    )
