"""Saving together or not at all: the one commit, and what both databases are set to."""

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core import changes
from community.core.clock import now
from community.core.db import (
    BUSY_SECONDS,
    DatabaseBusy,
    db,
    durable_soon,
    in_use_case,
    record,
    rows_changed,
    transactional,
)
from community.core.db import _sqlite_turn as sqlite_turn
from community.core.errors import Refused
from community.membership.models import Person, Topic
from tests.factories.at_once import at_once
from tests.factories.people import a_person


@dataclass(frozen=True)
class TopicAdded:
    """A change of these tests."""

    topic_id: int


@transactional
def add(name: str) -> int:
    topic = Topic(name=name, slug=name)
    db.session.add(topic)
    db.session.flush()
    record(TopicAdded(topic.id))
    return topic.id


def _names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Topic.name).order_by(Topic.name)))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[TopicAdded]:
    """The changes that a subscriber was told of."""
    told: list[TopicAdded] = []
    monkeypatch.setitem(changes._subscribers, TopicAdded, [told.append])
    return told


def test_a_use_case_saves_what_it_did(app: Flask, heard: list[TopicAdded]) -> None:
    topic_id = add("one")
    assert _names() == ["one"]
    assert heard == [TopicAdded(topic_id)]


def test_use_cases_that_are_called_by_another_join_it(app: Flask, heard: list[TopicAdded]) -> None:
    @transactional
    def add_two() -> None:
        add("one")
        assert heard == [], "told before the outermost use-case was done"
        assert in_use_case()
        add("two")

    add_two()
    assert not in_use_case()
    assert _names() == ["one", "two"]
    assert len(heard) == 2


def test_a_refusal_undoes_what_joined_use_cases_did(app: Flask, heard: list[TopicAdded]) -> None:
    @transactional
    def add_and_refuse() -> None:
        add("one")
        raise Refused("no")

    with pytest.raises(Refused):
        add_and_refuse()
    assert _names() == []
    assert heard == []
    add("two")
    assert len(heard) == 1, "a change of the refused use-case was kept for the next one"


def test_a_subscriber_that_fails_undoes_everything(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_change: TopicAdded) -> None:
        a_person()  # rows of other subscribers go, too
        raise ValueError("subscriber")

    monkeypatch.setitem(changes._subscribers, TopicAdded, [fail])
    with pytest.raises(ValueError, match="subscriber"):
        add("one")
    assert _names() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    assert not in_use_case()


def test_what_subscribers_record_reaches_its_subscribers_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch, heard: list[TopicAdded]
) -> None:
    @dataclass(frozen=True)
    class Wished:
        name: str

    monkeypatch.setitem(changes._subscribers, Wished, [lambda wish: add(wish.name)])
    transactional(lambda: record(Wished("three")))()
    assert _names() == ["three"]
    assert len(heard) == 1


def test_a_change_outside_a_use_case_is_refused(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="outside a use-case"):
        record(TopicAdded(1))


def test_what_was_written_outside_a_use_case_is_dropped(app: Flask) -> None:
    db.session.add(Topic(name="stray", slug="stray"))
    add("one")
    assert _names() == ["one"]


def test_a_use_case_sees_what_others_saved_since_the_last_one(app: Flask) -> None:
    topic_id = add("one")
    topic = db.session.get_one(Topic, topic_id)

    @transactional
    def rename() -> None:
        db.session.get_one(Topic, topic_id).name = "renamed"

    add("two")  # ends the transaction in which the topic was read
    at_once(app, [rename])
    seen = transactional(lambda: db.session.get_one(Topic, topic_id).name)()
    assert seen == "renamed"
    assert topic.name == "renamed"


def test_a_use_case_sees_what_others_saved_though_it_kept_rows(app: Flask) -> None:
    """As above, with the row kept over two use-cases in a row, without a read between them."""
    kept = transactional(lambda: db.session.get_one(Topic, add("one")))()

    def rename() -> None:
        transactional(lambda: rows_changed(sa.update(Topic).values(name="renamed")))()

    with app.app_context():
        rename()
    assert transactional(lambda: db.session.get_one(Topic, kept.id).name)() == "renamed"


def test_a_use_case_that_lost_a_race_starts_over(app: Flask, heard: list[TopicAdded]) -> None:
    turns = []

    @transactional
    def find_or_add() -> int:
        turns.append(1)
        found = db.session.scalar(sa.select(Topic.id).where(Topic.name == "same"))
        time.sleep(0.1)
        return found or add("same")

    answers = at_once(app, [find_or_add] * 4)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)
    assert len(heard) == 1
    lost = 0 if db.engine.dialect.name == "sqlite" else 1
    assert len(turns) >= 4 + lost


