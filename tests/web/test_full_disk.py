"""SQLite's file cannot grow any more: nothing is half written, reading goes on, and it heals."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.core.db import db
from community.mail.models import OutboxMail
from community.rsvp.models import Attendee, Decision, Rsvp
from tests.factories.databases import migrate
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.web.browser_without_js import FreshClient
from tests.web.visitors import browser_of


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(instance_path=tmp_path, base_url="http://community.test")
    app.test_client_class = FreshClient
    with app.app_context():
        migrate()
        with closing(sqlite3.connect(tmp_path / "community.db")) as file:
            file.execute("VACUUM")  # tables that migrations rebuilt leave room behind
        yield app
        db.session.remove()
        db.engine.dispose()


class Disk:
    """How large the file may become: SQLite answers SQLITE_FULL as it does on a full disk."""

    def __init__(self) -> None:
        self.is_full = False

    def limit(self, connection: sqlite3.Connection, *_rest: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        assert free < 3, "an answer would fit into what was freed before"
        connection.execute(f"PRAGMA max_page_count={pages if self.is_full else 1_000_000}")


def _rows() -> list[int]:
    """How many answers, heads, decisions and mails there are."""
    db.session.rollback()
    tables = (Rsvp, Attendee, Decision, OutboxMail)
    counts = [sa.select(sa.func.count()).select_from(table) for table in tables]
    return [db.session.scalar(count) or 0 for count in counts]


def _new_connections() -> None:
    db.session.remove()
    db.engine.dispose()


def test_an_answer_is_refused_whole_and_taken_once_there_is_room(own_app: Flask) -> None:
    event = an_event(capacity=50)
    show = f"/events/{event.slug}"
    path = f"{show}/rsvp"
    browsers = [browser_of(own_app, a_member()) for _ in range(20)]
    disk = Disk()
    sa.event.listen(db.engine, "connect", disk.limit)

    disk.is_full = True
    _new_connections()
    taken = 0
    for browser in browsers:  # the last pages have room for a few
        browser.get(path)
        page = browser.submit(note="x" * 900, press="going")
        if page.status == 503:
            break
        taken += 1
    assert page.status == 503
    assert page.headers["Retry-After"]
    assert _rows() == [taken] * 4, "an answer, its mail and its reason are saved together"
    assert browser.get(show).status == 200, "reading goes on"

    disk.is_full = False
    _new_connections()
    browser.get(path)
    assert browser.submit(note="x" * 900, press="going").says("You are going")
    assert _rows() == [taken + 1] * 4
