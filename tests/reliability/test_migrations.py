"""Migrations of databases in use: nothing is lost on the way up, half way, or one step down."""

import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import another
from tests.reliability.populate import KEPT, MANY, Sums, populate, require_kept, sums

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
REVISIONS = [f"{number:04}" for number in range(1, 33)]
KILLS = 20 if PROOF else 2
FEW = 20
# Wishes about mails that the version before does not know are forgotten by a step down.
FORGOTTEN = frozenset({"mail_wishes"})


@pytest.fixture
def server(database_kind: str, request: pytest.FixtureRequest) -> str:
    """Where databases are made; ``""`` for files."""
    is_file = database_kind == "sqlite"
    return "" if is_file else str(request.getfixturevalue("postgres_url"))


@contextmanager
def at_revision(
    revision: str, instance: Path, server: str, sizes: dict[str, int] | None = None
) -> Iterator[Flask]:
    """An application whose database is of that revision, with rows in every table."""
    with another(instance, server) as app, app.app_context():
        upgrade(revision=revision)
        populate(sizes or {}, 1000 if sizes else FEW)
        yield app


def _revision() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_the_list_of_revisions_is_whole(app: Flask) -> None:
    scripts = ScriptDirectory(app.extensions["migrate"].directory)
    assert [one.revision for one in scripts.walk_revisions()][::-1] == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS[:-1] if PROOF else ["0001"])
def test_nothing_is_lost_from(
    revision: str, server: str, tmp_path: Path, evidence: Evidence
) -> None:
    with at_revision(revision, tmp_path, server):
        before = sums()
        upgrade()
        require_kept(before)
        # What is new holds rows as well, and goes one step down and up again.
        populate({}, FEW)
        before = sums()
        downgrade()
        assert _revision() == REVISIONS[-2]
        require_kept(before, but=FORGOTTEN)
        upgrade()
        require_kept(before, but=FORGOTTEN | _made_by_the_last(before))
    evidence("R10", KEPT, count=f"{len(REVISIONS) - 1} revisions, each table with rows")


def _made_by_the_last(before: Sums) -> frozenset[str]:
    """Tables that a step down took away, and whose rows are gone with them."""
    now = sums()
    return frozenset(name for name, (count, _) in before.items() if count and not now[name][0])


def test_a_kill_half_way_leaves_what_was_there(
    server: str, tmp_path: Path, evidence: Evidence
) -> None:
    first = REVISIONS[0] if PROOF else REVISIONS[-3]
    dice = random.Random(4)
    with at_revision(first, tmp_path, server, MANY if PROOF else None) as app:
        before = sums()
        total = _statements_of_an_upgrade(app)
        points = [total, *(dice.randrange(1, total) for _ in range(KILLS - 1))]
        for point in points:
            assert _killed_at(app, point), f"statement {point} of {total} was never reached"
            assert _revision() == first
            assert sums() == before
        upgrade()
        assert _revision() == REVISIONS[-1]
        require_kept(before)
    evidence(
        "R10",
        "a migration that is killed leaves the database as it was, and runs again",
        count=f"{KILLS} kills at random statements out of {total}",
        control="a migration that commits half way: a kill leaves it there",
    )


def test_a_migration_that_commits_half_way_would_be_left_there(server: str, tmp_path: Path) -> None:
    """The control."""
    with at_revision(REVISIONS[-3], tmp_path, server) as app:
        total = _statements_of_an_upgrade(app)
        assert _killed_at(app, total, commits_before=True)
        assert _revision() != REVISIONS[-3]


def _statements_of_an_upgrade(app: Flask) -> int:
    """How many there are, counted in a transaction that the test takes back."""
    seen: list[str] = []

    def note(*facts: Any) -> None:
        seen.append(facts[2])

    class Enough(Exception):
        pass

    def refuse(_connection: sa.Connection) -> None:
        raise Enough

    sa.event.listen(db.engine, "before_cursor_execute", note)
    sa.event.listen(db.engine, "commit", refuse)
    try:
        with pytest.raises(Enough):
            upgrade()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
        sa.event.remove(db.engine, "commit", refuse)
    return len(seen)


def _killed_at(app: Flask, point: int, *, commits_before: bool = False) -> bool:
    """Whether a child that migrates was killed before its statement of that number."""
    db.session.remove()
    db.engine.dispose()
    pid = os.fork()
    if not pid:
        seen: list[int] = []

        def count(_connection: sa.Connection, cursor: Any, *_facts: object) -> None:
            seen.append(1)
            if len(seen) == point:
                if commits_before:
                    cursor.execute("COMMIT")
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with app.app_context():
                sa.event.listen(db.engine, "before_cursor_execute", count)
                upgrade()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class Deaf(sqlite3.Connection):
    """Foreign keys stay on, as they do for a migration that forgets about them."""

    def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
        return super().execute("SELECT 1" if sql == "PRAGMA foreign_keys=OFF" else sql, *rest)


def test_sqlite_with_foreign_keys_on_while_tables_are_rebuilt_loses_rows(
    tmp_path: Path, evidence: Evidence
) -> None:
    with at_revision("0001", tmp_path, ""):
        before = sums()
        db.session.remove()
        db.engine.dispose()

        def be_deaf(_dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
            named["factory"] = Deaf

        sa.event.listen(db.engine, "do_connect", be_deaf)
        upgrade(revision="0002")
        with pytest.raises(AssertionError):
            require_kept(before)
    evidence("R10", KEPT, control="foreign keys left on: rows are lost")
