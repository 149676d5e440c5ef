"""RSVPs a second through HTTP, beside a bare page, a bare INSERT + COMMIT, and a bare form."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from flask import current_app

from benchmarks.crowd import Guest, an_event, guests
from community.core.current import settings
from community.core.db import db

CLIENTS = 32
REQUESTS = 960


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: a page, the floor, and RSVPs of which half get a seat."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    pages, floors, forms, sixes, rates = [], [], [], [], []
    with served() as port:
        page = [_request("GET", "/bare/page", port)] * REQUESTS
        insert = [_request("POST", "/bare/insert", port)] * REQUESTS
        for number in range(rounds + 1):
            event = an_event(capacity=REQUESTS // 2)
            crowd = guests(app, REQUESTS)
            another = an_event(capacity=None).id
            writes = [press(one, f"/six/{another}", port) for one in crowd]
            saves = [press(one, "/form", port) for one in crowd]
            answer = "&action=going&guests=0"
            presses = [press(one, f"/events/{event.slug}/rsvp", port, answer) for one in crowd]
            db.session.remove()
            measured = [
                rate(port, requests, status)
                for requests, status in (
                    (page, 200),
                    (insert, 200),
                    (saves, 303),
                    (writes, 303),
                    (presses, 303),
                )
            ]
            if number:  # the first round fills the caches of every process
                kept = (pages, floors, forms, sixes, rates)
                for figures, found in zip(kept, measured, strict=True):
                    figures.append(found)
    for what, figures in (
        ("HTTP: bare page", pages),
        ("HTTP: INSERT + COMMIT (floor)", floors),
        ("HTTP: form that saves one row", forms),
        ("HTTP: form with an RSVP's six writes", sixes),
        ("HTTP: RSVP", rates),
    ):
        yield f"{what:40} {max(figures):10,.0f} /s {_spread(figures, floors):>16}"
    yield f"{'HTTP: RSVP, beside its six writes':40} {'':10}    {_spread(rates, sixes):>16}"
    yield f"{'HTTP: RSVP, beside the form':40} {'':10}    {_spread(rates, forms):>16}"


def _spread(figures: Sequence[float], floors: Sequence[float]) -> str:
    ratios = sorted(figure / floor for figure, floor in zip(figures, floors, strict=True))
    return f"{ratios[0]:.2f} to {ratios[-1]:.2f}"


def press(one: Guest, path: str, port: int, said: str = "") -> bytes:
    """A press of a button, as the bytes of a request."""
    body = f"csrf_token={one.csrf}{said}"
    return _request("POST", path, port, cookie=one.cookie, body=body)


def _request(method: str, path: str, port: int, *, cookie: str = "", body: str = "") -> bytes:
    host = f"127.0.0.1:{port}"
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    if method == "POST":
        lines += [
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def rate(port: int, requests: Sequence[bytes], expected: int) -> float:
    """Requests per second, of which each must be answered by that status."""
    began = time.perf_counter()
    asyncio.run(_all(port, requests, expected))
    return len(requests) / (time.perf_counter() - began)


async def _all(port: int, requests: Sequence[bytes], expected: int) -> None:
    """All of them over connections that are kept open."""
    waiting = iter(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            status = int(head.split(b" ", 2)[1])
            length = head.partition(b"content-length:")[2].partition(b"\r")[0]
            await reader.readexactly(int(length or 0))
            if status != expected:
                raise RuntimeError(f"{status} instead of {expected}")
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


@contextmanager
def served() -> Iterator[int]:
    """The web processes on this database; their port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    own = settings()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMUNITY_")} | {
        "COMMUNITY_INSTANCE_PATH": str(own.instance_path),
        "COMMUNITY_DATABASE_URL": own.database_url,
        "COMMUNITY_SECRET_KEY": own.secret_key,
        "COMMUNITY_BASE_URL": f"http://127.0.0.1:{port}",
        "COMMUNITY_RATE_LIMITS": "off",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.served", str(port)], env=environment
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
