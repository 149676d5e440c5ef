"""What a page says when something goes wrong, the database's absence included."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from flask import Flask, abort, request
from sqlalchemy.engine.interfaces import DBAPIConnection

from community.app import create_app
from community.core import db as core_db
from community.core.db import db
from community.core.errors import Forbidden, NotFound, Refused, TooMany
from community.membership.models import Pending
from community.web.access import everybody
from tests.factories.people import a_member
from tests.web.browser_without_js import Browser, signed_in

ADA = {"name": "Ada", "email": "ada@example.org", "consent": "y"}
NOBODY_LISTENS = "postgresql+psycopg://nobody@127.0.0.1:1/none"
FAULTS = {
    "not_found": NotFound("event"),
    "forbidden": Forbidden("organizers_only"),
    "refused": Refused("event_past"),
    "dead": Refused("link_dead"),
    "too_many": TooMany(90),
    "full": sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("disk is full")),
    "pool": sa.exc.TimeoutError("QueuePool limit reached"),
    "busy": core_db.DatabaseBusy(),
    "lost": sa.exc.DBAPIError("SELECT", {}, OSError("gone"), connection_invalidated=True),
    "wrong": sa.exc.DataError("INSERT", {"email": "canary@example.org"}, ValueError("too long")),
    "bug": KeyError("canary"),
}


@pytest.fixture
def faulty(tmp_path: Path) -> Browser:
    """An application with a page for each fault, and no database."""
    app = create_app(instance_path=tmp_path, database_url=NOBODY_LISTENS)

    @everybody
    def fault(name: str) -> str:
        raise FAULTS[name]

    @everybody
    def status(code: int) -> str:
        abort(code)

    @everybody
    def form() -> str:
        return str(len(request.form))

    app.add_url_rule("/fault/<name>", "fault", fault)
    app.add_url_rule("/status/<int:code>", "status", status)
    app.add_url_rule("/form", "form", form, methods=["POST"])
    return Browser(app)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("not_found", 404, "There is nothing here"),
        ("forbidden", 403, "Only organizers may do this."),
        ("refused", 409, "This event is over."),
        ("dead", 410, "This link no longer works"),
        ("too_many", 429, "Please try again in 2 minutes."),
        ("full", 503, "Nothing was changed."),
        ("pool", 503, "Nothing was changed."),
        ("busy", 503, "Nothing was changed."),
        ("lost", 503, "Nothing was changed."),
        ("wrong", 500, "Something broke on our side"),
        ("bug", 500, "Something broke on our side"),
    ],
)
def test_every_fault_has_its_status_and_a_page_in_plain_words(
    faulty: Browser, name: str, status: int, words: str
) -> None:
    page = faulty.get(f"/fault/{name}")
    assert page.status == status
    assert page.says(words)
    assert page.headers["Cache-Control"] == "no-store"
    assert "canary" not in page.html
    assert "Traceback" not in page.html


@pytest.mark.parametrize(("name", "seconds"), [("too_many", "90"), ("busy", "5"), ("full", "5")])
def test_a_program_is_told_when_to_try_again(faulty: Browser, name: str, seconds: str) -> None:
    assert faulty.get(f"/fault/{name}").headers["Retry-After"] == seconds


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 410, 413, 415, 418, 429, 500, 503])
def test_every_status_has_a_page(faulty: Browser, code: int) -> None:
    page = faulty.get(f"/status/{code}")
    assert page.status == code
    assert page.says(str(code))
    assert page.links


def test_what_breaks_is_logged_by_the_view_and_without_what_people_typed(
    faulty: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    faulty.get("/fault/wrong?secret=token-canary")
    assert "GET at fault" in caplog.text
    assert "token-canary" not in caplog.text


def test_more_than_a_megabyte_is_too_much(faulty: Browser) -> None:
    page = faulty.post("/form", {"text": "x" * 1_100_000})
    assert page.status == 413
    assert page.says("larger than we take")


def test_more_fields_than_any_form_has_are_too_many(faulty: Browser) -> None:
    boundary = "x"
    part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 501 + "--x--\r\n"
    kind = f"multipart/form-data; boundary={boundary}"
    assert faulty.client.post("/form", data=body, content_type=kind).status_code == 413


def test_an_error_page_shows_who_is_signed_in_where_the_database_answers(app: Flask) -> None:
    browser = signed_in(app, a_member())
    assert browser.get("/no-such-page").says("Sign out")
    assert not Browser(app).get("/no-such-page").says("Sign out")


@pytest.mark.parametrize("path", ["/", "/join", "/events", "/events/boston-leadership-dinner"])
def test_without_a_database_every_page_says_to_try_again(faulty: Browser, path: str) -> None:
    for signed in (False, True):
        if signed:
            with faulty.client.session_transaction() as session:
                session["token"] = "x" * 43
        page = faulty.get(path)
        assert page.status == 503
        assert page.headers["Retry-After"] == "5"
        assert not page.says("Sign out")


def test_pages_that_need_no_database_are_there_without_one(faulty: Browser) -> None:
    for path in ("/sign-in", "/sign-in/code", "/join/check-mail", "/robots.txt", "/no-such-page"):
        assert faulty.get(path).status in {200, 404}
    style = next(part for part in faulty.get("/sign-in").html.split('"') if ".css" in part)
    assert faulty.get(style).status == 200


@contextmanager
def impatient(engine: sa.Engine) -> Iterator[None]:
    """Wait a tenth of a second for a lock instead of a quarter of a minute."""
    short = {
        "sqlite": ("PRAGMA busy_timeout=100", "PRAGMA busy_timeout=15000"),
        "postgresql": ("SET lock_timeout='100ms'", "SET lock_timeout=0"),
    }[engine.dialect.name]

    def set_timeout(connection: DBAPIConnection, *_: object) -> None:
        connection.cursor().execute(short[0])

    sa.event.listen(engine, "checkout", set_timeout)
    try:
        yield
    finally:
        sa.event.remove(engine, "checkout", set_timeout)
        engine.dispose()


@contextmanager
def locked(engine: sa.Engine) -> Iterator[None]:
    """Another program holds the lock that every writer needs."""
    other = sa.create_engine(engine.url, poolclass=sa.pool.NullPool)
    sqlite = engine.dialect.name == "sqlite"
    with other.connect() as connection:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if sqlite else "LOCK TABLE limits, pending IN EXCLUSIVE MODE"
        )
        try:
            yield
        finally:
            connection.rollback()


def test_while_another_program_holds_the_lock_nothing_is_written_and_pages_say_so(
    app: Flask,
) -> None:
    browser = Browser(app)
    browser.get("/join")
    form = {**browser.page.form("email").values, **ADA}
    with impatient(db.engine), locked(db.engine):
        page = browser.post("/join", form)
        assert page.status == 503
        assert page.headers["Retry-After"] == "5"
        assert page.says("Nothing was changed.")
        # Reading goes on meanwhile.
        assert browser.get("/").status == 200
        assert browser.get("/join").status == 200
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Pending.id))) == 0
    assert browser.post("/join", form).path == "/join/check-mail"


def test_a_writer_waits_for_another_program_that_is_quick(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/join")
    taken, engine = Event(), db.engine

    def hold() -> None:
        with locked(engine):
            taken.set()
            time.sleep(0.5)

    other = Thread(target=hold)
    other.start()
    assert taken.wait(10)
    started = time.monotonic()
    assert browser.submit(ADA).path == "/join/check-mail"
    other.join()
    assert time.monotonic() - started > 0.3
