"""Runs migrations on the application's own engine, all of an upgrade in one transaction."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from community.core.types import UTCDateTime

_LOCK = 7_236_418_205  # any number, as long as every copy of the program uses the same


def render_item(kind: str, obj: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations name the database's types, so that they outlive ours."""
    if kind == "type" and isinstance(obj, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Upgrade or downgrade; two machines that start together wait for each other."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Rebuilding a table would cascade deletes into its children; the pragma does
            # nothing inside a transaction, hence on the driver's connection before it.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            connection.execution_options(sqlite_begin="IMMEDIATE")
        try:
            _migrate(connection, database.metadata, sqlite=sqlite)
        finally:
            if sqlite:
                connection.rollback()
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def _migrate(connection: sa.Connection, metadata: sa.MetaData, *, sqlite: bool) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transactional_ddl=True,  # SQLite can, as long as nothing commits in between
    )
    with connection.begin():
        if not sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise RuntimeError(f"this migration would break a foreign key: {broken}")


run()
