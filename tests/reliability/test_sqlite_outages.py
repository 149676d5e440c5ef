"""SQLite when every process dies at once, and when another program keeps the file locked."""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, durable_soon
from community.rsvp.respond import say_yes
from tests.evidence import Evidence
from tests.reliability.writers import (
    Program,
    a_program,
    an_open_event,
    lost,
    wait_for_more,
    writers,
)
from tests.rsvp.invariants import everything_holds

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
KILLS, PAUSE = (300, 0.0) if PROOF else (3, 0.02)
WRITERS, PEOPLE, SEATS = 3, 24, 12
HELD = "acknowledged answers outlive the death of every process at once"


@pytest.fixture(scope="module")
def of_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Program]]:
    with a_program(tmp_path_factory.mktemp("file"), "") as both:
        yield both


@pytest.fixture
def on_file(of_file: tuple[Flask, Program]) -> Iterator[Program]:
    app, program = of_file
    with app.app_context():
        yield program


def test_sqlite_keeps_what_it_acknowledged(
    on_file: Program, tmp_path: Path, evidence: Evidence
) -> None:
    event_id, people = an_open_event(PEOPLE, SEATS)
    dice = random.Random(11)
    with writers(on_file, event_id, people, tmp_path / "notes") as crew:
        for _ in range(KILLS):
            crew.go(WRITERS, pause=PAUSE)
            wait_for_more(crew, 1)
            time.sleep(dice.uniform(0, 0.1))
            crew.kill()
            assert lost(crew.acknowledged(), event_id) == 0
            with closing(sqlite3.connect(str(db.engine.url.database))) as file:
                assert file.execute("PRAGMA quick_check").fetchall() == [("ok",)]
                assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        everything_holds(event_id)
        count = crew.acknowledged().total()
    control = "a kill leaves the system's memory: for a power cut see the next row"
    evidence("R6", HELD, count=f"{KILLS} kills of all, {count} answers", control=control)


def test_sqlite_is_synced_by_every_use_case(on_file: Program, evidence: Evidence) -> None:
    """A kill loses nothing of what the system has in memory, a power cut does."""
    event_id, people = an_open_event(PEOPLE, SEATS)
    seen: list[int] = []

    def look(connection: Any, _cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO rsvps"):
            driver = connection.connection.driver_connection
            seen.append(driver.execute("PRAGMA synchronous").fetchone()[0])

    sa.event.listen(db.engine, "before_cursor_execute", look)
    for person in people[:5]:
        say_yes(person, event_id)
    assert seen == [2] * 5
    with durable_soon():
        say_yes(people[5], event_id)
    assert seen[5:] == [1], "the control must see that nothing is waited for"
    evidence(
        "R6",
        "SQLite waits for its disk in every use-case",
        count="5 answers at synchronous=FULL",
        control="a use-case that may lose: NORMAL",
    )


@pytest.mark.alone  # beside the test whose control it is
def test_sqlite_that_nobody_waits_for_refuses_at_once(
    on_file: Program, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    event_id, people = an_open_event(2, 2)
    file = str(db.engine.url.database)
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        letting_go = threading.Timer(0.3, other.rollback)
        letting_go.start()
        say_yes(people[0], event_id)  # waits
        letting_go.join()
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("community.core.db.BUSY_SECONDS", 0)
        db.session.remove()
        db.engine.dispose()
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            say_yes(people[1], event_id)
        other.rollback()
    db.session.remove()
    db.engine.dispose()
    evidence(
        "R8",
        "a file that another program locks costs another try, and reading goes on",
        control="busy_timeout 0: refused at once",
    )
