"""A backup while the program runs: database, uploads, secret key and settings in one file."""

import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from community.config import ROOT
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.ops.backup_file import write_file
from community.ops.backup_rows import all_tables, last_id, write_rows
from community.ops.revisions import newest_revision

UPLOADS = "uploads"


class CannotBackUp(Exception):
    """There is nothing whole to copy; the message says why."""


def back_up(target: Path) -> dict[str, Any]:
    """Write a backup and say what is in it. Raises CannotBackUp, and what disk and database do.

    All tables are read in one transaction, so that they are as of one moment, whatever is written
    meanwhile.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        parts: dict[str, Path] = {}
        manifest = _copy_database(Path(folder), parts)
        _copy_instance(Path(folder), parts)
        write_file(target, manifest, parts)
    return manifest


def _copy_database(folder: Path, parts: dict[str, Path]) -> dict[str, Any]:
    tables = []
    with _snapshot() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision != newest_revision():
            raise CannotBackUp("The database is of another version. Run: flask db upgrade")
        for facts in all_tables():
            name = f"tables/{facts.name}.jsonl.gz"
            parts[name] = folder / facts.name
            rows = write_rows(connection, facts, parts[name])
            tables.append(replace(facts, rows=rows, last_id=last_id(connection, facts)))
        kind = connection.dialect.name
    return {
        "made_at": now().isoformat(timespec="seconds"),
        "version": _version(),
        "revision": revision,
        "database": kind,
        "tables": [asdict(one) for one in tables],
    }


@contextmanager
def _snapshot() -> Iterator[sa.Connection]:
    """A connection whose first read fixes what all others see; nobody who writes waits for it."""
    options = {}
    if db.engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.execution_options(**options).connect() as connection:
        yield connection


def _copy_instance(folder: Path, parts: dict[str, Path]) -> None:
    """The secret key in force, the settings of the file, and what was uploaded."""
    config, key = settings(), folder / "secret_key"
    key.write_text(config.secret_key)
    parts["secret_key"] = key
    named = config.instance_path / "settings.toml"
    if named.is_file():
        parts["settings.toml"] = _copied(named, folder / "settings.toml")
    uploads = config.files_folder / UPLOADS
    for number, path in enumerate(sorted(uploads.rglob("*"))):
        try:
            if path.is_file():
                name = f"{UPLOADS}/{path.relative_to(uploads).as_posix()}"
                parts[name] = _copied(path, folder / f"upload-{number}")
        except FileNotFoundError:
            continue  # its import is over since a moment ago


def _copied(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])
