"""Whether the database keeps what it was told, understands every name, and has room for us."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.ops.findings import Finding
from community.organizing.models import AuditEntry

_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
UTF8 = "Make a database with ENCODING 'UTF8' and move into it (docs/operate.md)."
_LEAST_FREE = 500 * 1024 * 1024
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)


def durability() -> Iterator[Finding]:
    """PostgreSQL's three settings without which a commit may be gone after a power cut."""
    if db.engine.dialect.name == "sqlite":
        return  # set by ourselves on each connection
    asked = sa.text("SELECT name, reset_val FROM pg_settings WHERE name = ANY(:names)")
    with db.engine.connect() as connection:
        found = connection.execute(asked, {"names": list(_DURABLE)}).all()
    off = sorted(name for name, value in found if value == "off")
    if off:
        text = f"a power cut can lose or break what was saved: {', '.join(off)} off"
        yield Finding("durability", text, f"In postgresql.conf switch on: {', '.join(off)}.")
    else:
        yield Finding("durability", "what was saved outlives a power cut")


def letters() -> Iterator[Finding]:
    """Whether names of all languages can be kept, and found in capitals and small letters."""
    if db.engine.dialect.name == "sqlite":
        return  # UTF-8 always, and lower() is our own
    with db.engine.connect() as connection:
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            yield Finding("letters", f"the database keeps text as {encoding}", UTF8)
        elif connection.scalar(sa.text("SELECT lower('ÉŞ')")) != "éş":
            text = "a search for é does not find É: the database's LC_CTYPE knows ASCII alone"
            advice = "Make a database with LC_CTYPE 'C.UTF-8' and move into it (docs/operate.md)."
            yield Finding("letters", text, advice)
        else:
            yield Finding("letters", "names of all languages are kept and found")


def room() -> Iterator[Finding]:
    """Connections that PostgreSQL has for this machine, and space that is left on its own disk."""
    if db.engine.dialect.name == "postgresql":
        yield _connections()
    folder = settings().instance_path
    yield _space(folder)
    if settings().files_folder.resolve().stat().st_dev != folder.stat().st_dev:
        yield _space(settings().files_folder)


def _connections() -> Finding:
    wanted = connections_wanted()
    shown = "SELECT current_setting('max_connections')::int - current_setting(:kept)::int"
    with db.engine.connect() as connection:
        there = connection.scalar(sa.text(shown), {"kept": "superuser_reserved_connections"}) or 0
    if wanted <= there:
        text = f"this machine takes up to {wanted} of {there} connections"
        return Finding("room", text)
    text = f"this machine takes up to {wanted} connections, and PostgreSQL has {there}"
    return Finding("room", text, "Lower COMMUNITY_WEB_PROCESSES, or raise max_connections.")


def connections_wanted() -> int:
    """How many one machine may hold at once: each web process and the worker a pool of them, and
    each web process one more by which it knows whether a kept page is right.
    """
    web = settings().web_processes
    return (web + 1) * int(getattr(db.engine.pool, "size", lambda: 1)()) + web


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free // 1024**2:,} MB are free below {folder}"
    advice = "Make room: without it nothing can be saved." if free < _LEAST_FREE else ""
    return Finding("room", text, advice)


def own_clock() -> Iterator[Finding]:
    """A clock that was set back: the log of who did what knows a later time."""
    newest = db.session.scalar(sa.select(sa.func.max(AuditEntry.at)))
    db.session.rollback()
    if newest is not None and newest > now() + _CLOCKS_MAY_DIFFER:
        text = f"something happened at {newest:%Y-%m-%d %H:%M:%S} UTC, which is to come"
        yield Finding("clock", text, "Have this machine set its clock by NTP.")
