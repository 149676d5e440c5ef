"""Several machines, played by programs that share nothing but what the network would give them.

Each has an instance folder of its own; the database, Redis, the mail server, the secret key and
the folder of files are common to all, as docs/scale.md says.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from community.app import create_app
from community.core.db import db
from tests.factories.databases import migrate
from tests.journeys.running import ROOT, Running, free_port
from tests.mail.moody import Moody, moody
from tests.ops.program import descendants

SECRET = "the-secret-key-that-all-machines-have-in-common"
BASE_URL = "http://community.test"
SERVE = ("-m", "flask", "serve")


@dataclass
class Town:
    """All machines, and the mail server that each of them sends to."""

    hosts: list[Running]
    mails: Moody
    folder: Path

    @property
    def ports(self) -> list[int]:
        return [host.port for host in self.hosts]


def kill_machine(host: Running) -> None:
    """Everything on it ends at once and says nothing to anybody, as when the power goes."""
    parent = host.process.pid
    os.kill(parent, signal.SIGSTOP)  # it must not start again what dies
    for pid in descendants(parent):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os.kill(parent, signal.SIGKILL)
    host.process.wait()


@contextmanager
def town(
    folder: Path,
    database_url: str,
    redis_urls: list[str],
    command: tuple[str, ...] = SERVE,
    **more: str,
) -> Iterator[Town]:
    """So many machines as there are URLs of Redis, all up when the block begins."""
    files = folder / "files"
    files.mkdir()
    common = {
        "database_url": database_url,
        "secret_key": SECRET,
        "base_url": BASE_URL,
        "files_path": str(files),
    }
    with ExitStack() as at_end:
        mails = at_end.enter_context(moody())
        common["mail_url"] = f"smtp://127.0.0.1:{mails.port}"
        app = create_app(instance_path=folder / "looker", **common)
        at_end.callback(_let_go, app)
        hosts = []
        for number, redis_url in enumerate(redis_urls):
            settings = {**common, "redis_url": redis_url, **more}
            settings["instance_path"] = str(folder / f"host-{number}")
            port = free_port()
            environment = _environment(settings)
            process = subprocess.Popen(
                [sys.executable, *command, "--host", "127.0.0.1", "--port", str(port)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            url = f"http://127.0.0.1:{port}"
            host = Running(url, Path(settings["instance_path"]), process, app, environment)
            at_end.callback(_end, host)
            hosts.append(host)
        for host in hosts:
            host.wait_until_up()
        yield Town(hosts, mails, folder)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    own = ("COMMUNITY_", "COVERAGE_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    given = {f"COMMUNITY_{k.upper()}": v for k, v in settings.items() if v}
    return {**kept, "FLASK_APP": "wsgi.py", **given}


def _end(host: Running) -> None:
    if host.process.poll() is None:
        host.process.send_signal(signal.SIGINT)
        host.process.wait(20)


def _let_go(app: object) -> None:
    with app.app_context():  # type: ignore[attr-defined]  # a Flask
        db.session.remove()
        db.engine.dispose()


@contextmanager
def own_postgres_database(server_url: str, name: str, folder: Path) -> Iterator[str]:
    """The URL of a migrated, empty database that nothing else uses."""
    server = sa.make_url(server_url)
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    app = create_app(instance_path=folder / "migrations", database_url=url)
    with app.app_context():
        migrate()
        db.engine.dispose()
    try:
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()
