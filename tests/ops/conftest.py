"""What the tests of ``flask doctor`` share: instances of their own, and servers to change."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.core.db import db
from community.ops import doctor
from tests.factories.databases import migrate
from tests.mail.conftest import certificate, scripted  # noqa: F401 - fixtures

Examine = Callable[..., dict[str, doctor.Finding]]


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Examine]:
    """The faults by what they are about, in an instance of its own with the given settings."""
    apps: list[Flask] = []

    def faults(*, tables: bool = True, **given: object) -> dict[str, doctor.Finding]:
        app = create_app(**{"instance_path": tmp_path / "instance", **given})
        apps.append(app)
        with app.app_context():
            if tables and not (tmp_path / "instance" / "community.db").exists():
                migrate()
            return {found.about: found for found in doctor.examine() if not found.is_well}

    yield faults
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def alter_server(app: Flask, *statements: str) -> None:
    """Change settings of the PostgreSQL server of this test run; SQLite has none."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("postgresql"):
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in (*statements, "SELECT pg_reload_conf()"):
                connection.execute(sa.text(statement))
        engine.dispose()
        time.sleep(0.2)  # until every server process has read it


@pytest.fixture
def durable(app: Flask) -> Iterator[None]:
    """PostgreSQL as it comes: the tests' own server does not wait for the disk."""
    alter_server(app, "ALTER SYSTEM RESET fsync")
    yield
    alter_server(app, "ALTER SYSTEM SET fsync = off")
