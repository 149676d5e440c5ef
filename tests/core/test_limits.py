"""A limit holds over windows, threads and refusals, and keeps no address."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core import limits
from community.core.clock import now
from community.core.db import db
from community.core.errors import TooMany
from community.core.limits import Limit
from tests.factories.at_once import at_once

MINUTE = timedelta(minutes=1)


def _take(key: str = "ada", *, kind: str = "test", most: int = 3) -> None:
    limits.take(kind, key, most=most, within=MINUTE)


def test_the_fourth_of_three_is_refused_with_the_time_left(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(3):
            _take()
        clock.shift(20)
        with pytest.raises(TooMany) as refusal:
            _take()
        assert refusal.value.retry_after == 40
        assert refusal.value.code == "too_many"


def test_a_new_window_begins_when_the_old_one_is_over(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(3):
            _take()
        clock.shift(59)
        with pytest.raises(TooMany):
            _take()
        clock.shift(1)
        for _ in range(3):
            _take()
        with pytest.raises(TooMany):
            _take()


def test_refused_turns_do_not_prolong_the_window(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(3):
            _take()
        for _ in range(5):
            clock.shift(10)
            with pytest.raises(TooMany):
                _take()
        clock.shift(10)
        _take()


def test_keys_and_kinds_are_counted_apart(app: Flask) -> None:
    for _ in range(3):
        _take()
    _take("bob")
    _take(kind="other")
    with pytest.raises(TooMany):
        _take()


def test_a_key_cannot_pretend_to_be_of_another_kind(app: Flask) -> None:
    _take("b", kind="a", most=1)
    _take("", kind="ab", most=1)
    _take("ab", kind="", most=1)


def test_only_a_hash_of_the_key_is_kept(app: Flask) -> None:
    _take("ada@example.org")
    [key] = db.session.scalars(sa.select(Limit.key))
    assert "ada" not in key
    assert len(key) == 64


def test_no_more_than_allowed_pass_at_the_same_moment(app: Flask) -> None:
    answers = at_once(app, [lambda: _take(most=7)] * 40)
    assert answers.count(None) == 7
    assert sum(isinstance(answer, TooMany) for answer in answers) == 33


def test_windows_that_are_over_are_forgotten(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        _take("old")
        clock.shift(30)
        _take("new")
        clock.shift(30)
        assert limits.forget_old() == 1
        for _ in range(2):
            _take("new")
        with pytest.raises(TooMany):
            _take("new")
