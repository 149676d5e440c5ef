"""The program as an operator runs it: a real process on a real port, with its family tree."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


def flask(
    *words: str, instance: Path, output: IO[str] | None = None, **settings: str
) -> subprocess.Popen[str]:
    """Start ``flask …`` with an instance folder of its own.

    What it prints goes to ``output``, else communicate() reads it.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=environment(instance, **settings),
        text=True,
        stdout=output or subprocess.PIPE,
        stderr=output or subprocess.PIPE,
    )


def environment(instance: Path, **settings: str) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if not k.startswith("COMMUNITY_") and k != "PORT"}
    given = {f"COMMUNITY_{name.upper()}": value for name, value in settings.items()}
    return {**known, "COMMUNITY_INSTANCE_PATH": str(instance), **given}


def finished(process: subprocess.Popen[str], seconds: float = 60) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """A running ``flask serve``."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def said(self) -> str:
        """Everything printed so far, to either stream."""
        return self.log.read_text()

    def get(self, path: str = "/healthz") -> int:
        """The status of a page."""
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def answers(self) -> bool:
        try:
            return self.get() == 200
        except OSError:
            return False

    @property
    def web(self) -> int:
        """The process that keeps the web processes; it was started first."""
        return children(self.process.pid)[0]

    @property
    def worker(self) -> int:
        return children(self.process.pid)[1]


@contextmanager
def serving(instance: Path, *words: str, **settings: str) -> Iterator[Served]:
    """``flask serve --prepare`` on a free port, up when the block begins, gone when it ends."""
    port, log = free_port(), instance / "printed.txt"
    with log.open("w") as output:
        words = ("serve", "--prepare", "--port", str(port), *words)
        process = flask(*words, instance=instance, output=output, **settings)
    served = Served(process, port, log)
    family: list[int] = []
    try:
        assert soon(lambda: "Ctrl-C" in served.said() or process.poll(), 60)
        assert process.poll() is None, served.said()
        family = descendants(process.pid)
        yield served
    finally:
        process.kill()
        process.wait(timeout=30)
        for pid in family:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)


def soon(true: Callable[[], object], seconds: float = 15) -> bool:
    """Whether it becomes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return bool(true())


def children(pid: int) -> list[int]:
    """The living children of a process, oldest first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        facts = _stat(int(folder.name))
        if facts and facts[1] == pid:
            found.append((facts[2], int(folder.name)))
    return [child for _, child in sorted(found)]


def descendants(pid: int) -> list[int]:
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def is_running(pid: int) -> bool:
    """Whether it lives; a zombie does not."""
    return _stat(pid) is not None


def _stat(pid: int) -> tuple[str, int, int] | None:
    """State, parent and start time from /proc/PID/stat (proc(5)); None for the dead."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else (fields[0], int(fields[1]), int(fields[19]))
