"""Many threads that do something at the same moment, each as its own browser or worker would."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from flask import Flask

from community.core.db import db

T = TypeVar("T")


def at_once(app: Flask, calls: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """What each call answered or raised, in the order given; every thread has its own session.

    Give the calls ids and not rows: a row belongs to the session of the test.
    """
    waiting = list(calls)
    start = Barrier(len(waiting))
    db.session.rollback()  # the test's own read transaction would show it the past afterwards

    def run(call: Callable[[], T]) -> T | Exception:
        with app.app_context():
            start.wait(30)
            try:
                return call()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(waiting)) as threads:
        answers = list(threads.map(run, waiting))
    db.session.expire_all()
    return answers
