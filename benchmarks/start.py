"""From nothing to the first answer: ``flask serve`` with its worker, beside Python with Flask."""

import socket
import statistics
import time
from collections.abc import Iterator

from benchmarks.load import first, get
from benchmarks.serving import started, wait_for

_BARE = (
    "from flask import Flask; app = Flask('bare'); "
    "app.add_url_rule('/healthz', 'ok', lambda: 'ok'); app.run('127.0.0.1', {port})"
)
_COMMANDS = {
    "Flask and its own server (floor)": ("-W", "ignore", "-c", _BARE),
    "flask serve": ("-m", "flask", "serve", "--port", "{port}"),
}


def measure(rounds: int) -> Iterator[str]:
    """Seconds of each, in turn."""
    times: dict[str, list[float]] = {what: [] for what in _COMMANDS}
    for _ in range(rounds + 1):
        for what, command in _COMMANDS.items():
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            begun = time.perf_counter()
            with started(port, command, quiet=True):
                wait_for(port)
                first(port, get("/healthz", port))
                times[what].append(time.perf_counter() - begun)
    floor = times["Flask and its own server (floor)"]
    for what, taken in times.items():
        ratio = statistics.median(taken) / statistics.median(floor)
        yield f"start: {what:36} {statistics.median(taken):6.2f} s {ratio:6.2f}"
