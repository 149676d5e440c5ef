"""The feed of 1,000 events through HTTP: cold, after one edit, warm and 304, each beside a static
file of the same size that the same server sends.
"""

import http.client
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import sqlalchemy as sa

from benchmarks.crowd import an_event
from benchmarks.rsvp_http import served
from benchmarks.served import FILE
from community.core.bulk import insert_many
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, transactional
from community.events.models import Event

EVENTS, ASKED = 1000, 200
FEED, FLOOR = "/calendar.ics", "/bare/file"
# What people write: some hundred words, and not all of them English.
_STORY = "Ein Abend mit Gästen, Vorträgen, Wein und Käse. " * 8
_ROWS = Event.metadata.tables["events"]


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: milliseconds at the median and at 95 %, ratio to the static file."""
    _events()
    cold: list[float] = []
    edited: list[float] = []
    warm: dict[str, list[float]] = {}
    for _ in range(rounds):
        with served() as port:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            _fetch(connection, "/events")  # a process that has answered other pages
            cold.append(_timed(lambda: _fetch(connection, FEED)))  # noqa: B023 - called at once
            for _edit in range(5):
                _edit_one()
                edited.append(_timed(lambda: _fetch(connection, FEED)))  # noqa: B023 - the same
            content = _fetch(connection, FEED)[1]
            (settings().instance_path / FILE).write_bytes(content)
            for what, times in _warm(connection).items():
                warm.setdefault(what, []).extend(times)
    floor = warm["static file"]
    print(f"feed: {EVENTS:,} events, {len(content) / 1000:.0f} kB")
    for what, times in {"first of a process": cold, "after one edit": edited, **warm}.items():
        yield _line(what, times, floor)


def _warm(connection: http.client.HTTPConnection) -> dict[str, list[float]]:
    """Asked in turn, so that other work disturbs all of them alike."""
    known = {"If-None-Match": _fetch(connection, FEED)[0]}
    dated = {"If-Modified-Since": _fetch(connection, FEED)[2]}
    file_known = {"If-None-Match": _fetch(connection, FLOOR)[0]}
    asked: dict[str, Callable[[], object]] = {
        "static file": lambda: _fetch(connection, FLOOR),
        "warm": lambda: _fetch(connection, FEED),
        "warm, gzip": lambda: _fetch(connection, FEED, {"Accept-Encoding": "gzip"}),
        "304 by ETag": lambda: _fetch(connection, FEED, known, status=304),
        "304 by date": lambda: _fetch(connection, FEED, dated, status=304),
        "static file: 304": lambda: _fetch(connection, FLOOR, file_known, status=304),
    }
    times: dict[str, list[float]] = {what: [] for what in asked}
    for number in range(ASKED + 20):
        for what, ask in asked.items():
            taken = _timed(ask)
            if number >= 20:  # by then every process has everything
                times[what].append(taken)
    return times


def _fetch(
    connection: http.client.HTTPConnection,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> tuple[str, bytes, str]:
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    content = response.read()
    if response.status != status:
        raise RuntimeError(f"{path}: {response.status} instead of {status}")
    return response.getheader("ETag", ""), content, response.getheader("Last-Modified", "")


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _line(what: str, times: list[float], floor: list[float]) -> str:
    median, high = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
    ratio = median / statistics.median(floor)
    return f"{f'feed: {what}':40} {median:8.1f} ms {high:8.1f} ms {ratio:8.2f}"


def _events() -> None:
    """One event by the use-case, and as many like it as are missing, straight into the table."""
    first = an_event(description=_STORY, venue="Glass House", venue_city="Cambridge")
    _copies(first)


@transactional
def _copies(first: Event) -> None:
    given = {column.name: getattr(first, column.name) for column in _ROWS.columns}
    del given["id"]
    rows = [
        {
            **given,
            "slug": f"{first.slug}-{number}",
            "uid": str(uuid.uuid4()),
            "title": f"Dinner number {number}",
            "timezone": "Europe/London",
            **{
                name: given[name] + timedelta(hours=number)
                for name in ("starts_local", "ends_local", "starts_at", "ends_at")
            },
        }
        for number in range(1, EVENTS)
    ]
    insert_many(_ROWS, rows)


@transactional
def _edit_one() -> None:
    newest = sa.select(sa.func.max(Event.id)).scalar_subquery()
    event = db.session.scalars(sa.select(Event).where(Event.id == newest)).one()
    event.title = f"Dinner, {uuid.uuid4().hex[:6]}"
    event.version += 1
    event.changed_at = now()
