"""Marked people and secrets go through every flow of a running program: then we look for them.

Not in what it logs, not in an address, not on an error page, and no secret in the database or an
export. What people typed is in the mails, which shows that the search would find it.
"""

import json
import logging
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.factories.events import an_event
from tests.factories.people import an_admin, an_organizer
from tests.journeys.running import ROOT, Running, running
from tests.journeys.visitor import Answer, Visitor, first_link, plain_text

pytestmark = pytest.mark.slow
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no name, address, note or secret in logs, addresses, error pages, exports or the database"
DINNER = "/events/boston-leadership-dinner"
HOST = "organizer@example.org"
ADDRESS, NAME, NOTE = "canary.ada@example.org", "Canaria Lovelace", "canary-note-peanuts"
TYPED = ("canary.ada", "Canaria", "canary-note", "canary-query", "canary-body")
SERVED = ["-m", "flask", "serve"]


@dataclass
class Watching(Visitor):
    """A visitor who keeps every address that they were led to, and every page of an error."""

    base_url: str
    led: list[str] = field(default_factory=list)
    faults: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        Visitor.__init__(self, self.base_url)

    def _send(self, request: urllib.request.Request) -> Answer:
        answer = super()._send(request)
        self.led.append(answer.url)
        if b"<html" in answer.body:
            self.led += re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
        if answer.status >= 400:
            self.faults.append(answer)
        return answer


def code_in(program: Running, address: str) -> str:
    mail = plain_text(program.mailbox.wait_for(address, "code"))
    found = re.search(r"^\s*(\d{6})\s*$", mail, re.MULTILINE)
    assert found is not None
    return found[1]


def walk(program: Running) -> tuple[Watching, Watching]:
    """Join, sign in, answer, do what is wrong in every way, and take the list out as its host."""
    ada, host = Watching(program.url), Watching(program.url)
    ada.press(ada.get("/join"), name=NAME, email=ADDRESS, consent="y")
    confirm = first_link(program.mailbox.wait_for(ADDRESS, "Confirm"), "/join/confirm/")
    ada.press(ada.get(confirm))
    ada.press(ada.get(DINNER), ("action", "going"))
    program.mailbox.wait_for(ADDRESS, "You are going")
    ada.press(ada.get(f"{DINNER}/rsvp"), ("action", "going"), dietary=NOTE, note=NOTE)
    phone = Watching(program.url)
    page = phone.press(phone.get("/sign-in"), email=ADDRESS)
    phone.press(page, code="000000")
    phone.press(page, code=code_in(program, ADDRESS))
    ada.led += phone.led
    _do_what_is_wrong(ada, confirm)
    page = host.press(host.get("/sign-in"), email=HOST)
    host.press(page, code=code_in(program, HOST))
    host.get(f"/organize{DINNER}/attendees?q=canary-query")
    return ada, host


def _do_what_is_wrong(ada: Watching, confirm: str) -> None:
    ada.get(confirm)  # once is enough
    for path in (
        "/canary-query/nowhere",
        "/members/canary-query?x=canary-query",
        f"{DINNER}x?email=canary-query",
        "/join/confirm/canary-query",
        "/rsvp/1-canary-query",
        "/calendar/canary-query.ics",
        "/organize/log?who=canary-query",
        "/static/canary-query.css",
    ):
        ada.get(path)
    for path, body in (
        ("/join", f"email={ADDRESS}&name=canary-body"),
        ("/sign-in", "csrf_token=canary-body"),
        (f"{DINNER}/rsvp", "action=canary-body"),
        ("/join", "canary-body=" + "x" * 1_100_000),
    ):
        url = urllib.parse.urljoin(ada.base_url, path)
        for _ in range(10):
            # Who is refused by what they announce may find the connection closed before the end.
            with suppress(urllib.error.URLError):
                ada._send(urllib.request.Request(url, data=body.encode(), method="POST"))
                break


def secrets_of(program: Running) -> set[str]:
    """Every token that was mailed, without those that a page makes anew from SECRET_KEY."""
    found: set[str] = set()
    for mails in program.mailbox.by_recipient().values():
        for mail in mails:
            found |= set(re.findall(r"/([\w-]{43})(?![\w-])", plain_text(mail)))
    return found


