"""A limit holds over windows, threads, processes and refusals, and keeps no address.

The same tests for counting in the database and in Redis.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.config import ROOT
from community.core import limits, redis_limits
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, transactional
from community.core.errors import TooMany
from community.core.limits import Limit
from tests.factories.at_once import at_once
from tests.factories.limits import counted_in

MINUTE = timedelta(minutes=1)
# One process of several: it waits for the moment given, and says how many turns it was given.
PROGRAM = """
import sys, time
from datetime import timedelta
from community.app import create_app
from community.core import limits
from community.core.errors import TooMany
passed = 0
with create_app().app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(20):
        try:
            limits.take("test", "ada", most=17, within=timedelta(minutes=1))
            passed += 1
        except TooMany:
            pass
print(passed)
"""


@pytest.fixture(params=["database", "redis"], autouse=True)
def counter(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where this test counts."""
    if request.param == "database":
        yield "database"
        return
    url = request.getfixturevalue("redis_url")
    redis_limits.connection(url).flushdb()
    with counted_in(app, url):
        yield "redis"


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


def test_only_a_hash_of_the_key_is_kept(app: Flask, counter: str) -> None:
    _take("ada@example.org")
    kept = [f"{key} " for key in db.session.scalars(sa.select(Limit.key))]
    if counter == "redis":
        assert kept == []  # nothing is counted twice
        kept = list(map(str, redis_limits.connection(settings().redis_url).keys("*")))
    [key] = kept
    assert "ada" not in key
    assert "example" not in key


def test_no_more_than_allowed_pass_at_the_same_moment(app: Flask) -> None:
    answers = at_once(app, [lambda: _take(most=7)] * 40)
    assert answers.count(None) == 7
    assert sum(isinstance(answer, TooMany) for answer in answers) == 33


def _careless_in_redis() -> None:
    """The control: read, then write."""
    server = redis_limits.connection(settings().redis_url)
    used = int(server.get("careless") or 0)  # type: ignore[arg-type]  # the answer is no promise
    time.sleep(0.01)
    if used >= 7:
        raise TooMany(1)
    server.set("careless", used + 1)


def _careless_in_the_database() -> None:
    used = db.session.scalar(sa.select(Limit.used).where(Limit.key == "careless")) or 0
    time.sleep(0.01)
    if used >= 7:
        raise TooMany(1)
    _write_down(used + 1)


@transactional
def _write_down(used: int) -> None:
    db.session.merge(Limit(key="careless", used=used, resets_at=now() + MINUTE))


def test_counting_in_two_steps_lets_too_many_pass(app: Flask, counter: str) -> None:
    """The control: the test before notices a counter that reads and writes apart."""
    ways = {"redis": _careless_in_redis, "database": _careless_in_the_database}
    careless: Callable[[], None] = ways[counter]
    assert at_once(app, [careless] * 40).count(None) > 7


@pytest.mark.slow
def test_no_more_than_allowed_pass_over_several_processes(app: Flask) -> None:
    here = settings()
    given = {
        "COMMUNITY_INSTANCE_PATH": str(here.instance_path),
        "COMMUNITY_DATABASE_URL": here.database_url,
        "COMMUNITY_SECRET_KEY": here.secret_key,
        "COMMUNITY_REDIS_URL": here.redis_url,
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", PROGRAM]
    started = [subprocess.Popen(command, cwd=ROOT, env=given, **pipes) for _ in range(3)]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    passed = [int(process.communicate(timeout=60)[0]) for process in started]
    assert sum(passed) == 17


def test_windows_that_are_over_are_forgotten(app: Flask, counter: str) -> None:
    if counter == "redis":
        _take("old")
        server = redis_limits.connection(settings().redis_url)
        [key] = server.keys()
        assert 60_000 < server.pttl(key) <= 120_000  # a minute late: clocks differ
        return
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
