"""What one RSVP costs, beside bare INSERT and COMMIT, and whether it grows with those there are."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median

import sqlalchemy as sa

from benchmarks.crowd import an_event, answer_all, people
from community.core.db import db
from community.rsvp.models import RsvpStatus
from community.rsvp.respond import say_no, say_yes

PEOPLE = 300
SIZES = (100, 10_000, 100_000)
_TIMES = 40
_floor = sa.Table(
    "benchmark_floor",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(200)),
)


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """Lines of the table: the floor, RSVPs of which half get a seat, and one among many."""
    _floor.create(db.engine, checkfirst=True)
    floors, rates = [], []
    for _ in range(rounds):
        event_id = an_event(capacity=PEOPLE // 2).id
        floors.append(_rate([_insert] * PEOPLE))
        rates.append(_rate([partial(say_yes, person, event_id) for person in people(PEOPLE)]))
    ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
    yield f"{'INSERT + COMMIT (floor)':40} {max(floors):10,.0f} /s {'1.00':>16}"
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    yield f"{'RSVP, with its mail and audit row':40} {max(rates):10,.0f} /s {spread:>16}"
    for what, among in _AMONG_MANY.items():
        times = {size: [among(size) for _ in range(rounds)] for size in sizes}
        for size, runs in times.items():
            ratios = sorted(run / first for run, first in zip(runs, times[sizes[0]], strict=True))
            spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            yield f"{f'{what}, {size:,} RSVPs':40} {min(runs):10.2f} ms {spread:>16}"


def _a_seat(size: int) -> float:
    """Milliseconds of an RSVP that gets a seat where so many have one."""
    event_id = an_event().id
    answer_all(event_id, people(size), RsvpStatus.GOING)
    return _milliseconds([partial(say_yes, one, event_id) for one in people(_TIMES)])


def _a_place(size: int) -> float:
    """The same of one that is the last of so many who wait."""
    event_id = an_event(capacity=1).id
    answer_all(event_id, people(1), RsvpStatus.GOING)
    answer_all(event_id, people(size), RsvpStatus.WAITLISTED)
    return _milliseconds([partial(say_yes, one, event_id) for one in people(_TIMES)])


def _a_promotion(size: int) -> float:
    """The same of a withdrawal that gives a seat to the first of so many who wait."""
    event_id = an_event(capacity=_TIMES).id
    going = people(_TIMES)
    answer_all(event_id, going, RsvpStatus.GOING)
    answer_all(event_id, people(size), RsvpStatus.WAITLISTED)
    return _milliseconds([partial(say_no, one, event_id) for one in going])


def _a_seat_for_the_last(size: int) -> float:
    """The same when all but the last ones are parties too large for the seat."""
    event_id = an_event(capacity=_TIMES, guests_allowed=3).id
    going = people(_TIMES)
    answer_all(event_id, going, RsvpStatus.GOING)
    answer_all(event_id, people(size), RsvpStatus.WAITLISTED, party=4)
    answer_all(event_id, people(_TIMES), RsvpStatus.WAITLISTED)
    return _milliseconds([partial(say_no, one, event_id) for one in going])


_AMONG_MANY: dict[str, Callable[[int], float]] = {
    "a seat": _a_seat,
    "a place in line": _a_place,
    "promotion": _a_promotion,
    "promotion past large parties": _a_seat_for_the_last,
}


def _rate(calls: Sequence[Callable[[], object]]) -> float:
    """Calls per second, one after the other."""
    began = time.perf_counter()
    for call in calls:
        call()
    return len(calls) / (time.perf_counter() - began)


def _milliseconds(calls: Sequence[Callable[[], object]]) -> float:
    """The median of the calls, each in a session of its own as requests have them."""
    took = []
    for call in calls:
        db.session.remove()
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return median(took) * 1000


def _insert() -> None:
    db.session.remove()
    with db.engine.connect() as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        connection.execute(_floor.insert().values(text="x" * 200))
        connection.commit()
