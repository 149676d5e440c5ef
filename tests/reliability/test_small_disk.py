"""The disk runs full, again and again: what does not fit is refused whole, and all of it heals.

The disk is a small one of its own in memory, where this machine lets us mount one. Elsewhere
SQLite's file may not grow instead, which is what ``tests/web/test_full_disk.py`` does.
"""

import io
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from community.app import create_app
from community.core import changes
from community.core import db as database
from community.core.db import db
from community.mail.models import OutboxMail
from community.membership.import_files import stored_files
from community.membership.import_models import Import
from community.ops import worker
from community.rsvp.models import Attendee, Decision, Rsvp
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin
from tests.reliability.kept import wait_for_empty_outbox
from tests.rsvp.invariants import everything_holds
from tests.web.browser_without_js import Browser, FreshClient
from tests.web.visitors import browser_of

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]
PROOF = bool(os.environ.get("PROOF"))
CYCLES = 50 if PROOF else 2
MOUNT = shutil.which("mount")
REFUSED = "a full disk refuses an answer whole, reading goes on, and it heals by itself"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Whether the folder is a disk of its own."""
    folder.mkdir()
    words = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = MOUNT and subprocess.run([MOUNT, *words], capture_output=True, check=False)
    if not done or done.returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Disk:
    """Fills up and is emptied again."""

    def __init__(self, folder: Path, *, is_small: bool) -> None:
        self._folder, self.is_small = folder, is_small
        self._filler = folder / "filler"
        self.is_full = False

    def fill(self) -> None:
        with closing(sqlite3.connect(self._folder / "community.db")) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as after a quiet night
        self.is_full = True
        if self.is_small:
            with self._filler.open("ab", buffering=0) as out, suppress(OSError):
                while True:
                    out.write(bytes(4096))
        else:
            db.session.remove()
            db.engine.dispose()

    def free(self) -> None:
        self.is_full = False
        self._filler.unlink(missing_ok=True)
        if not self.is_small:
            db.session.remove()
            db.engine.dispose()

    def limit(self, connection: sqlite3.Connection, *_rest: object) -> None:
        """Where there is no small disk, SQLite answers as on a full one."""
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        most = pages if self.is_full and not self.is_small else 1_000_000
        connection.execute(f"PRAGMA max_page_count={most}")


@pytest.fixture(scope="module")
def of_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Disk]]:
    folder = tmp_path_factory.mktemp("disk") / "small"
    with small_disk(folder, 12) as is_small:
        app = create_app(instance_path=folder, base_url="http://community.test")
        app.test_client_class = FreshClient
        disk = Disk(folder, is_small=is_small)
        with app.app_context():
            sa.event.listen(db.engine, "connect", disk.limit)
            upgrade()
            db.session.remove()
        yield app, disk
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def on_disk(of_disk: tuple[Flask, Disk]) -> Iterator[tuple[Flask, Disk]]:
    with of_disk[0].app_context():
        yield of_disk


def _rows() -> list[int]:
    """How many answers, heads, decisions and mails there are."""
    db.session.rollback()
    tables = (Rsvp, Attendee, Decision, OutboxMail)
    counts = [sa.select(sa.func.count()).select_from(table) for table in tables]
    found = [db.session.scalar(count) or 0 for count in counts]
    db.session.rollback()
    return found


def _fill_by_answers(app: Flask, disk: Disk, browsers: list[Browser], path: str) -> int:
    """Answer until one is refused, which must leave nothing; says how many were taken."""
    before = _rows()
    for taken, browser in enumerate(browsers):
        browser.get(f"{path}/rsvp")
        page = browser.submit(note="x" * 900, press="going")
        if page.status == 503:
            assert page.headers["Retry-After"]
            assert _rows() == [count + taken for count in before], "a part of it was saved"
            return taken
        assert page.says("You are going")
    raise AssertionError("the disk never ran full")


def test_sqlite_on_a_full_disk_refuses_whole_and_heals(
    on_disk: tuple[Flask, Disk], evidence: Evidence
) -> None:
    app, disk = on_disk
    event = an_event(capacity=4 * CYCLES)
    path, event_id = f"/events/{event.slug}", event.id
    visitor = Browser(app)
    people = [a_member() for _ in range(12 * CYCLES)]
    browsers = [browser_of(app, person) for person in people]
    stop = threading.Event()
    threads = worker.start(app, stop)
    try:
        for _ in range(CYCLES):
            wait_for_empty_outbox()
            disk.fill()
            taken = _fill_by_answers(app, disk, browsers, path)
            del browsers[:taken]
            assert visitor.get(path).status == 200, "reading goes on"
            assert visitor.get("/sign-in").status == 200
            assert visitor.get("/readyz").status == (503 if disk.is_small else 200)
            assert visitor.get("/healthz").status == 200
            disk.free()
            assert visitor.get("/readyz").status == 200
            browser = browsers.pop(0)
            browser.get(f"{path}/rsvp")
            assert browser.submit(note="x" * 900, press="going").says("You are going")
        wait_for_empty_outbox()
    finally:
        stop.set()
        worker.finish(threads)
    everything_holds(event_id)
    with closing(sqlite3.connect(str(db.engine.url.database))) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    evidence("R7", REFUSED, count=f"{CYCLES} times full, {_rows()[0]} answers taken")


def test_sqlite_without_one_commit_would_keep_half_an_answer(
    on_disk: tuple[Flask, Disk], monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    app, disk = on_disk
    path = f"/events/{an_event(capacity=4).slug}"
    browser, whole = browser_of(app, a_member()), changes.publish
    before = _rows()

    def in_two_parts(session: Session) -> None:
        session.commit()
        database._begin(session)
        disk.fill()
        whole(session)

    monkeypatch.setattr(changes, "publish", in_two_parts)
    browser.get(f"{path}/rsvp")
    assert browser.submit(press="going").status == 503
    disk.free()
    more = [now - then for now, then in zip(_rows(), before, strict=True)]
    assert more == [1, 1, 1, 0], "the control must lose the mail"
    evidence("R7", REFUSED, control="two commits: an answer without its mail")


def test_sqlite_and_uploads_on_a_full_disk_leave_no_half_file(
    on_disk: tuple[Flask, Disk], evidence: Evidence
) -> None:
    app, disk = on_disk
    if not disk.is_small:
        return  # only SQLite's file is full there
    browser = browser_of(app, an_admin())

    def hand_in() -> int:
        browser.get("/organize/people/import")
        names = b"name,email\n" + b"Ann Lee,ann@example.org\n" * 4000
        page = browser.submit({"file": (io.BytesIO(names), "a.csv")})  # type: ignore[dict-item]  # a file
        return page.status

    for _ in range(CYCLES):
        disk.fill()
        assert hand_in() == 503
        assert stored_files() == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Import)) == 0
        db.session.rollback()
        disk.free()
    handler = app.error_handler_spec[None][None].pop(OSError)
    disk.fill()
    assert hand_in() == 500, "the control must be an error of ours"
    app.error_handler_spec[None][None][OSError] = handler
    disk.free()
    assert hand_in() == 200
    assert len(stored_files()) == 1
    evidence(
        "R7",
        "an upload that does not fit is refused and leaves no file",
        count=f"{CYCLES} uploads",
        control="without the handler of a full disk: 500",
    )
