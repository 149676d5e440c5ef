"""Alive and ready are two questions."""

from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from community.app import create_app
from community.core.db import db
from tests.web.browser_without_js import Browser

NOBODY_LISTENS = "postgresql+psycopg://nobody@127.0.0.1:1/none"
READ_ONLY = "-c%20default_transaction_read_only%3Don"  # what a standby answers


def test_a_migrated_database_that_takes_writes_is_ready(app: Flask) -> None:
    answer = Browser(app).get("/readyz").response
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_alive_is_answered_without_a_database_and_ready_is_not(tmp_path: Path) -> None:
    browser = Browser(create_app(instance_path=tmp_path, database_url=NOBODY_LISTENS))
    alive = browser.get("/healthz").response
    assert (alive.status_code, alive.text) == (200, "ok\n")
    with browser.client.session_transaction() as session:
        session["token"] = "x" * 43  # a signed-in browser must not make it ask the database
    assert browser.get("/healthz").status == 200
    ready = browser.get("/readyz").response
    assert ready.status_code == 503
    assert "does not answer" in ready.text
    assert "nobody" not in ready.text


def test_an_unmigrated_database_is_not_ready_and_says_what_to_do(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    answer = Browser(app).get("/readyz").response
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text
    with app.app_context():
        upgrade()
        assert Browser(app).get("/readyz").status == 200
        db.engine.dispose()


def test_a_database_of_another_version_is_not_ready(app: Flask) -> None:
    version = sa.table("alembic_version", sa.column("version_num"))
    with db.engine.begin() as connection:
        present = connection.scalar(sa.select(version.c.version_num))
        connection.execute(sa.update(version).values(version_num="from_the_future"))
    try:
        assert Browser(app).get("/readyz").status == 503
    finally:
        with db.engine.begin() as connection:
            connection.execute(sa.update(version).values(version_num=present))
    assert Browser(app).get("/readyz").status == 200


def test_a_read_only_database_is_not_ready(postgres_url: str, tmp_path: Path) -> None:
    with create_app(instance_path=tmp_path, database_url=postgres_url).app_context():
        upgrade()
        db.engine.dispose()
    standby = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options={READ_ONLY}"
    app = create_app(instance_path=tmp_path, database_url=standby)
    answer = Browser(app).get("/readyz").response
    assert answer.status_code == 503
    assert "read-only" in answer.text
    with app.app_context():
        db.engine.dispose()
