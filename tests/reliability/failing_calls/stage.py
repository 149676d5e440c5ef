"""A database that is set back after each try, and what is compared between two moments of it."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from community.core.db import db

# What is no part of what a use-case promises: counters of limits, and the clock of a session.
_ASIDE = {"limits", "sessions", "chores"}


class Stage:
    """The rows as they were when it was made."""

    def __init__(self) -> None:
        db.session.remove()
        self._is_lite = db.engine.dialect.name == "sqlite"
        self.tables = [
            table.name for table in db.metadata.sorted_tables if table.name not in _ASIDE
        ]
        self._back = self._kept_file() if self._is_lite else self._kept_rows()

    def set_back(self) -> None:
        """All rows are what they were."""
        db.session.remove()
        self._back()

    def _kept_file(self) -> Callable[[], None]:
        file = Path(str(db.engine.url.database))
        kept = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(file)) as source:
            source.backup(kept)

        def back() -> None:
            with closing(sqlite3.connect(file)) as target:
                kept.backup(target)

        self.close = kept.close
        return back

    def _kept_rows(self) -> Callable[[], None]:
        copies, deletes, inserts = [], [], []
        for table in db.metadata.sorted_tables:
            names = ", ".join(f'"{c.name}"' for c in table.columns if c.computed is None)
            rows = f'SELECT {names} FROM "{table.name}"'  # noqa: S608 - our own names
            copies.append(f'CREATE TABLE kept."{table.name}" AS {rows}')
            deletes.insert(0, str(table.delete()))
            kept = f'SELECT {names} FROM kept."{table.name}"'  # noqa: S608 - the same
            inserts.append(f'INSERT INTO "{table.name}" ({names}) {kept}')
        _run("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept", *copies)
        # No trigger, for that of the audit log refuses.
        again = ["SET LOCAL session_replication_role = replica", *deletes, *inserts]
        self.close = lambda: _run("DROP SCHEMA kept CASCADE")
        return lambda: _run(*again)

    def seen(self) -> dict[str, tuple[int, str]]:
        """By table, how many rows there are, and a hash of all of them."""
        db.session.rollback()
        if self._is_lite:
            with closing(sqlite3.connect(str(db.engine.url.database))) as connection:
                found = {}
                for name in self.tables:
                    rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - ours
                    found[name] = len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
                return found
        rows = "coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
        each = [f"SELECT '{n}', count(*), {rows} FROM \"{n}\" t" for n in self.tables]  # noqa: S608 - ours
        with db.engine.connect() as connection:
            found = connection.exec_driver_sql(" UNION ALL ".join(each))
            return {name: (count, digest) for name, count, digest in found}


def _run(*statements: str) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(";".join(statements))
    db.session.remove()


def counts(seen: dict[str, tuple[int, str]]) -> dict[str, int]:
    """How many rows each table has."""
    return {name: count for name, (count, _) in seen.items()}


def is_empty(query: sa.Select[Any]) -> bool:
    db.session.rollback()
    return db.session.execute(query.limit(1)).first() is None