def test_a_breach_of_a_constraint_that_no_race_made_is_raised(app: Flask) -> None:
    add("one")
    with pytest.raises(sa.exc.IntegrityError):
        add("one")
    assert not in_use_case()


@transactional
def _count_up(topic_id: int) -> None:
    topic = db.session.scalars(sa.select(Topic).where(Topic.id == topic_id).with_for_update()).one()
    topic.description = str(int(topic.description or "0") + 1)


def test_writers_wait_for_each_other_and_lose_nothing(app: Flask) -> None:
    topic_id = add("one")
    assert at_once(app, [lambda: _count_up(topic_id)] * 30) == [None] * 30
    assert db.session.get_one(Topic, topic_id).description == "30"


def test_whoever_cannot_write_for_long_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    monkeypatch.setattr("community.core.db.BUSY_SECONDS", 0.05)
    with sqlite_turn, pytest.raises(DatabaseBusy):
        add("one")
    add("two")
    assert _names() == ["two"]


def test_another_process_cannot_write_between_reading_and_writing(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # there the event's row is locked; see tests/events/test_editing.py

    @transactional
    def read_then_write() -> None:
        assert db.session.scalars(sa.select(Topic)).all() == []
        other = sqlite3.connect(str(db.engine.url.database), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        add("one")

    read_then_write()
    assert _names() == ["one"]


def test_sqlite_is_durable_and_checks_what_it_is_told(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    asked = ("journal_mode", "synchronous", "foreign_keys")
    answers = [db.session.scalar(sa.text(f"PRAGMA {name}")) for name in asked]
    assert answers == ["wal", 2, 1]


def test_a_reader_does_not_stop_a_writer(app: Flask) -> None:
    assert _names() == []  # the test's session reads from now on
    assert isinstance(at_once(app, [lambda: add("one")])[0], int)


def test_both_databases_fold_the_case_of_every_letter(app: Flask) -> None:
    lowered = db.session.scalar(sa.select(sa.func.lower("ÉCOLE ÅÄÖ")))
    assert lowered == "école åäö"
    assert db.session.scalar(sa.select(sa.func.lower(sa.null()))) is None


def test_rows_changed_counts_rows(app: Flask) -> None:
    for name in ("one", "two"):
        add(name)
    everyone = sa.update(Topic).values(description=now().isoformat())
    assert transactional(lambda: rows_changed(everyone))() == 2
    assert transactional(lambda: rows_changed(everyone.where(Topic.name == "none")))() == 0


def test_nobody_waits_for_ever_for_a_lock(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(sa.text("PRAGMA busy_timeout")) == BUSY_SECONDS * 1000
    else:
        assert db.session.scalar(sa.text("SHOW lock_timeout")) == f"{BUSY_SECONDS}s"


@transactional
def _what_is_waited_for() -> str:
    if db.engine.dialect.name == "sqlite":
        return str(db.session.scalar(sa.text("PRAGMA synchronous")))
    return str(db.session.scalar(sa.text("SHOW synchronous_commit")))


def test_only_a_use_case_that_may_does_not_wait_for_the_disk(app: Flask) -> None:
    full, soon = ("2", "1") if db.engine.dialect.name == "sqlite" else ("on", "off")
    assert _what_is_waited_for() == full
    with durable_soon():
        assert _what_is_waited_for() == soon
    assert _what_is_waited_for() == full


def test_a_server_that_is_gone_by_then_is_an_outage_like_any_other(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # it is told by a statement of SQLAlchemy's
    db.session.rollback()

    def hang_up(connection: Any, _record: object, _proxy: object) -> None:
        connection.close()

    sa.event.listen(db.engine, "checkout", hang_up, once=True)
    with durable_soon(), pytest.raises(sa.exc.OperationalError, match="synchronous_commit"):
        _what_is_waited_for()
    with durable_soon():
        assert _what_is_waited_for() == "off"
    assert _what_is_waited_for() == "on"


def test_a_server_that_went_away_after_the_last_read_takes_nothing_back(app: Flask) -> None:
    """What was made of it is whole; the end of a request must not be an error."""
    if db.engine.dialect.name == "sqlite":
        return  # it is a file
    db.session.remove()
    with app.app_context():
        assert _names() == []
        connection: Any = db.session.connection().connection.driver_connection
        connection.close()
    with app.app_context():
        assert _names() == []
