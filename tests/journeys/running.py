"""The program started as its operator starts it: web, worker, a database, on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from community.app import create_app
from community.core.db import db
from tests.journeys.visitor import Mailbox

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A running program. ``app`` is a second look at the same database, for what pages hide."""

    url: str
    instance: Path
    process: subprocess.Popen[bytes]
    app: Flask
    environment: dict[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(self.instance / "mail")

    def children(self) -> dict[int, str]:
        """Process ids below the supervisor, with their command lines."""
        found, frontier = {}, [self.process.pid]
        while frontier:
            parent = frontier.pop()
            with suppress(FileNotFoundError, ProcessLookupError):
                tasks = Path(f"/proc/{parent}/task").iterdir()
                for task in list(tasks):
                    for child in (task / "children").read_text().split():
                        with suppress(FileNotFoundError, ProcessLookupError):
                            line = Path(f"/proc/{child}/cmdline").read_bytes()
                            found[int(child)] = line.replace(b"\0", b" ").decode()
                            frontier.append(int(child))
        return found

    def wait_until_up(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, "the program ended by itself"
            with suppress(OSError), urllib.request.urlopen(self.url + "/readyz", timeout=5):
                return
            time.sleep(0.05)
        raise AssertionError(f"nothing answers at {self.url}")


@contextmanager
def running(
    instance: Path,
    *,
    database_url: str = "",
    command: list[str] | None = None,
    log: Path | None = None,
    **more: str,
) -> Iterator[Running]:
    """Start the program on a prepared database and stop it at the end as Ctrl-C does.

    What it writes to standard error goes to ``log``.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"instance_path": str(instance), "database_url": database_url, "base_url": url}
    more = {"log_level": "warning", **more}
    # Its lines are traced by the tests of its parts; a traced server is half as fast.
    own = ("COMMUNITY_", "COVERAGE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    environment |= {
        "FLASK_APP": "wsgi.py",
        "PORT": str(port),
        **{f"COMMUNITY_{k.upper()}": v for k, v in {**settings, **more}.items() if v},
    }
    command = command or ["-m", "flask", "serve"]
    with log.open("ab") if log else nullcontext() as errors:
        process = subprocess.Popen(
            [sys.executable, *command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stderr=errors,
        )
    app = create_app(**settings)
    program = Running(url, instance, process, app, environment)
    try:
        program.wait_until_up()
        yield program
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