def everything(app: Flask) -> str:
    """The whole database as text, but for mails that are kept for a day."""
    with app.app_context():
        db.session.rollback()
        tables = [table for table in db.metadata.sorted_tables if table.name != "outbox"]
        rows = [repr(row) for table in tables for row in db.session.execute(sa.select(table))]
        bodies = db.session.execute(sa.text("SELECT body, kind FROM outbox"))
        return "\n".join([*rows, *(repr(row) for row in bodies if row.kind == "sign_in")])


def back_up(program: Running) -> str:
    command = [sys.executable, "-m", "flask", "backup", str(program.instance / "b.backup")]
    done = subprocess.run(
        command, cwd=ROOT, env=program.environment, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def hits(text: str, marks: set[str] | tuple[str, ...]) -> list[str]:
    plain = urllib.parse.unquote(text)
    return [line[:300] for line in plain.splitlines() if any(mark in line for mark in marks)]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        migrate()
        db.engine.dispose()
    return tmp_path


@pytest.mark.proof
def test_nothing_of_people_or_secrets_is_where_it_should_not_be(
    instance: Path, capfd: pytest.CaptureFixture[str], evidence: Evidence
) -> None:
    with running(instance, command=SERVED, web_processes="1") as program:
        with program.app.app_context():
            an_event(an_organizer("Olga Host", HOST))
        ada, host = walk(program)
        export = host.get(f"/organize{DINNER}/attendees.json")
        mailed = secrets_of(program)
        kept = everything(program.app)
        said = back_up(program) if PROOF else ""
        cookies = {cookie.value or "" for one in (ada, host) for cookie in one.cookies}
    out, err = capfd.readouterr()
    logged = out + err
    assert f"open          {program.url}" in logged, "what the program says was caught"
    secrets = mailed | {value for value in cookies if len(value) >= 32}
    assert len(mailed) >= 3
    assert len(ada.faults) >= 10
    assert hits(logged + said, {*TYPED, *secrets}) == []
    assert hits("\n".join(ada.led + host.led), {"canary.ada", "Canaria", "canary-note"}) == []
    for fault in ada.faults:
        assert hits(fault.text, {*TYPED, *mailed}) == [], fault.url
    assert hits(kept, mailed) == [], "secrets are kept as hashes"
    assert NAME in json.dumps(json.loads(export.body))
    assert hits(export.text, secrets) == []
    letters = "\n".join(map(plain_text, program.mailbox.mails_to(ADDRESS)))
    assert hits(letters, ("Canaria",)), "the search finds what is there"
    pages = len(ada.led) + len(host.led)
    evidence(
        "S19",
        SHOWN,
        count=f"{len(secrets)} secrets, {len(TYPED)} marks, {pages} addresses,"
        f" {len(ada.faults)} error pages",
        control="the mails, searched alike, hold them",
    )


@pytest.fixture
def taken(app: Flask) -> Iterator[str]:
    """An address that somebody has."""
    an_admin(NAME, ADDRESS)
    yield ADDRESS
    db.session.rollback()


def _a_row_again(app: Flask) -> str:
    """What a log would hold of a fault at a row that is there already."""
    table = db.metadata.tables["person_addresses"]
    with db.session.no_autoflush:
        row = dict(db.session.execute(sa.select(table)).mappings().first() or {})
    row["id"] = 9_999_999
    logger = logging.getLogger(f"canaries.{uuid.uuid4().hex}")
    try:
        db.session.execute(sa.insert(table).values(row))
    except sa.exc.IntegrityError:
        record = logger.makeRecord("x", logging.ERROR, "x", 1, "fault", (), sys.exc_info())
        return logging.Formatter().format(record)
    raise AssertionError("the row was taken")


def test_a_fault_of_the_database_quotes_no_row(app: Flask, taken: str) -> None:
    said = _a_row_again(app)
    assert "IntegrityError" in said
    assert taken not in said


def test_control_postgresql_by_itself_quotes_it(app: Flask, taken: str) -> None:
    """Its DETAIL does; SQLite says the name of the column alone."""
    engine = sa.create_engine(db.engine.url)
    table = db.metadata.tables["person_addresses"]
    with engine.connect() as connection:
        row = dict(connection.execute(sa.select(table)).mappings().first() or {})
        with pytest.raises(sa.exc.IntegrityError) as raised:
            connection.execute(sa.insert(table).values({**row, "id": 9_999_998}))
    engine.dispose()
    assert (taken in str(raised.value.orig)) == (db.engine.dialect.name == "postgresql")
