"""Changes reach their subscribers once, in order, and only those of their kind."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from community.core import changes


@dataclass(frozen=True)
class Opened:
    number: int


@dataclass(frozen=True)
class Closed:
    number: int


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as session:
        yield session
    changes._subscribers.pop(Opened, None)
    changes._subscribers.pop(Closed, None)


def test_changes_are_told_in_the_order_of_recording(session: Session) -> None:
    told: list[object] = []
    changes.subscribe(Opened, told.append)
    changes.subscribe(Closed, told.append)
    for change in (Opened(1), Closed(1), Opened(2)):
        changes.queue(session, change)
    assert told == []
    changes.publish(session)
    assert told == [Opened(1), Closed(1), Opened(2)]


def test_subscribers_are_called_in_the_order_of_subscribing(session: Session) -> None:
    told: list[str] = []
    changes.subscribe(Opened, lambda _change: told.append("first"))
    changes.subscribe(Opened, lambda _change: told.append("second"))
    changes.queue(session, Opened(1))
    changes.publish(session)
    assert told == ["first", "second"]


def test_subscribing_twice_is_once(session: Session) -> None:
    told: list[object] = []
    hear = told.append
    changes.subscribe(Opened, hear)
    changes.subscribe(Opened, hear)
    changes.queue(session, Opened(1))
    changes.publish(session)
    assert told == [Opened(1)]


def test_what_was_told_is_not_told_again(session: Session) -> None:
    told: list[object] = []
    changes.subscribe(Opened, told.append)
    changes.queue(session, Opened(1))
    changes.publish(session)
    changes.publish(session)
    assert told == [Opened(1)]


def test_a_subscriber_may_record_another_change(session: Session) -> None:
    told: list[object] = []
    changes.subscribe(Opened, lambda change: changes.queue(session, Closed(change.number)))
    changes.subscribe(Closed, told.append)
    changes.queue(session, Opened(7))
    changes.publish(session)
    assert told == [Closed(7)]


def test_what_was_forgotten_did_not_happen(session: Session) -> None:
    told: list[object] = []
    changes.subscribe(Opened, told.append)
    changes.queue(session, Opened(1))
    changes.forget(session)
    changes.publish(session)
    assert told == []


def test_a_change_that_nobody_subscribed_to_is_nobodys(session: Session) -> None:
    changes.queue(session, Opened(1))
    changes.publish(session)
