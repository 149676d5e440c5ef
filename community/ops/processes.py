"""Child processes that are watched, stopped in order, and never left behind."""

import ctypes
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY = 60.0  # seconds that a child must live for its next death to count as the first


def die_with_parent(parent: int) -> None:
    """Have the kernel send SIGTERM to this process when ``parent``, which forked it, is gone.

    Only Linux can do so. Elsewhere whoever kills the parent with SIGKILL ends its children too.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel knew of our wish
        os._exit(1)


class Child:
    """A function that runs in a process of its own, the leader of its own process group.

    It is a fork of a program that is loaded already: children start at once and share memory.
    The parent must be single-threaded and hold no database connection.
    """

    def __init__(self, name: str, main: Callable[[], int]) -> None:
        self.name = name
        self.pid = 0
        self._main = main
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = 0.0

    def start(self) -> None:
        """Fork. The child never returns from here."""
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        # A signal between the fork and the child's own handlers would be lost on it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                self._become(parent)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(self.pid, self.pid)  # whichever of the two processes comes first
        self._started_at = time.monotonic()

    def _become(self, parent: int) -> None:
        code = 1
        try:
            with suppress(PermissionError):
                os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which stops us in order
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            die_with_parent(parent)
            code = self._main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def is_alive(self) -> bool:
        """Whether it runs; when it does not, what was left of its process group is killed."""
        if not self.pid:
            return False
        with suppress(ChildProcessError):
            if os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                return True
        self._kill_group()
        self.pid = 0
        return False

    def keep_alive(self) -> None:
        """Start it again when it died: at once the first time, then after growing pauses."""
        had_run = bool(self.pid)
        if self.is_alive():
            return
        moment = time.monotonic()
        if had_run:
            if moment - self._started_at >= _STEADY:
                self._pause = 0.0
            self._start_at = moment + self._pause
            log.warning("%s died; starting it again in %.1f s", self.name, self._pause)
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        if moment >= self._start_at:
            self.start()

    def stop(self, *, until: float) -> None:
        """Ask it to end, and kill it when it lives at ``until`` (of the monotonic clock)."""
        if not self.is_alive():
            return
        os.kill(self.pid, signal.SIGTERM)
        while time.monotonic() < until:
            if not self.is_alive():
                return
            time.sleep(0.02)
        log.warning("%s did not stop in time and was killed", self.name)
        self.kill()

    def kill(self) -> None:
        """End it and everything it started, now."""
        if not self.pid:
            return
        self._kill_group()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self.pid = 0

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
