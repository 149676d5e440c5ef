"""Requests over connections that are kept open, by a client that costs next to nothing itself.

It knows how long each answer is and looks at its first line alone: a client that read HTTP would
take as long as the server does, and hide what is measured.
"""

import os
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 16
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Answered:
    """What a run of requests took: seconds in all, and milliseconds of each."""

    seconds: float
    times: list[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def at(self, share: float) -> float:
        """Milliseconds within which so many are answered."""
        return sorted(self.times)[int(len(self.times) * share)]


@dataclass
class _Line:
    socket: socket.socket
    sent_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    whole: int = 0


def get(path: str, port: int, **headers: str) -> bytes:
    """A request as bytes; ``if_none_match`` is the header of that name."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, port: int, body: str, cookie: str) -> bytes:
    """A press of a button, as the bytes of a request."""
    host = f"127.0.0.1:{port}"
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}"]
    lines += [f"Cookie: {cookie}", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/x-www-form-urlencoded"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def ask(
    port: int, requests: Sequence[bytes], status: int, *, at_once: int = CONNECTIONS
) -> Answered:
    """All of them, so many at a time; each must be answered by that status."""
    waiting, times = iter(requests), []
    selector = selectors.DefaultSelector()
    begun = time.perf_counter()
    for _ in range(at_once):
        line = _Line(socket.create_connection(("127.0.0.1", port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line.socket, selectors.EVENT_READ, line)
        _send(line, waiting, selector)
    while selector.get_map():
        for key, _ in selector.select(30) or _silence():
            line = key.data
            line.got += line.socket.recv(1 << 17)
            if _is_whole(line, status):
                times.append((time.perf_counter() - line.sent_at) * 1000)
                _send(line, waiting, selector)
    return Answered(time.perf_counter() - begun, times)


def first(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of one answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        line = _Line(connection)
        while not line.whole or len(line.got) < line.whole:
            line.got += connection.recv(1 << 17)
            _measure(line)
    head, _, body = bytes(line.got).partition(b"\r\n\r\n")
    return head, body


def tag_of(head: bytes) -> str:
    """The ETag of an answer."""
    lines = head.decode().lower().split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.startswith("etag"))


def _silence() -> list[tuple[selectors.SelectorKey, int]]:
    raise RuntimeError("no answer for half a minute")


def _send(line: _Line, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is None:
        selector.unregister(line.socket)
        line.socket.close()
        return
    line.got, line.whole = bytearray(), 0
    line.sent_at = time.perf_counter()
    line.socket.sendall(request)


def _is_whole(line: _Line, status: int) -> bool:
    if not line.whole:
        _measure(line)
        if line.got and not line.got.startswith(b"HTTP/1.1 %d" % status):
            raise RuntimeError(f"{bytes(line.got[:12])!r} instead of {status}")
    return bool(line.whole) and len(line.got) >= line.whole


def _measure(line: _Line) -> None:
    end = line.got.find(b"\r\n\r\n")
    if end < 0:
        return
    at = line.got.lower().find(b"content-length:", 0, end)
    length = int(line.got[at + 15 : line.got.find(b"\r", at)]) if at >= 0 else 0
    line.whole = end + 4 + length


def below(process: int) -> list[int]:
    """A process and all that descend from it."""
    found, frontier = [process], [process]
    while frontier:
        for task in Path(f"/proc/{frontier.pop()}/task").iterdir():
            children = [int(child) for child in (task / "children").read_text().split()]
            found += children
            frontier += children
    return found


def worked(processes: Iterable[int]) -> float:
    """Seconds of processor time that they have used so far."""
    used = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / _TICKS


def held(process: int) -> float:
    """MB of memory that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
