"""How long a page of an event's list takes as the event grows, beside a SELECT of fifty rows."""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from statistics import median
from typing import Any

import sqlalchemy as sa

from benchmarks.community import grow_to, make_topics
from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, transactional
from community.core.pages import cursor
from community.core.tokens import new_key
from community.core.walltime import to_local
from community.events.drafts import EventDraft, create_event
from community.events.models import Event
from community.events.publishing import publish_event
from community.membership.joining import grant_role
from community.membership.models import Person, Role
from community.organizing.bulk import meant_by
from community.organizing.roster import PAGE, list_attendees
from community.organizing.segments import Segment
from community.rsvp.answers import Given
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import counts_by_status
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question

SIZES = (1_000, 10_000, 100_000)
_TIMES, _WARM, _BATCH = 15, 3, 5_000
_TABLES = Rsvp.metadata.tables
_rsvps = _TABLES["rsvps"]
_STATES = {
    "going": 38,
    "declined": 25,
    "invited": 20,
    "waitlisted": 10,
    "withdrawn": 6,
    "refused": 1,
}


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """Lines of the table: milliseconds at the median and the 95th percentile, queries, and the
    ratio to the floor: fifty rows of one state, found and sorted by an index."""
    topics = make_topics()
    for size in sizes:
        grow_to(size, topics)
        event_id, question_id = _event_of(size)
        event = db.session.get_one(Event, event_id)
        yield f"{size:,} RSVPs"
        floor = partial(_floor, event_id, size)
        yield _line("SELECT of fifty rows (floor)", floor, floor, rounds)
        for name, call in _calls(event, question_id, size).items():
            yield _line(name, call, floor, rounds)


