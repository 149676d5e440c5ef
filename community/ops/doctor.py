"""Whether everything around the program is as it should be, and what to do where it is not."""

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from community.core import redis_limits
from community.core.chores import chores_by_name
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.mail.smtp import Smtp
from community.mail.transport import transport_from_url
from community.membership.models import Person
from community.ops.findings import Finding
from community.ops.replies_doctor import replies
from community.ops.worker import HOUSEKEEPING, TIDY_EVERY, name_of

_CLOCKS_MAY_DIFFER = 5.0  # seconds; codes and leases are counted in minutes
_CONNECT_SECONDS = 5.0
_PASSES_MISSED = 3


def examine() -> list[Finding]:
    """Every finding, in the order in which one would mend them."""
    found: list[Finding] = []
    for check in _CHECKS:
        found.extend(_safely(check))
        if check is _database and not found[-1].is_well:
            found.extend([*_safely(_limits), *_safely(_mail), *_safely(_addresses)])
            break
    return found


def migrations_missing() -> bool:
    """Whether the database is older (or newer) than the program."""
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    return set(present) != set(_scripts().get_heads())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)


def _safely(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    about = check.__name__.strip("_")
    try:
        return list(check())
    except (sa.exc.SQLAlchemyError, OSError, ValueError, RuntimeError) as error:
        return [Finding(about, _first_line(error), _ADVICE[about])]


_ADVICE = {
    "instance": "Make the folder of COMMUNITY_INSTANCE_PATH writable for this user.",
    "database": "Start the database server, or correct COMMUNITY_DATABASE_URL.",
    "migrations": "Run: flask db upgrade",
    "clock": "Have both machines set their clocks by NTP.",
    "limits": "Correct COMMUNITY_REDIS_URL, or start the server that it names.",
    "mail": "Correct COMMUNITY_MAIL_URL, or start the mail server that it names.",
    "replies": "Correct COMMUNITY_IMAP_URL and COMMUNITY_RSVP_ADDRESS.",
    "addresses": "Correct COMMUNITY_BASE_URL.",
    "retention": "Have `flask worker` (or `flask serve`) run, and look into its log.",
}


def _instance() -> Iterator[Finding]:
    folder = settings().instance_path
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("instance", f"{folder} cannot be written", _ADVICE["instance"])
        return
    yield Finding("instance", f"{folder} can be written")
    if folder.stat().st_mode & 0o077 == 0:
        return  # nobody else comes as far as the files in it
    for path in (folder, folder / "secret_key", folder / "settings.toml", folder / "community.db"):
        if path.exists() and path.stat().st_mode & 0o077:
            advice = f"Run: chmod {'700' if path.is_dir() else '600'} '{path}'"
            yield Finding("instance", f"other users of this machine can read {path}", advice)


def _database() -> Iterator[Finding]:
    with db.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    yield Finding("database", f"{db.engine.dialect.name} answers")


def _migrations() -> Iterator[Finding]:
    if migrations_missing():
        text = "the database does not have the tables of this version"
        yield Finding("migrations", text, _ADVICE["migrations"])
    else:
        yield Finding("migrations", "the tables are those of this version")


def _clock() -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite":
        yield Finding("clock", f"{now():%Y-%m-%d %H:%M} UTC")
        return
    with db.engine.connect() as connection:
        theirs: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    apart = abs((now() - theirs.astimezone(UTC)).total_seconds())
    advice = _ADVICE["clock"] if apart > _CLOCKS_MAY_DIFFER else ""
    yield Finding("clock", f"{apart:.1f} s apart from the database's", advice)


def _limits() -> Iterator[Finding]:
    url = settings().redis_url
    if not url:
        yield Finding("limits", "the database counts them")
    elif problem := redis_limits.fault(url):
        yield Finding("limits", problem, _ADVICE["limits"])
    else:
        yield Finding("limits", "Redis counts them")


def _mail() -> Iterator[Finding]:
    transport = transport_from_url(settings().mail_url, settings().spool_folder)
    if not isinstance(transport, Smtp):
        yield _spool(settings().spool_folder)
        return
    server = f"{transport.host}:{transport.port}"
    with socket.create_connection((transport.host, transport.port), _CONNECT_SECONDS):
        yield Finding("mail", f"{server} takes connections")
    if settings().mail_from.endswith("@localhost"):
        advice = "Set COMMUNITY_MAIL_FROM and COMMUNITY_RSVP_ADDRESS to addresses of your domain."
        yield Finding("mail", "mails leave with a sender that nobody can answer", advice)


def _spool(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding("mail", f"{folder} cannot be written", f"Make {existing} writable.")
    if settings().is_development:
        return Finding("mail", f"mails are kept in {folder} and go nowhere")
    advice = "Set COMMUNITY_MAIL_URL to your mail server."
    return Finding("mail", f"mails are kept in {folder} and reach nobody", advice)


def _replies() -> Iterator[Finding]:
    if not migrations_missing():
        yield from replies()


def _addresses() -> Iterator[Finding]:
    base_url = settings().base_url
    parts = urlsplit(base_url)
    if settings().is_development:
        yield Finding("addresses", f"links lead to {base_url}")
    elif parts.scheme != "https":
        advice = "Set COMMUNITY_BASE_URL to an https:// address: cookies need it in production."
        yield Finding("addresses", f"links lead to {base_url}", advice)
    elif settings().is_local:
        advice = "Set COMMUNITY_BASE_URL to the address that your members open."
        yield Finding("addresses", f"links lead to {base_url}, this machine itself", advice)
    else:
        yield Finding("addresses", f"links lead to {base_url}")


def _retention() -> Iterator[Finding]:
    """Whether what has served is let go in time: it is data that nobody should hold any more."""
    if migrations_missing():
        return
    names = [name_of(forget) for forget in HOUSEKEEPING]
    done = {name: chore for name, chore in chores_by_name().items() if name in names}
    if not done:
        yield Finding("retention", "nothing was let go yet", _never_ran())
        return
    since = now() - timedelta(seconds=_PASSES_MISSED * TIDY_EVERY)
    late = [name for name in names if name not in done or done[name].done_at <= since]
    if late:
        text = f"overdue: {', '.join(late)}"
        yield Finding("retention", text, _ADVICE["retention"])
        return
    last = max(chore.done_at for chore in done.values())
    found = [f"{name} {done[name].count}" for name in names if done[name].count]
    text = f"last pass {last:%Y-%m-%d %H:%M} UTC, let go: {', '.join(found) or 'nothing'}"
    yield Finding("retention", text)


def _never_ran() -> str:
    first = db.session.scalar(sa.select(sa.func.min(Person.created_at)))
    is_new = first is None or first > now() - timedelta(days=1)
    return "" if is_new else _ADVICE["retention"]


_CHECKS = (
    _instance,
    _database,
    _migrations,
    _clock,
    _limits,
    _mail,
    _replies,
    _addresses,
    _retention,
)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
