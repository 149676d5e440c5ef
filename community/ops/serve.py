"""Web and worker together in the foreground: started, watched, and stopped in order."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from flask import Flask

from community.config import Settings
from community.core import latencies
from community.core.db import db
from community.ops import web_server, worker
from community.ops.processes import Child

PATIENCE = 10.0  # seconds that both children together get to end by themselves


class PortTaken(Exception):
    """Somebody else listens there already."""


def serve(app: Flask, host: str, port: int, *, when_up: Callable[[], None]) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP. ``when_up`` is called once the first answer came."""
    settings: Settings = app.extensions["community_settings"]
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # a connection shared by two processes would mix up their answers
    latencies.start(settings)
    web = Child("web", lambda: web_server.run(settings, host, port))
    work = Child("worker", lambda: worker.run(app))
    stop = _Stop()
    web.start()
    work.start()
    is_up = False
    while not stop.wanted:
        web.keep_alive()
        work.keep_alive()
        if not is_up and _answers(host, port):
            is_up = True
            when_up()
        time.sleep(0.1)
    _stop_in_order([web, work], stop)


def require_free(host: str, port: int) -> None:
    """Raises PortTaken, or OSError when the host is not an address of this machine.

    The web processes share a port by SO_REUSEPORT, and so would a second copy of this program
    without any error: half of the requests would go to the other one.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == 98 or "in use" in str(error).lower():
                raise PortTaken(f"{host}:{port}") from None
            raise


class _Stop:
    """Whether we were asked to end, and how often."""

    def __init__(self) -> None:
        self.wanted = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has SIGHUP ignored and means it; SIGINT is ignored in a script's background.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted += 1


def _stop_in_order(children: list[Child], stop: _Stop) -> None:
    """Web first, so that whatever it still accepted finds the worker's database unhurried."""
    until = time.monotonic() + PATIENCE
    for child in children:
        child.stop(until=until if stop.wanted == 1 else 0.0)
    for child in children:
        child.kill()


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reachable(host), port, timeout=1)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        connection.getresponse()
        return True
    return False


def reachable(host: str) -> str:
    """An address under which this machine reaches itself when it listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - not bound to


def listens_on(app: Flask, port: int) -> None:
    """Let links lead to the port we serve on, unless BASE_URL was set to something else."""
    settings: Settings = app.extensions["community_settings"]
    if settings.base_url == f"http://localhost:{os.environ.get('PORT', '8000')}":
        changed = settings.model_copy(update={"base_url": f"http://localhost:{port}"})
        app.extensions["community_settings"] = changed
    os.environ["PORT"] = str(port)
