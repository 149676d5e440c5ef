"""Applications with a database of their own, of either kind."""

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from community.app import create_app
from community.core.db import db


def migrate() -> None:
    """Make the tables of this version in the application's own empty database.

    On SQLite that is a copy of what migrations made once: they take most of a second.
    """
    if db.engine.dialect.name == "sqlite":
        shutil.copyfile(_migrated(), str(db.engine.url.database))
    else:
        upgrade()


@cache
def _migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="community-tables-"))
    atexit.register(shutil.rmtree, folder)
    app = create_app(instance_path=folder)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return folder / "community.db"


@contextmanager
def another(instance: Path, server: str) -> Iterator[Flask]:
    """An application with an empty database of its own, which is gone afterwards."""
    name = f"restored_{uuid.uuid4().hex[:12]}"
    if server:
        _on_server(server, f"CREATE DATABASE {name}")
    url = sa.make_url(server).set(database=name).render_as_string(False) if server else ""
    other = create_app(instance_path=instance, database_url=url)
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
    if server:
        _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
