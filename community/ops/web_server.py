"""The process that answers requests: granian, set up so that a crowd waits and is not refused."""

import ctypes
import importlib
import os
import resource
from contextlib import suppress
from typing import Any

from community.config import Settings
from community.core import logs
from community.ops.processes import die_with_parent
from community.ops.turns import WAITING, Turns

# Connections that the kernel holds until they are accepted, for all processes together. Every
# process accepts its share of as many, and they wait there for one of its threads.
BACKLOG = 2048
# Bytes of address and headers together; more are answered 431.
LONGEST_HEAD = 32 * 1024
_ARENA_MAX = -8  # glibc's malloc.h
# Less than the ten seconds after which whoever stops us would kill us.
STOP_SECONDS = 8


def run(settings: Settings, host: str, port: int) -> int:
    """Answer requests until SIGTERM; a dead process among ours is replaced."""
    _allow_files(BACKLOG * 2)
    from granian import Granian  # noqa: PLC0415 - only this process needs it
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - the same
    from granian.http import HTTP1Settings  # noqa: PLC0415 - the same
    from granian.log import LogLevels  # noqa: PLC0415 - the same

    server = Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        # Started when there is something to do. Of those at work there are as many as database
        # connections; the others wait for forms that are on their way.
        blocking_threads=settings.web_threads + WAITING,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=LONGEST_HEAD),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {"_granian": {}}},
    )
    server.serve(target_loader=load_program, wrap_loader=False)
    return 0


def load_program() -> Any:
    """The WSGI program, in the process that will serve it."""
    die_with_parent(os.getppid())
    _share_memory()
    app = importlib.import_module("wsgi").app
    settings: Settings = app.extensions["community_settings"]
    logs.start(settings)
    return Turns(app, settings.web_threads)


def _share_memory() -> None:
    """Have all threads take memory from two places; the C library gives each one of its own.

    That costs 20 MB a process and gains nothing where one thread runs at a time.
    """
    with suppress(AttributeError, OSError):  # a C library that has no such setting
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def _allow_files(wanted: int) -> None:
    """A connection is an open file, and the usual soft limit of 1024 is less than a crowd."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