def _calls(event: Event, question_id: int, size: int) -> dict[str, Callable[[], object]]:
    lists: dict[str, tuple[dict[str, list[str]], str, str]] = {
        "first page": ({}, "answered", ""),
        "backwards": ({}, "-answered", ""),
        "in the middle": ({}, "answered", _middle("answered", event.id, size)),
        "by name": ({}, "name", ""),
        "by name, in the middle": ({}, "name", cursor("name", "hi", 0)),
        "by status": ({}, "status", ""),
        "by status, in the middle": ({}, "status", cursor("status", 4, size // 2, 0)),
        "one state": ({"status": ["declined"]}, "answered", ""),
        "a rare state, by name": ({"status": ["refused"]}, "name", ""),
        "not two states": ({"not_status": ["declined", "withdrawn"]}, "answered", ""),
        "topic of every second": ({"topic": ["topic-0"]}, "answered", ""),
        "not that topic": ({"not_topic": ["topic-0"]}, "name", ""),
        "going, not in yet": ({"status": ["going"], "checked_in": ["no"]}, "answered", ""),
        "first time here": ({"first": ["yes"]}, "answered", ""),
        "an answer": ({f"answer-{question_id}": ["o2"]}, "answered", ""),
        "no answer": ({"unanswered": [str(question_id)]}, "answered", ""),
        "silent since": ({"silent_since": [f"{now() - timedelta(days=9):%Y-%m-%d}"]}, "name", ""),
        "a word of a few": ({"q": ["kov"]}, "answered", ""),
        "a word of nobody": ({"q": ["xylophone"]}, "answered", ""),
    }
    calls: dict[str, Callable[[], object]] = {
        name: partial(list_attendees, event, Segment.from_args(args), sort=sort, after=after)
        for name, (args, sort, after) in lists.items()
    }
    calls["counts of states"] = partial(counts_by_status, event.id)
    calls["five hundred for an act"] = partial(meant_by, event, Segment(statuses=("refused",)))
    if size > 10_000:
        del calls["five hundred for an act"]  # more are refused
    return calls


def _middle(sort: str, event_id: int, size: int) -> str:
    row = db.session.execute(
        sa.select(_rsvps.c.listed_at, _rsvps.c.id)
        .where(_rsvps.c.event_id == event_id)
        .order_by(_rsvps.c.listed_at, _rsvps.c.id)
        .offset(size // 2)
        .limit(1)
    ).one()
    return cursor(sort, row.listed_at.isoformat(), row.id)


def _floor(event_id: int, size: int) -> object:
    page = (
        sa.select(_rsvps)
        .where(
            _rsvps.c.event_id == event_id,
            _rsvps.c.status == RsvpStatus.GOING,
            _rsvps.c.ticket > size // 2,
        )
        .order_by(_rsvps.c.ticket)
        .limit(PAGE)
    )
    return db.session.execute(page).all()


def _event_of(size: int) -> tuple[int, int]:
    """An event that everybody was asked to, and the question that it asks."""
    host = grant_role("host@example.org", Role.ORGANIZER)
    starts_at = to_local(now() + timedelta(days=20), "UTC").replace(microsecond=0)
    draft = EventDraft(
        title=f"Dinner of {size}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        timezone="UTC",
    )
    event = create_event(host.id, draft)
    publish_event(host.id, event.id)
    asked = QuestionDraft(QuestionKind.ONE_OF, "Menu?", options=["Fish", "Beef", "Tofu"])
    question = add_question(host.id, event.id, asked)
    ids = db.session.scalars(sa.select(Person.id).order_by(Person.id).limit(size)).all()
    draw, tickets = random.Random(size), enumerate(ids, 1)
    while batch := list(islice(tickets, _BATCH)):
        _answer(draw, event.id, question.id, batch)
    db.session.rollback()
    if db.session.get_bind().dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return event.id, question.id


@transactional
def _answer(
    draw: random.Random, event_id: int, question_id: int, people: Sequence[tuple[int, int]]
) -> None:
    """Straight into the tables: how fast answers are is measured elsewhere."""
    moment = now()
    rows: list[dict[str, Any]] = []
    for ticket, person_id in people:
        (status,) = draw.choices(list(_STATES), list(_STATES.values()))
        at = moment - timedelta(seconds=draw.randrange(20 * 86_400))
        invited = status == "invited"
        rows.append(
            {
                "event_id": event_id,
                "person_id": person_id,
                "status": status,
                "ticket": ticket,
                "created_at": at,
                "answered_at": None if invited else at,
                "invited_at": at if invited else None,
            }
        )
    made = insert_many(_rsvps, rows, returning=("id", "status", "ticket"))
    insert_many(_TABLES["attendees"], [_head(draw, row, question_id) for row in made])
    insert_many(_TABLES["decisions"], [_decision(row) for row in made])


def _head(draw: random.Random, row: sa.Row[Any], question_id: int) -> dict[str, Any]:
    number = draw.randrange(1, 4)
    chosen = ((f"o{number}", ("Fish", "Beef", "Tofu")[number - 1]),)
    given = Given("Menu?", "one_of", "", chosen).as_json
    is_in = row.status == RsvpStatus.GOING and draw.random() < 0.5
    return {
        "rsvp_id": row.id,
        "name": f"Somebody {row.id}",
        "answers": {str(question_id): given} if draw.random() < 0.7 else {},
        "checked_in_at": now() if is_in else None,
        "uid": str(uuid.UUID(int=draw.getrandbits(128))),
        "reply_key": new_key(),
    }


def _decision(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "rsvp_id": row.id,
        "at": now(),
        "via": "web",
        "became": row.status,
        "reason": "seat_free",
        "ticket": row.ticket,
        "party": 1,
    }


def _line(name: str, call: Callable[[], object], floor: Callable[[], object], rounds: int) -> str:
    took = [_times(floor, call) for _ in range(rounds)]
    middle, late = (median(_at(times[1], share) for times in took) for share in (0.5, 0.95))
    ratio = median(_at(times[1], 0.5) / _at(times[0], 0.5) for times in took)
    return f"  {name:28} {middle:8.2f} {late:8.2f} ms {_queries(call):3} queries {ratio:7.1f}"


def _times(*calls: Callable[[], object]) -> list[list[float]]:
    """Milliseconds of each call, many times and sorted; every one as a request of its own."""
    took: list[list[float]] = [[] for _ in calls]
    # SQLite works in this process, whose own time other work disturbs less.
    is_here = db.session.get_bind().dialect.name == "sqlite"
    clock = time.process_time if is_here else time.perf_counter
    for turn in range(_TIMES + _WARM):
        for call, times in zip(calls, took, strict=True):
            db.session.rollback()
            db.session.connection()  # as any request has one by then: it asked who is looking
            began = clock()
            call()
            if turn >= _WARM:
                times.append((clock() - began) * 1000)
    return [sorted(times) for times in took]


def _queries(call: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def _at(run: list[float], share: float) -> float:
    return run[min(int(len(run) * share), len(run) - 1)]
