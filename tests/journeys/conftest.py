"""Databases of their own for programs that run beside the tests."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.app import create_app
from community.core.db import db
from tests.factories.databases import migrate

# Minutes: a part of `make proof`. What `make test` sees of it is tests/web/test_enumeration.py.
collect_ignore = [] if os.environ.get("PROOF") else ["test_same_time.py"]


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database that nothing else uses; SQLite's is ``""``."""
    if request.param == "sqlite":
        _migrate(tmp_path, "")
        yield ""
        return
    server = sa.make_url(request.getfixturevalue("postgres_url"))
    name = f"journey_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    _migrate(tmp_path, url)
    yield url
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def _migrate(instance: Path, url: str) -> None:
    app = create_app(instance_path=instance, database_url=url)
    with app.app_context():
        migrate()
        db.engine.dispose()
