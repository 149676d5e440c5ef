"""Backups while people answer: each has all that was acknowledged before, and is put back whole."""

import io
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.mail.holding import held_counts, release_held
from community.mail.models import MailState, OutboxMail
from community.membership.import_files import drop_file, folder, keep_file
from community.ops import worker
from community.ops.backup import back_up
from community.ops.backup_file import DamagedBackup
from community.ops.backup_rows import TableFacts, write_rows
from community.ops.restore import restore
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.respond import say_no, say_yes
from tests.evidence import Evidence
from tests.factories.databases import another
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.reliability.writers import lost
from tests.rsvp.invariants import everything_holds

pytestmark = [pytest.mark.proof, pytest.mark.alone]
PROOF = bool(os.environ.get("PROOF"))
BACKUPS = 20 if PROOF else 1
ROWS = 4  # of an answer: itself, its head, the decision and the mail
PEOPLE, THREADS, SEATS = 16, 4, 6
WHOLE = "a backup under load has every answer acknowledged before, and writes to nobody"
_HERE = (RsvpStatus.GOING, RsvpStatus.WAITLISTED)


class Crowd:
    """People who change their answers without pause, each in one thread."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.event_id = an_event(capacity=SEATS, guests_allowed=0).id
        people = [a_member().id for _ in range(PEOPLE)]
        db.session.rollback()
        self._acknowledged = [Counter[int]() for _ in range(THREADS)]
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._answer, args=(people[n::THREADS], self._acknowledged[n]))
            for n in range(THREADS)
        ]

    def acknowledged(self) -> Counter[int]:
        """By person, how many answers were acknowledged so far."""
        return sum((one.copy() for one in self._acknowledged), Counter())

    def wait_for_more(self, more: int) -> None:
        """Until so many more were acknowledged."""
        enough, until = self.acknowledged().total() + more, time.monotonic() + 60
        while self.acknowledged().total() < enough:
            assert time.monotonic() < until, "nobody answers any more"
            time.sleep(0.005)

    def _answer(self, people: list[int], acknowledged: Counter[int]) -> None:
        with self._app.app_context():
            while not self._stop.is_set():
                for person in people:
                    own = (Rsvp.event_id == self.event_id, Rsvp.person_id == person)
                    status = db.session.scalar(sa.select(Rsvp.status).where(*own))
                    act = say_no if status in _HERE else say_yes
                    act(person, self.event_id)
                    acknowledged[person] += 1
                    time.sleep(0.02)  # some 150 a second; faster ones would only make more rows

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def a_crowd(app: Flask) -> Iterator[Crowd]:
    crowd = Crowd(app)
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.stop()


@pytest.fixture
def elsewhere(app: Flask, tmp_path: Path, database_kind: str) -> Iterator[Flask]:
    """Another instance, with an empty database of the same kind."""
    server = app.config["SQLALCHEMY_DATABASE_URI"] if database_kind == "postgresql" else ""
    with another(tmp_path / "elsewhere", server) as other:
        yield other


def _mails_that_may_leave() -> int:
    db.session.rollback()
    may = OutboxMail.state.in_([MailState.QUEUED, MailState.SENDING])
    return db.session.scalar(sa.select(sa.func.count()).where(may)) or 0


def test_a_backup_under_load_has_all_that_was_acknowledged(
    app: Flask, elsewhere: Flask, tmp_path: Path, evidence: Evidence
) -> None:
    name, before, began = keep_file(io.BytesIO(b"name,email\n"), most=100), [], time.monotonic()
    try:
        with a_crowd(app) as crowd:
            for number in range(BACKUPS):
                crowd.wait_for_more(20)
                before.append(crowd.acknowledged())
                back_up(tmp_path / f"b{number}")
            crowd.wait_for_more(1)
            answers, took = crowd.acknowledged().total(), time.monotonic() - began
    finally:
        drop_file(name)
    spool = Path(elsewhere.instance_path) / "mail"
    with elsewhere.app_context():
        for number, acknowledged in enumerate(before):
            restore(tmp_path / f"b{number}", replace=True)
            assert lost(acknowledged, crowd.event_id) == 0
            everything_holds(crowd.event_id)
            assert (folder() / name).read_bytes() == b"name,email\n"
            assert _mails_that_may_leave() == 0
            assert sum(held_counts().values()) >= acknowledged.total()
            worker.work_once(elsewhere)
            assert list(spool.glob("*.eml")) == []
            db.session.remove()
        released = release_held()
        worker.work_once(elsewhere)
        assert released > len(list(spool.glob("*.eml"))) > 0  # the newest of each entry
    if PROOF:
        assert ROWS * answers / took >= 100
    evidence(
        "R11",
        WHOLE,
        count=f"{BACKUPS} backups and restores at {answers / took:.0f} answers a second,"
        f" {ROWS} rows each",
    )


def test_a_backup_of_many_moments_is_found_out(
    app: Flask,
    elsewhere: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
) -> None:
    with a_crowd(app) as crowd:

        def each_by_itself(connection: sa.Connection, facts: TableFacts, file: Path) -> int:
            connection.rollback()
            if facts.name in {"rsvps", "decisions", "outbox"}:
                crowd.wait_for_more(5)
            return write_rows(connection, facts, file)

        monkeypatch.setattr("community.ops.backup.write_rows", each_by_itself)
        back_up(tmp_path / "b")

    def put_back() -> None:
        restore(tmp_path / "b")
        everything_holds(crowd.event_id)

    with (
        elsewhere.app_context(),
        pytest.raises((AssertionError, sa.exc.IntegrityError, DamagedBackup)),
    ):
        put_back()
    evidence("R11", WHOLE, control="tables read one after the other: rows that do not fit")
