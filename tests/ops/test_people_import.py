"""``flask people import``, and the worker that is killed while it adds people."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from community.core.db import db
from community.mail.models import OutboxMail
from community.membership.import_files import stored_files
from community.membership.models import Membership, Person
from community.membership.queries import find_owner
from community.ops import worker
from tests.factories.imports import an_import
from tests.ops.program import finished, flask, soon

# The long run kills within a longer list.
ROWS = 20_000 if os.environ.get("PROOF") else 5_000
TEXT = "Name;E-Mail\nAnn Lee;ann@example.org\nBob;bob\nAnn;ANN@example.org\n"


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(TEXT)
    return str(path)


def people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_a_dry_run_lists_every_row_and_adds_nobody(run: FlaskCliRunner, file: str) -> None:
    before = stored_files()
    result = run.invoke(args=["people", "import", file, "--dry-run"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2\tnew\tann@example.org\tAnn Lee",
        "3\twrong\tbob\tBob\tAn e-mail address has an @ in it, like name@example.org.",
        "4\ttwice\tann@example.org\tAnn\tLine 2 has this address.",
    ]
    assert result.stderr == "3 rows (UTF-8): 1 new would be added, 0 known, 1 wrong, 1 twice\n"
    assert people() == 0
    assert stored_files() == before


def test_people_are_added_and_wrong_rows_told(run: FlaskCliRunner, file: str) -> None:
    result = run.invoke(args=["people", "import", file])
    assert result.exit_code == 0
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [["3", "wrong"]]
    assert result.stderr == "3 rows (UTF-8): 1 new added, 0 known, 1 wrong, 1 twice\n"
    ann = find_owner("ann@example.org")
    assert ann is not None
    assert ann.membership == Membership.NONE
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 0


def test_consent_and_invitations_are_asked_for(run: FlaskCliRunner, file: str) -> None:
    assert run.invoke(args=["people", "import", file, "--consented", "--invite"]).exit_code == 0
    ann = find_owner("ann@example.org")
    assert ann is not None
    assert ann.membership == Membership.ACTIVE
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert (mail.kind, mail.recipient, mail.facts) == ("join_invited", ann.address, {"by": ""})


def test_counts_are_told_on_the_way(run: FlaskCliRunner, tmp_path: Path) -> None:
    long = tmp_path / "long.csv"
    long.write_text("name,email\n" + "x,y\n" * 10_200)
    result = run.invoke(args=["people", "import", str(long)])
    assert result.stderr.splitlines()[:2] == ["5000 rows checked", "10000 rows checked"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is nothing in this file."),
        (b"\x00\x01", "This is not a CSV file."),
        (b"name\n", "The first line must name the columns. Missing: email."),
        (b"email,email,name\n", "The first line names the column email twice."),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_one_line(
    run: FlaskCliRunner, tmp_path: Path, data: bytes, words: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    result = run.invoke(args=["people", "import", str(path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {words}\n"


def test_a_file_that_is_not_there_is_wrong_usage(run: FlaskCliRunner) -> None:
    assert run.invoke(args=["people", "import", "nowhere.csv"]).exit_code == 2


def test_the_worker_checks_what_was_handed_in(app: Flask) -> None:
    one = an_import(TEXT)
    worker.work_once(app)
    db.session.rollback()
    db.session.refresh(one)
    assert (one.state.value, one.new, one.wrong, one.twice) == ("checked", 1, 1, 1)


def rows_of(instance: Path, table: str) -> int:
    with closing(sqlite3.connect(instance / "community.db", timeout=10)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - ours


@pytest.mark.slow
@pytest.mark.proof
def test_a_killed_import_is_finished_by_the_next_worker(tmp_path: Path) -> None:
    """kill -9 in the middle of adding: the next worker adds the rest, and nobody twice."""
    instance, path = tmp_path / "instance", tmp_path / "people.csv"
    path.write_text("name,email\n" + "".join(f"P,p{n}@example.org\n" for n in range(ROWS)))
    assert finished(flask("db", "upgrade", instance=instance))[0] == 0
    process = flask("people", "import", str(path), instance=instance)
    assert soon(lambda: rows_of(instance, "people") >= 1000, 60)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    reached = rows_of(instance, "people")
    assert 1000 <= reached < ROWS
    assert reached % 500 == 0
    assert finished(flask("worker", "--once", instance=instance), 120)[0] == 0
    assert rows_of(instance, "people") == rows_of(instance, "person_addresses") == ROWS
    assert list((instance / "uploads" / "imports").iterdir()) == []
