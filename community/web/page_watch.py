"""One connection of each process that does nothing but ask whether a kept page is still right."""

import logging
import os
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from flask import Flask
from psycopg.pq import ExecStatus

from community.core.db import db
from community.discovery import page_facts

log = logging.getLogger(__name__)

# Which transactions there are and which are over: as long as it is the same, everybody sees the
# same rows. (PostgreSQL, "System Information Functions": xmin, xmax and what is under way.)
_SNAPSHOT = b"SELECT pg_current_snapshot()::text"


class Watched(Protocol):
    """What the watch needs to know of a page; ``checked`` is its own note."""

    facts: Any
    checked: tuple[int, object]


class Watch:
    """Says whether facts are what they were. Threads take turns, and share what was asked.

    An answer that was asked for after a request came in is good for that request, too: whoever
    waited for the connection finds that it has been asked meanwhile.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._turn, self._numbers = Lock(), count(1)
        self._connections, self._number = count(1), 0
        self._connection: Any = None
        self._dialect: Any = None
        self._prepared: set[page_facts.Asked] = set()
        self._process = 0

    def still(self, page: Watched, moment: datetime) -> bool:
        """Whether the page's facts are the same now. False, too, when nobody can tell."""
        came = next(self._numbers)
        with self._turn:
            if page.checked[0] > came:
                return True
            try:
                return self._ask(page, moment)
            except Exception as error:  # whatever the driver raises
                log.info("a kept page could not be checked: %s", type(error).__name__)
                self._hang_up()
                return False

    def _ask(self, page: Watched, moment: datetime) -> bool:
        connection = self._connected()
        begun = next(self._numbers)
        written = self._written(connection)
        if page.checked[1] != written:
            facts = page.facts
            asked = page_facts.asked(facts.statement, self._dialect)
            if asked not in self._prepared:
                asked.prepare(connection)
                self._prepared.add(asked)
            if asked.rows_again(connection, moment, facts.given) != facts.rows:
                return False
        page.checked = (begun, written)
        return True

    def _written(self, connection: Any) -> object:
        """Something else after any commit of any other connection, as this one sees it.

        Read before the facts are: what is written in between has them asked for again.
        """
        if self._dialect.name == "sqlite":
            return self._number, connection.execute("PRAGMA data_version").fetchone()[0]
        result = connection.pgconn.exec_prepared(b"snapshot", [])
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.DatabaseError(result.error_message.decode(errors="replace"))
        return self._number, result.get_value(0, 0)

    def _connected(self) -> Any:
        if self._connection is None or self._process != os.getpid():
            with self._app.app_context():
                engine = db.engine
            pooled = engine.raw_connection()
            connection: Any = pooled.driver_connection
            pooled.detach()  # it is never given back
            sa.event.listen(engine, "engine_disposed", self._hang_up, once=True)
            if engine.dialect.name != "sqlite":
                connection.autocommit = True
                connection.pgconn.prepare(b"snapshot", _SNAPSHOT)
            self._connection, self._dialect = connection, engine.dialect
            self._number = next(self._connections)  # what another one said counts for nothing
            self._process, self._prepared = os.getpid(), set()
        return self._connection

    def _hang_up(self, *_engine: object) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._process == os.getpid():
            connection.close()
