"""How fast RSVPs are taken, beside bare INSERT and COMMIT on the same connection settings."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, transactional
from community.core.walltime import to_local
from community.events.drafts import EventDraft, create_event
from community.events.publishing import publish_event
from community.membership.joining import grant_role, person_at
from community.membership.models import Role
from community.rsvp.respond import say_yes

PEOPLE = 300
_floor = sa.Table(
    "benchmark_floor",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(200)),
)


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, and RSVPs that get a seat or a place in line."""
    _floor.create(db.engine, checkfirst=True)
    floors, rates = [], []
    for _ in range(rounds):
        event_id, people = _event_and_people()
        floors.append(_rate([_insert] * PEOPLE))
        rates.append(_rate([partial(say_yes, person, event_id) for person in people]))
    ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
    yield f"{'INSERT + COMMIT (floor)':34} {max(floors):12.0f} {'1.00':>22}"
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    yield f"{'RSVP, with its mail and audit row':34} {max(rates):12.0f} {spread:>22}"


def _rate(calls: Sequence[Callable[[], object]]) -> float:
    """Calls per second, one after the other."""
    began = time.perf_counter()
    for call in calls:
        call()
    return len(calls) / (time.perf_counter() - began)


def _insert() -> None:
    db.session.remove()
    with db.engine.connect() as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        connection.execute(_floor.insert().values(text="x" * 200))
        connection.commit()


def _event_and_people() -> tuple[int, list[int]]:
    run = uuid.uuid4().hex[:8]
    organizer = grant_role(f"organizer-{run}@example.org", Role.ORGANIZER)
    starts_at = to_local(now() + timedelta(days=30), "UTC").replace(microsecond=0)
    draft = EventDraft(
        title=f"Benchmark {run}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        timezone="UTC",
        capacity=PEOPLE // 2,
    )
    event = create_event(organizer.id, draft)
    publish_event(organizer.id, event.id)
    return event.id, _people(run)


@transactional
def _people(run: str) -> list[int]:
    return [person_at(f"p{n}-{run}@example.org", name=f"P {n}").id for n in range(PEOPLE)]
