"""Whether the program is alive, and whether it can do its work; for load balancers and people."""

import logging
import os
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from community.core.db import db
from community.web.access import everybody

log = logging.getLogger(__name__)

pages = Blueprint("health", __name__)
_ROOM = (
    1024 * 1024
)  # bytes: what an answer, its mail and SQLite's log of both need, with some to spare


class NotReady(Exception):
    """What is missing, in a few words for whoever operates this."""


@pages.get("/healthz")
@everybody
def alive() -> ResponseReturnValue:
    """The process answers. It says nothing of the database, whose outage no restart cures."""
    return _plain("ok")


@pages.get("/readyz")
@everybody
def ready() -> ResponseReturnValue:
    """The database answers, is migrated to what this code expects, and may be written to."""
    try:
        _require_room(Path(current_app.instance_path))
        with db.engine.connect() as connection:
            _require_migrated(connection)
            _require_writable(connection)
    except NotReady as fault:
        return _plain(f"not ready: {fault}", 503)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        log.warning("not ready: %s", str(error).partition("\n")[0])
        return _plain("not ready: the database does not answer", 503)
    return _plain("ready")


def _require_migrated(connection: sa.Connection) -> None:
    folder = current_app.extensions["migrate"].directory
    expected = set(ScriptDirectory(folder).get_heads())
    present = set(MigrationContext.configure(connection).get_current_heads())
    if present != expected:
        raise NotReady("the database is not migrated, run: flask db upgrade")


def _require_writable(connection: sa.Connection) -> None:
    """Ask without writing: this page is opened every few seconds."""
    if connection.dialect.name == "sqlite":
        file = Path(connection.engine.url.database or "")
        if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
            raise NotReady("the database file is read-only")
        _require_room(file.parent)
    elif connection.scalar(sa.text("SHOW transaction_read_only")) == "on":
        raise NotReady("the database is read-only")


def _require_room(folder: Path) -> None:
    """Of a server's own disk only the server knows; it refuses what does not fit."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _ROOM:
        raise NotReady("the disk is full")


def _plain(text: str, status: int = 200) -> Response:
    response = Response(text + "\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
