"""Memory of web processes and worker: idle, and after many pages of all kinds."""

import time
from collections.abc import Iterator
from pathlib import Path

from flask import current_app

from benchmarks.crowd import an_event, answer_all, guests
from benchmarks.load import ask, below, first, get, held
from benchmarks.serving import serving
from community.core.db import db
from community.rsvp.models import RsvpStatus

REQUESTS = 100_000
_STEPS = 5
_SIGNED_IN = 20  # one in so many


def measure(requests: int = REQUESTS) -> Iterator[str]:
    """MB of each process, in the end and at some points on the way."""
    events = [an_event(summary="Among peers.", capacity=40) for _ in range(200)]
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    crowd = guests(app, 50)
    answer_all(events[0].id, [one.person_id for one in crowd[:20]], RsvpStatus.GOING)
    paths = ["/", "/events", "/topics", "/calendar.ics", *(f"/events/{e.slug}" for e in events)]
    db.session.remove()
    with serving(("-m", "flask", "serve", "--port", "{port}")) as (port, process):
        first(port, get("/", port))
        time.sleep(3)
        yield _line("idle", process)
        asked = [get(paths[n % len(paths)], port) for n in range(requests // _STEPS)]
        for n in range(0, len(asked), _SIGNED_IN):
            cookie = "__Host-" + crowd[n % len(crowd)].cookie
            asked[n] = get(paths[-1 - n % 200], port, cookie=cookie)
        for step in range(_STEPS):
            ask(port, asked, 200)
            yield _line(f"after {(step + 1) * len(asked):,} requests", process)


def _line(what: str, process: int) -> str:
    parts = [f"{_role(one)} {held(one):.0f}" for one in below(process)]
    return f"memory: {what:26} {', '.join(parts)} MB"


def _role(process: int) -> str:
    """How many threads tell who it is: the web processes answer with many."""
    threads = len(list(Path(f"/proc/{process}/task").iterdir()))
    return f"{threads} threads:"
