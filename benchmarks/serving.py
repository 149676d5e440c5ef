"""The web processes on the present database, set up as in production."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from community.core.current import settings


@contextmanager
def serving(
    command: tuple[str, ...] = ("-m", "benchmarks.served", "{port}"), **more: str
) -> Iterator[tuple[int, int]]:
    """Their port, and the process that all of them descend from."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with started(port, command, **more) as process:
        wait_for(port)
        yield port, process


@contextmanager
def started(
    port: int, command: tuple[str, ...], *, quiet: bool = False, **more: str
) -> Iterator[int]:
    """The program, which may not answer yet; its process."""
    own = settings()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMUNITY_")} | {
        "COMMUNITY_INSTANCE_PATH": str(own.instance_path),
        "COMMUNITY_DATABASE_URL": own.database_url,
        "COMMUNITY_SECRET_KEY": own.secret_key,
        "COMMUNITY_BASE_URL": f"http://127.0.0.1:{port}",
        "COMMUNITY_ENV": "production",
        "COMMUNITY_LOG_LEVEL": "warning",  # or a line for each request
        "FLASK_APP": "wsgi.py",
        **more,
    }
    words = [word.format(port=port) for word in command]
    process = subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if quiet else None,
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(port: int) -> None:
    """Until somebody accepts a connection."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.005)
    raise RuntimeError("the server did not start")
