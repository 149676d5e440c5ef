"""The database: models' base class, sessions, and the one commit of the program."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from community.core import changes
from community.core.types import JSONDict, UTCDateTime

P = ParamSpec("P")
R = TypeVar("R")

BUSY_SECONDS = 15
_IN_USE_CASE = "in_use_case"
_CONNECTION = "connection"  # of the use-case
_SOON = "soon"
_SYNCHRONOUS = "synchronous"
_TRIES = 5
# PostgreSQL: another use-case was first with the same unique key, or the two waited for each other.
_LOST_RACES = frozenset({"23503", "23505", "40001", "40P01"})
# SQLite lets one connection write and makes the others poll. Threads of one process wait here
# in order of arrival instead, which is fairer and wastes no time asleep.
_sqlite_turn = threading.Lock()


class Base(DeclarativeBase):
    """What every model derives from."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and form for it
        datetime: UTCDateTime,
        JSONDict: sa.JSON,
    }


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


class DatabaseBusy(Exception):
    """Nobody could write for a while: try again."""


def tune(engine: sa.Engine) -> None:
    """Make SQLite durable and exact, and nobody wait for ever on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
        return

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _entry: ConnectionPoolEntry) -> None:
        # Whoever holds a row for longer is stuck: answer 503 and let people try again.
        connection.autocommit = True  # a SET inside a transaction ends with it when that rolls back
        connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        connection.autocommit = False

    @sa.event.listens_for(engine, "handle_error")
    def leave_out_rows(context: sa.ExceptionContext) -> None:
        # Behind its first line an error quotes the row (DETAIL), and tracebacks end up in logs.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                said, *more = error.args
                error.args = (str(said).partition("\n")[0], *more)


def _tune_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # stop the driver's own late, deferred BEGIN
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise RuntimeError(f"SQLite answers journal_mode={mode}; this file system lacks WAL")
        connection.execute("PRAGMA synchronous=FULL")  # an acknowledged commit outlives a power cut
        entry.info[_SYNCHRONOUS] = "FULL"
        connection.execute("PRAGMA foreign_keys=ON")
        # SQLite's own knows ASCII alone: a search for "école" would not find "École".
        connection.create_function("lower", 1, _lower, deterministic=True)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        wanted = options.get("sqlite_synchronous", connection.info[_SYNCHRONOUS])
        if connection.info[_SYNCHRONOUS] != wanted:
            connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
            connection.info[_SYNCHRONOUS] = wanted
        connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def transactional(use_case: Callable[P, R]) -> Callable[P, R]:
    """Save all that a use-case did, and all that follows from it, together or not at all.

    The outermost use-case ends any read transaction, begins a writing one, and commits; those
    that it calls join it. Whatever it raises rolls everything back. One that lost a race is run
    again and finds what the winner wrote, so a use-case does nothing outside the database.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        if session.info.get(_IN_USE_CASE):
            return use_case(*args, **kwargs)
        for turn in range(_TRIES):
            try:
                with _writing(session):
                    result = use_case(*args, **kwargs)
                    changes.publish(session)
                    session.commit()
                    return result
            except sa.exc.DBAPIError as error:
                lost = getattr(error.orig, "sqlstate", None) in _LOST_RACES
                if not lost or turn == _TRIES - 1:
                    raise
        raise AssertionError("the last turn returns or raises")

    return run


@contextmanager
def _writing(session: Session) -> Iterator[None]:
    session.rollback()
    session.expire_all()  # what an earlier use-case left behind may be out of date
    with _turn(session):
        session.info[_IN_USE_CASE] = True
        try:
            _begin(session)
            yield
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info[_IN_USE_CASE] = False
            session.info.pop(_CONNECTION, None)
            changes.forget(session)


def _begin(session: Session) -> None:
    soon = bool(session.info.get(_SOON))
    # A snapshot taken before the lock would make every write fail with SQLITE_BUSY.
    options = {"sqlite_begin": "IMMEDIATE", "sqlite_synchronous": "NORMAL" if soon else "FULL"}
    connection = session.connection(execution_options=options)
    session.info[_CONNECTION] = connection
    if connection.dialect.name == "postgresql":
        _wait_for_disk(connection, not soon)


def _wait_for_disk(connection: sa.Connection, wait: bool) -> None:
    """Tell PostgreSQL, when this connection was last told otherwise."""
    if connection.info.get(_SOON, False) != wait:
        return
    driver: Any = connection.connection.driver_connection
    statement = f"SET synchronous_commit TO {'DEFAULT' if wait else 'off'}"
    try:
        driver.autocommit = True  # a SET inside a transaction ends with it when that rolls back
        driver.execute(statement)
        driver.autocommit = False
    except connection.dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy does for statements of its own: whoever waits for the database goes by it.
        connection.invalidate(error)
        raise sa.exc.OperationalError(statement, {}, error) from error
    connection.info[_SOON] = not wait


@contextmanager
def durable_soon() -> Iterator[None]:
    """Use-cases inside do not wait for the disk.

    What they did outlives the death of every process at once, and a power cut from the next
    use-case on that does wait (on PostgreSQL half a second later at the latest).
    """
    session = db.session()
    session.info[_SOON] = True
    try:
        yield
    finally:
        session.info[_SOON] = False


@contextmanager
def _turn(session: Session) -> Iterator[None]:
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    if not _sqlite_turn.acquire(timeout=BUSY_SECONDS):
        raise DatabaseBusy
    try:
        yield
    finally:
        _sqlite_turn.release()


def leave_session(_error: BaseException | None = None) -> None:
    """End what was only read, at the end of a request or a pass of the worker.

    A server that went away meanwhile has forgotten it by itself: a page that is made already
    must not become an error because nobody is there to be told.
    """
    if not db.session.registry.has():
        return
    session = db.session()
    try:
        session.close()  # and not rollback, which would empty what an answer still reads
    except sa.exc.DBAPIError:
        session.invalidate()


def record(change: object) -> None:
    """State that something happened. Only inside a use-case; see :mod:`community.core.changes`."""
    session = db.session()
    if not session.info.get(_IN_USE_CASE):
        raise RuntimeError(f"{change!r} was recorded outside a use-case and would be lost")
    changes.queue(session, change)


def in_use_case() -> bool:
    """Whether a use-case is open on the current session, that is, whether writing is allowed."""
    return bool(db.session().info.get(_IN_USE_CASE))


def execute_plain(statement: sa.Executable, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
    """Execute a statement on tables, past all that a session does for objects.

    For what an RSVP writes while everybody else waits for the event.
    """
    session = db.session()
    connection: sa.Connection = session.info.get(_CONNECTION) or session.connection()
    return connection.execute(statement, values)


def rows_changed(statement: sa.Update | sa.Delete, **options: Any) -> int:
    """Execute an UPDATE or DELETE and say how many rows it changed."""
    result = db.session.execute(
        statement, execution_options={"synchronize_session": False, **options}
    )
    return int(getattr(result, "rowcount", 0))
