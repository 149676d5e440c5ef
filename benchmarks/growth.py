"""What pages cost as a community grows: so many events, and so many answers to the one shown.

In the program's own process and its processor time, so that nothing else on the machine counts. A
fresh page is one that is made anew, as after a change; a kept one is found still right.
"""

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import timedelta
from typing import Any

from flask import Flask, current_app

from benchmarks.crowd import an_event, answer_all, guests, people
from community.core.bulk import insert_many
from community.core.db import db, transactional
from community.events.models import Event
from community.rsvp.models import RsvpStatus

SIZES = (100, 10_000)
MILLION = 1_000_000
_BATCH = 5_000
_ROWS = Event.metadata.tables["events"]


def measure(rounds: int, most: int = SIZES[-1]) -> Iterator[str]:
    """Lines of the table: milliseconds of processor time at the median."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    event = an_event(summary="Among peers.", capacity=100_000)
    cookie = guests(app, 1)[0].cookie
    slug = event.slug
    there, answers = 1, 0
    for size in (*(one for one in SIZES if one < most), most):
        _more_events(event, there, size)
        there = size
        known = people(size - answers)
        tenth = len(known) // 10  # of a million as many as an event may have seats
        answer_all(event.id, known[:tenth], RsvpStatus.GOING)
        answer_all(event.id, known[tenth : 2 * tenth], RsvpStatus.WAITLISTED)
        answer_all(event.id, known[2 * tenth :], RsvpStatus.DECLINED)
        answers = size
        _analyze()
        db.session.remove()
        yield f"growth: {size:,} events, members and answers to one of them"
        for what, ask in _asked(app, slug, cookie).items():
            yield f"growth: {what:32} {_median(ask, 20 * rounds):8.2f} ms"
        event = db.session.get_one(Event, event.id)


def _asked(app: Flask, slug: str, cookie: str) -> dict[str, Callable[[], Any]]:
    client = app.test_client(use_cookies=False)

    def get(path: str, **headers: str) -> Callable[[], Any]:
        def ask() -> None:
            answer = Context().run(client.get, path, headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status}")

        return ask

    nobody = {"Cookie": "session=nobody"}  # whoever has a session gets no kept page
    return {
        "event page, kept": get(f"/events/{slug}"),
        "event page, fresh": get(f"/events/{slug}", **nobody),
        "event page, signed in": get(f"/events/{slug}", Cookie=cookie),
        "list, kept": get("/events"),
        "list, fresh": get("/events", **nobody),
        "list of the past, fresh": get("/events?when=past"),
        "list, signed in": get("/events", Cookie=cookie),
    }


def _median(ask: Callable[[], Any], times: int) -> float:
    ask()
    ask()
    taken = []
    for _ in range(times):
        begun = time.process_time() if db.engine.dialect.name == "sqlite" else time.perf_counter()
        ask()
        ended = time.process_time() if db.engine.dialect.name == "sqlite" else time.perf_counter()
        taken.append((ended - begun) * 1000)
    return statistics.median(taken)


def _more_events(like: Event, there: int, size: int) -> None:
    """Events on every hour before and after, nine of ten of them over."""
    given = {column.name: getattr(like, column.name) for column in _ROWS.columns}
    for start in range(there, size, _BATCH):
        _batch(given, range(start, min(start + _BATCH, size)))


@transactional
def _batch(given: dict[str, Any], numbers: range) -> None:
    times = ("starts_local", "ends_local", "starts_at", "ends_at")
    rows = []
    for number in numbers:
        hours = timedelta(hours=number if number % 10 == 0 else -number - 800)
        moved = {name: given[name] + hours for name in times}
        own = {"slug": f"{given['slug']}-{number}", "uid": str(uuid.uuid4()), **moved}
        rows.append({k: v for k, v in {**given, **own}.items() if k != "id"})
    insert_many(_ROWS, rows)


def _analyze() -> None:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
