"""The worker delivers, tidies up, stops when asked, and outlives an absent database."""

import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.limits import Limit
from community.mail.models import MailState, OutboxMail
from community.membership.models import AuthSession, Pending, PendingKind, SignInCode
from community.membership.signing_in import ask_for_code
from community.ops import worker
from tests.factories.people import a_member
from tests.ops.program import finished, flask, soon


def spooled(app: Flask) -> list[Path]:
    return list(app.extensions["community_settings"].spool_folder.glob("*.eml"))


def test_one_pass_delivers_everything_that_is_due(app: Flask) -> None:
    for number in range(25):  # more than one batch
        ask_for_code(f"person{number}@example.com", browser=f"browser {number}")
    worker.work_once(app)
    assert len(spooled(app)) == 25
    assert {mail.state for mail in db.session.scalars(db.select(OutboxMail))} == {MailState.SENT}


def test_one_pass_forgets_what_is_over_and_keeps_what_is_not(app: Flask) -> None:
    person = a_member()
    long_ago, soon_over = now() - timedelta(days=60), now() + timedelta(hours=1)
    for number, ends in enumerate([long_ago, soon_over]):
        _keep(
            Limit(key=f"key {number}", used=1, resets_at=ends),
            Pending(kind=PendingKind.JOIN, address="ann@example.org", expires_at=ends),
            SignInCode(address="ann@example.org", browser_hash="x", expires_at=ends),
            AuthSession(person_id=person.id, token_hash=str(number), proof="code", expires_at=ends),
        )
    worker.work_once(app)
    for table in (Limit, Pending, SignInCode, AuthSession):
        assert db.session.scalar(db.select(db.func.count()).select_from(table)) == 1


def test_threads_deliver_what_comes_in_while_they_run(app: Flask) -> None:
    stop = threading.Event()
    threads = worker.start(app, stop)
    try:
        ask_for_code("ann@example.org", browser="hers")
        assert soon(lambda: len(spooled(app)) == 1)
        ask_for_code("bob@example.org", browser="his")
        assert soon(lambda: len(spooled(app)) == 2)
    finally:
        stop.set()
        worker.finish(threads)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_peace_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    assert finished(flask("db", "upgrade", instance=tmp_path))[0] == 0
    process = flask("worker", instance=tmp_path)
    assert soon(lambda: _is_ready(process.pid))
    process.send_signal(number)
    assert finished(process, 10) == (0, "", "")


@pytest.mark.slow
def test_it_says_that_the_database_is_away_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output:
        process = flask("worker", instance=tmp_path / "new", output=output)
    try:
        assert soon(lambda: "the database cannot be used" in log.read_text())
        lines = log.read_text().splitlines()
        assert len(lines) == 1  # not one for each of its threads
        assert process.poll() is None
        assert finished(flask("db", "upgrade", instance=tmp_path / "new"))[0] == 0
        before = len(log.read_text().splitlines())
        time.sleep(5)  # longer than the pause that the first tries have grown to
        assert len(log.read_text().splitlines()) <= before + 1
        assert process.poll() is None
    finally:
        process.terminate()
    assert process.wait(10) == 0


@pytest.mark.slow
def test_one_pass_on_an_absent_database_fails_in_one_line(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    code, _, err = finished(flask("worker", "--once", instance=tmp_path, database_url=url))
    assert code == 1
    assert len(err.splitlines()) == 1


@transactional
def _keep(*rows: object) -> None:
    db.session.add_all(rows)


def _is_ready(pid: int) -> bool:
    """Whether the worker has set its handlers: bit number - 1 of SigCgt in proc(5)."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    sigterm = 1 << (signal.SIGTERM - 1)  # Python itself sets one for SIGINT alone
    return bool(int(caught.split()[1], 16) & sigterm)
