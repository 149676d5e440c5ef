"""Lists among many events of the other kind: what is not on a list is not gone through for it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, transactional
from community.discovery.events import Wanted, list_events
from community.discovery.page_facts import coming_facts
from community.events.models import Event
from community.membership.viewer import VISITOR
from tests.discovery.counting import Asked, statements
from tests.factories.events import an_event

OTHERS = 2_000
_ROWS = Event.metadata.tables["events"]


@pytest.fixture
def one(app: Flask) -> Event:
    """One of many events, of which nineteen in twenty are over, in the order of their hours."""
    event = an_event()
    _more(event, range(1, OTHERS))
    if db.engine.dialect.name == "postgresql":  # which gathers figures by itself, but not yet
        db.session.execute(sa.text("ANALYZE events"))
        db.session.commit()
    return event


@transactional
def _more(like: Event, hours: range) -> None:
    given = {column.name: getattr(like, column.name) for column in _ROWS.columns}
    rows = []
    for number in hours:
        moved = timedelta(hours=number if number % 20 == 0 else -number - 800)
        times = {
            name: given[name] + moved
            for name in ("starts_local", "ends_local", "starts_at", "ends_at")
        }
        own = {"slug": f"one-{number}", "uid": f"uid-{number}", **times}
        rows.append({name: value for name, value in {**given, **own}.items() if name != "id"})
    insert_many(_ROWS, rows)


def looked_at(asked: Asked) -> int:
    """How many events the database reads to answer the statement about events."""
    statement, parameters = next(one for one in asked if "FROM events" in one[0])
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return _steps(connection, statement, parameters)
        # By a walk in order of time, as it is done where more come than are worth sorting.
        for way in ("sort", "seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        (plans,) = connection.exec_driver_sql(explained, parameters).one()
        return sum(_rows(node) for node in _nodes(plans[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _rows(node: dict[str, Any]) -> int:
    if node.get("Relation Name") != "events" or node["Node Type"] == "Index Only Scan":
        return 0
    return int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])


def _steps(connection: sa.Connection, statement: str, parameters: Any) -> int:
    """In SQLite, tens of the steps of its own machine: a row that is passed over takes ten."""
    driver: Any = connection.connection.driver_connection
    counted = []
    driver.set_progress_handler(lambda: counted.append(1), 10)
    try:
        connection.exec_driver_sql(statement, parameters).all()
    finally:
        driver.set_progress_handler(None, 0)
    return len(counted)


@pytest.mark.parametrize("when", ["coming", "past"])
def test_a_list_reads_little_more_than_it_shows(one: Event, when: str) -> None:
    with statements() as asked:
        shown = list_events(VISITOR, Wanted(when)).rows
    assert len(shown) == 24
    assert looked_at(asked) < OTHERS * 0.2


def test_the_page_that_is_kept_reads_little_more_than_it_shows(one: Event) -> None:
    with statements() as asked:
        db.session.execute(coming_facts(), {"moment": now(), "most": 24}).all()
    assert looked_at(asked) < OTHERS * 0.4


def test_without_a_place_to_begin_what_is_over_is_gone_through(one: Event) -> None:
    naive = sa.select(Event).where(Event.ends_at > now()).order_by(Event.starts_at, Event.id)
    with statements() as asked:
        db.session.scalars(naive.limit(25)).all()
    assert looked_at(asked) > OTHERS * 0.4
