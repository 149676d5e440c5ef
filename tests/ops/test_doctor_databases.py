"""``flask doctor`` finds what is wrong with PostgreSQL, by changing a real server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.ops import doctor
from tests.factories.events import an_event
from tests.ops.conftest import Examine, alter_server


def fault(about: str) -> doctor.Finding | None:
    db.session.rollback()
    ill = [one for one in doctor.examine() if one.about == about and not one.is_well]
    return ill[0] if ill else None


@pytest.mark.usefixtures("durable")
@pytest.mark.parametrize(
    ("statement", "back"),
    [
        ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync"),
        ("ALTER SYSTEM SET full_page_writes = off", "ALTER SYSTEM RESET full_page_writes"),
        ("ALTER SYSTEM SET synchronous_commit = off", "ALTER SYSTEM RESET synchronous_commit"),
    ],
)
def test_a_server_that_loses_what_it_was_told_is_found(
    app: Flask, statement: str, back: str
) -> None:
    assert fault("durability") is None
    alter_server(app, statement)
    try:
        found = fault("durability")
        if db.engine.dialect.name == "sqlite":
            assert found is None, "SQLite has none of these: we set what there is ourselves"
        else:
            assert found is not None
            assert statement.split()[3] in found.advice
    finally:
        alter_server(app, back)


@contextmanager
def a_database(postgres_url: str, encoding: str) -> Iterator[str]:
    server, name = sa.make_url(postgres_url), f"odd_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        made = f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(sa.text(f"{made} TEMPLATE template0"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.mark.parametrize(
    ("encoding", "advice"),
    [
        ("SQL_ASCII", "ENCODING 'UTF8'"),
        ("LATIN1", "ENCODING 'UTF8'"),
        ("UTF8", "LC_CTYPE"),  # it keeps all letters, and knows capitals of ASCII alone
    ],
)
def test_a_database_that_cannot_keep_or_find_every_name_is_found(
    examine: Examine, postgres_url: str, encoding: str, advice: str
) -> None:
    with a_database(postgres_url, encoding) as url:
        assert advice in examine(tables=False, database_url=url)["letters"].advice


def test_more_processes_than_the_server_has_connections_for_are_found(
    examine: Examine, postgres_url: str
) -> None:
    many = examine(tables=False, database_url=postgres_url, web_processes=64)
    assert "max_connections" in many["room"].advice
    assert "room" not in examine(tables=False, database_url=postgres_url)


def test_a_clock_that_was_set_back_is_found(app: Flask) -> None:
    with time_machine.travel(now() + timedelta(hours=1)):
        an_event()
    found = fault("clock")
    assert found is not None
    assert "NTP" in found.advice
