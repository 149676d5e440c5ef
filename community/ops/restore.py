"""Putting a backup back: into an empty database of either kind, with every mail held."""

import gzip
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade

from community.core.current import settings
from community.core.db import Base, db, transactional
from community.mail.holding import held_counts, hold_broadcasts, hold_mails
from community.ops.backup import UPLOADS
from community.ops.backup_file import BackupFile, DamagedBackup
from community.ops.backup_rows import TableFacts, count_on, read_rows
from community.ops.revisions import knows_revision, newest_revision
from community.organizing.after_restore import Settled, settle_messages

# Somebody's work is in these; a program that was only started once has written into others.
_WORK = ("people", "events", "outbox", "audit", "topics", "venues")


class CannotRestore(Exception):
    """The backup is left alone, and so is what is there; the message says why."""


@dataclass
class Restored:
    """What came back. ``held`` counts mails that wait, by kind; ``notes`` are for the operator.

    ``messages`` counts what the clock would have sent once more.
    """

    rows: int
    made_at: str
    held: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    messages: Settled = field(default_factory=Settled)


def restore(file: Path, *, replace: bool = False) -> Restored:
    """Put a backup back. Raises CannotRestore, DamagedBackup, and what disk and database raise.

    Everything is checked before anything is touched. What breaks off after that leaves an empty
    database, so that it can be tried again. ``replace`` gives up what is there.
    """
    backup = BackupFile(file)
    manifest = backup.manifest
    if not knows_revision(manifest["revision"]):
        raise CannotRestore("It was made by a newer version of the program. Install that first.")
    if is_used() and not replace:
        raise CannotRestore("There is a community here already. To give it up, say --replace.")
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings().instance_path) as folder:
        parts = backup.unpack(Path(folder))
        tables = [_facts(one) for one in manifest["tables"]]
        _empty_database()
        upgrade(revision=manifest["revision"])
        _load(tables, parts)
        if manifest["revision"] != newest_revision():
            upgrade()
        hold_broadcasts()
        messages = settle_messages()
        notes = _put_files(parts)
    rows = sum(one.rows for one in tables)
    return Restored(rows, manifest["made_at"], held_counts(), notes, messages)


def is_used() -> bool:
    """Whether somebody's work is in the database."""
    known = set(sa.inspect(db.engine).get_table_names())
    found = any(
        db.session.scalar(sa.select(sa.literal(1)).select_from(Base.metadata.tables[name]).limit(1))
        for name in _WORK
        if name in known
    )
    db.session.rollback()
    return found


def _facts(known: dict[str, Any]) -> TableFacts:
    columns = tuple((name, kind) for name, kind in known["columns"])
    return TableFacts(known["name"], columns, known["rows"], known["last_id"])


def _empty_database() -> None:
    if db.engine.dialect.name != "sqlite":
        _drop_tables()
        return
    db.session.remove()
    db.engine.dispose()
    database = Path(str(db.engine.url.database))
    for path in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)


@transactional
def _drop_tables() -> None:
    """Ours alone: a database may hold others."""
    names = [*(table.name for table in Base.metadata.sorted_tables), "alembic_version"]
    quoted = ", ".join(f'"{name}"' for name in names)
    db.session.execute(sa.text(f"DROP TABLE IF EXISTS {quoted} CASCADE"))


@transactional
def _load(tables: list[TableFacts], parts: Mapping[str, Path]) -> None:
    """All rows or none; who refers to whom is looked at in the end."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    else:
        _defer(tables, "DEFERRABLE INITIALLY DEFERRED")
    for facts in tables:
        with gzip.open(parts[f"tables/{facts.name}.jsonl.gz"], "rt", encoding="ascii") as lines:
            read_rows(facts, lines)
        table = sa.table(facts.name)
        found = db.session.scalar(sa.select(sa.func.count()).select_from(table))
        if found != facts.rows:
            raise DamagedBackup(f"{facts.rows} rows of {facts.name} were counted, {found} came.")
        count_on(facts)
    hold_mails()
    if db.engine.dialect.name != "sqlite":
        db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        _defer(tables, "NOT DEFERRABLE")


def _defer(tables: list[TableFacts], how: str) -> None:
    """When PostgreSQL looks at foreign keys of ours; only its superuser may switch them off."""
    keys = sa.text(
        "SELECT conrelid::regclass::text, quote_ident(conname)"
        " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        " AND relname = ANY(:ours)"
    )
    ours = {"ours": [one.name for one in tables]}  # a database may hold others
    for table, name in db.session.execute(keys, ours).all():
        db.session.execute(sa.text(f"ALTER TABLE {table} ALTER CONSTRAINT {name} {how}"))


def _put_files(parts: Mapping[str, Path]) -> list[str]:
    """Put uploads, secret key and settings back; says what the operator must know of them."""
    instance, notes = settings().instance_path, []
    for name, path in parts.items():
        if name.startswith(f"{UPLOADS}/"):
            _put(path, settings().files_folder / _inside(name))
    _put(parts["secret_key"], instance / "secret_key")
    if settings().secret_key != parts["secret_key"].read_text() and _key_is_given():
        notes.append(
            "SECRET_KEY is set, and is another one than in the backup: links in mails that were"
            " sent will not work. The backup's is in secret_key in the instance folder now."
        )
    if "settings.toml" in parts:
        notes.append(_put_settings(parts["settings.toml"], instance))
    return notes


def _key_is_given() -> bool:
    """Whether the key in force is from the environment or the settings and not from the file."""
    return "COMMUNITY_SECRET_KEY" in os.environ or "secret_key" in _text(
        settings().instance_path / "settings.toml"
    )


def _text(file: Path) -> str:
    return file.read_text() if file.is_file() else ""


def _put_settings(source: Path, instance: Path) -> str:
    """Settings name databases and mail servers: those of the backup must not act unread."""
    _put(source, instance / "settings.restored.toml")
    return (
        "The settings file of the backup is settings.restored.toml in the instance folder. Read it,"
        " above all database_url and mail_url, and rename it to settings.toml."
    )


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise DamagedBackup(f"{name} would be put outside the instance folder.")
    return path


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out, source.open("rb") as content:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(out.fileno())
    half.replace(target)
