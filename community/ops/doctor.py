"""Whether everything around the program is as it should be, and what to do where it is not."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from community.core import redis_limits
from community.core.chores import chores_by_name
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.membership.models import Person
from community.ops.address_doctor import addresses, proxies, zones
from community.ops.database_doctor import durability, letters, own_clock, room
from community.ops.findings import Finding
from community.ops.mail_doctor import mail
from community.ops.replies_doctor import replies
from community.ops.worker import HOUSEKEEPING, TIDY_EVERY, name_of
from community.ops.worker_doctor import machines, workers

_CLOCKS_MAY_DIFFER = 5.0  # seconds; codes and leases are counted in minutes
_PASSES_MISSED = 3


def examine() -> list[Finding]:
    """Every finding, in the order in which one would mend them."""
    found: list[Finding] = []
    for check in _CHECKS:
        found.extend(_safely(check))
        if check is _database and not found[-1].is_well:
            without = (_limits, mail, addresses, proxies, zones)
            return found + [one for check in without for one in _safely(check)]
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
    "durability": "Start the database server, or correct COMMUNITY_DATABASE_URL.",
    "letters": "Start the database server, or correct COMMUNITY_DATABASE_URL.",
    "room": "Make the folders of COMMUNITY_INSTANCE_PATH and COMMUNITY_FILES_PATH.",
    "own_clock": "Have this machine set its clock by NTP.",
    "workers": "Have `flask serve` (or `flask worker`) run, and look into its log.",
    "machines": "Make the folder of COMMUNITY_FILES_PATH, writable for this user.",
    "proxies": "Correct COMMUNITY_TRUSTED_PROXIES.",
    "zones": "Update the program: git pull, make db.",
    "retention": "Have `flask worker` (or `flask serve`) run, and look into its log.",
}


def _instance() -> Iterator[Finding]:
    folder = settings().instance_path
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("instance", f"{folder} cannot be written", _ADVICE["instance"])
        return
    yield Finding("instance", f"{folder} can be written")
    yield from _foreign(folder)
    if folder.stat().st_mode & 0o077 == 0:
        return  # nobody else comes as far as the files in it
    for path in (folder, folder / "secret_key", folder / "settings.toml", folder / "community.db"):
        if path.exists() and path.stat().st_mode & 0o077:
            advice = f"Run: chmod {'700' if path.is_dir() else '600'} '{path}'"
            yield Finding("instance", f"other users of this machine can read {path}", advice)


def _foreign(folder: Path) -> Iterator[Finding]:
    """Files that a command made as another user, often root: the service cannot write them."""
    owner = folder.stat().st_uid
    foreign = [path for path in folder.iterdir() if path.stat().st_uid != owner]
    if foreign:
        text = f"files of another user than the folder's: {', '.join(p.name for p in foreign)}"
        advice = f"Run as root: chown -R --reference='{folder}' '{folder}'"
        yield Finding("instance", text, advice)


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


def _replies() -> Iterator[Finding]:
    if not migrations_missing():
        yield from replies()


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


def _migrated(check: Callable[[], Iterator[Finding]]) -> Callable[[], Iterator[Finding]]:
    """A check of what is in the tables, which there must be for it."""

    @wraps(check)
    def run() -> Iterator[Finding]:
        if not migrations_missing():
            yield from check()

    return run


_CHECKS = (
    _instance,
    _database,
    _migrations,
    durability,
    letters,
    room,
    _clock,
    _migrated(own_clock),
    _limits,
    mail,
    _replies,
    addresses,
    proxies,
    zones,
    _migrated(workers),
    _migrated(machines),
    _retention,
)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
