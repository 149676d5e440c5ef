"""What goes round in a worker: one kind of work, again and again, whatever goes wrong."""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial

import structlog
from flask import Flask
from sqlalchemy import exc

from community.core.db import DatabaseBusy

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
# What a database that is away, full or busy makes of a query.
_OUTAGES = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, DatabaseBusy, OSError)


class Trouble:
    """Says that the database is away once, and not once for every thread that meets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told_at = -_FIRST_PAUSE

    def tell(self, error: Exception, pause: float) -> None:
        """Log one line for an outage, a traceback for a fault of ours."""
        if not isinstance(error, _OUTAGES):
            log.error("the worker met a fault and goes on in %.0f s", pause, exc_info=error)
            return
        with self._lock:
            moment = time.monotonic()
            if moment - self._told_at < _FIRST_PAUSE:
                return
            self._told_at = moment
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        log.warning("the database cannot be used, trying again in %.0f s: %s", pause, reason)


class Loop:
    """Does one kind of work again and again, in an application context of its own each time."""

    def __init__(
        self,
        app: Flask,
        stop: threading.Event,
        trouble: Trouble,
        work: Callable[[], bool],
        *,
        every: float,
    ) -> None:
        self._app = app
        self._stop = stop
        self._trouble = trouble
        self._work = work
        self._every = every
        self._pause = _FIRST_PAUSE
        self._name = _name_of(work)

    def go(self) -> None:
        """Until stopped. Nothing ends it: the next try may find the database back."""
        while not self._stop.is_set():
            self._stop.wait(self._one_pass())

    def _one_pass(self) -> float:
        """Seconds to wait after it."""
        # Every line of this pass says which it is.
        structlog.contextvars.bind_contextvars(work=self._name, work_id=secrets.token_hex(4))
        try:
            with self._app.app_context():
                more = self._work()
        except Exception as error:
            self._trouble.tell(error, self._pause)
            pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
            return pause
        self._pause = _FIRST_PAUSE
        return 0.0 if more else self._every


def _name_of(work: Callable[[], bool]) -> str:
    """``partial(_make_files, …)`` is ``make_files``, a sender's method ``send``."""
    function = work.func if isinstance(work, partial) else work
    return str(getattr(function, "__name__", "work")).strip("_")
