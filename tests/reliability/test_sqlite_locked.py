"""Another program keeps SQLite's file locked for a while, as somebody's shell may do."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from community.app import create_app
from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.journeys.crowd import a_crowd
from tests.journeys.running import running
from tests.reliability.kept import everything_is_kept, wait_for_empty_outbox
from tests.reliability.pressing import pressing

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]
# Seconds for which another program keeps the file: once for longer than ours waits.
LOCKED = [1, 4, 10] * 4 + [20]


@pytest.fixture
def own_sqlite(tmp_path: Path) -> Path:
    """The folder of a migrated database."""
    with create_app(instance_path=tmp_path).app_context():
        migrate()
        db.session.remove()
        db.engine.dispose()
    return tmp_path


def test_sqlite_that_another_program_locks_costs_nobody_more_than_another_try(
    own_sqlite: Path, evidence: Evidence
) -> None:
    with running(own_sqlite, rate_limits="off") as program:
        slug, cookies = a_crowd(program, people=6, seats=3)
        family, back = program.children(), []
        file = own_sqlite / "community.db"
        with pressing(program, slug, cookies) as load:
            for seconds in LOCKED:
                load.wait_for_more(3)
                with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    before = load.acknowledged.total()
                    time.sleep(seconds)
                    # One may have been saved before the lock, and be on its way to the browser.
                    assert load.acknowledged.total() - before <= len(cookies)
                back.append(load.wait_for_more(1))
            load.wait_for_more(3)
        assert load.faults == []
        assert {status for _at, status in load.pages} == {200}, "who reads waits for nobody"
        assert {status for _at, status in load.presses} <= {303, 503}
        assert program.children() == family, "a process did not survive it"
        with program.app.app_context():
            everything_is_kept(load)
            wait_for_empty_outbox()
    assert max(back) <= 5
    evidence(
        "R8",
        "a file that another program locks costs another try, and reading goes on",
        count=f"{len(back)} locks of {sorted(set(LOCKED))} s, {load.acknowledged.total()} answers, "
        f"back after {max(back):.1f} s at most",
    )
