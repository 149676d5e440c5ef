"""The n-th call of one kind to the outside fails: database, commit, mail server, file, or clock.

Each kind is caught where the program leaves Python: at SQLAlchemy's driver, in smtplib, at the
functions of ``os`` and ``io``, at ``datetime``. "Unheard" calls take effect, and nobody is told.
"""

import builtins
import io
import os
import smtplib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from community.core import clock

KINDS = ("statement", "commit", "commit unheard", "smtp", "smtp unheard", "file", "clock")


@dataclass
class Fault:
    """Which call fails; nothing does while it is not ``on``."""

    kind: str = ""
    number: int = 0
    on: bool = False
    calls: int = 0
    failed: bool = False
    files_in: Path | None = None

    def arm(self, kind: str, number: int) -> None:
        """Let the call of that number fail, once."""
        self.kind, self.number, self.calls, self.failed = kind, number, 0, False

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count calls within the block, and let the one fail whose turn it is."""
        self.on = True
        try:
            yield
        finally:
            self.on = False

    def strikes(self, kind: str) -> bool:
        if not self.on or kind != self.kind or self.failed:
            return False
        self.calls += 1
        self.failed = self.calls == self.number
        return self.failed


@contextmanager
def injected(engine: sa.Engine) -> Iterator[Fault]:
    """Calls can fail as long as the block lasts."""
    fault = Fault()
    with pytest.MonkeyPatch.context() as patch:
        _at_the_driver(engine, fault, patch)
        _in_smtplib(fault, patch)
        _at_files(fault, patch)
        patch.setattr(clock, "datetime", _Clock(fault))
        statement = _failing_statement(fault)
        for name in ("do_execute", "do_executemany"):
            sa.event.listen(engine, name, statement)
        try:
            yield fault
        finally:
            for name in ("do_execute", "do_executemany"):
                sa.event.remove(engine, name, statement)


def _failing_statement(fault: Fault) -> Callable[..., None]:
    def statement(cursor: Any, *_rest: Any) -> None:
        if fault.strikes("statement"):
            _broken(cursor.connection)

    return statement


def _broken(connection: Any) -> None:
    """What a disk or a server does in the middle: SQLite says so, PostgreSQL is gone."""
    if isinstance(connection, sqlite3.Connection):
        raise sqlite3.OperationalError("disk I/O error")
    connection.close()
    raise psycopg.OperationalError("server closed the connection unexpectedly")


def _at_the_driver(engine: sa.Engine, fault: Fault, patch: pytest.MonkeyPatch) -> None:
    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        driver = getattr(connection, "driver_connection", connection)
        if fault.strikes("commit"):
            _broken(driver)
        commit(connection)
        if fault.strikes("commit unheard"):
            _broken(driver)

    patch.setattr(engine.dialect, "do_commit", do_commit)


def _in_smtplib(fault: Fault, patch: pytest.MonkeyPatch) -> None:
    connect, send, getreply = smtplib.SMTP.connect, smtplib.SMTP.send, smtplib.SMTP.getreply

    def lost(self: smtplib.SMTP) -> None:
        self.close()
        raise ConnectionResetError("connection reset by peer")

    def connecting(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        if fault.strikes("smtp"):
            raise ConnectionRefusedError("connection refused")
        return connect(self, *args, **kwargs)

    def sending(self: smtplib.SMTP, data: Any) -> None:
        if fault.strikes("smtp"):
            lost(self)
        send(self, data)

    def reading(self: smtplib.SMTP) -> Any:
        answer = getreply(self)
        if fault.strikes("smtp unheard"):
            lost(self)
        return answer

    patch.setattr(smtplib.SMTP, "connect", connecting)
    patch.setattr(smtplib.SMTP, "send", sending)
    patch.setattr(smtplib.SMTP, "getreply", reading)


class _Files:
    """Files below ``fault.files_in``, and open handles while there is such a folder."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def _fails(self) -> None:
        if self._fault.strikes("file"):
            raise OSError(28, "No space left on device")

    def _is_ours(self, path: Any) -> bool:
        if not self._fault.files_in or not isinstance(path, str | os.PathLike):
            return False
        return Path(path).absolute().is_relative_to(self._fault.files_in)

    def by_path(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(path: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_ours(path):
                return function(path, *args, **kwargs)
            self._fails()
            return self._watched(function(path, *args, **kwargs))

        return run

    def by_handle(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(handle: Any, *args: Any, **kwargs: Any) -> Any:
            if self._fault.files_in:
                self._fails()
            return self._watched(function(handle, *args, **kwargs))

        return run

    def _watched(self, file: Any) -> Any:
        """Each write to a file is a call, too."""
        if hasattr(file, "write"):
            write = file.write

            def writing(data: Any) -> Any:
                self._fails()
                return write(data)

            file.write = writing
        return file


def _at_files(fault: Fault, patch: pytest.MonkeyPatch) -> None:
    files = _Files(fault)
    opening = files.by_path(io.open)
    patch.setattr(io, "open", opening)
    patch.setattr(builtins, "open", opening)
    for name in ("open", "mkdir", "link", "replace", "rename"):
        patch.setattr(os, name, files.by_path(getattr(os, name)))
    for name in ("fdopen", "fsync"):
        patch.setattr(os, name, files.by_handle(getattr(os, name)))


class _Clock:
    """``datetime`` as the clock of the program sees it."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def now(self, zone: tzinfo) -> datetime:
        if self._fault.strikes("clock"):
            raise OSError(5, "the clock cannot be read")
        return datetime.now(zone)
