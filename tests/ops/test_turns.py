"""Turns: what has not arrived keeps nobody waiting, and no turn is lost."""

import io
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from community.ops.turns import LONGEST_ADDRESS, SMALL, Turns


class Slow:
    """A body that arrives when it is told to."""

    def __init__(self, whole: bytes) -> None:
        self._whole = io.BytesIO(whole)
        self.may_come, self.is_awaited = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.is_awaited.set()
        assert self.may_come.wait(10)
        return self._whole.read(size)


class Echo:
    """A program that answers with what it was sent, and notes how many are at work."""

    def __init__(self) -> None:
        self.at_work, self.most, self.closed = 0, 0, 0

    def __call__(self, environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        time.sleep(0.002)  # others come meanwhile
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        begin("200 OK", [])
        return Answer(self, body)


class Answer:
    def __init__(self, program: Echo, body: bytes) -> None:
        self.program, self.body = program, body

    def __iter__(self) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        self.program.closed += 1
        self.program.at_work -= 1


def ask(
    turns: Turns, body: Any = None, length: int | None = 0, path: str = "/", **more: str
) -> tuple[str, bytes]:
    """Status line and body of one request's answer."""
    said: list[str] = []
    answer = turns(environ(body, length, path, **more), lambda line, *_: said.append(line))
    try:
        return said[0], b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def environ(body: Any, length: int | None, path: str = "/", **more: str) -> dict[str, Any]:
    return {
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": "" if length is None else str(length),
        "wsgi.input": body or io.BytesIO(),
        **more,
    }


def in_background(turns: Turns, body: Slow, length: int) -> tuple[threading.Thread, list[Any]]:
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(ask(turns, body, length)))
    thread.start()
    assert body.is_awaited.wait(10)
    return thread, got


def test_a_small_form_is_waited_for_outside_and_read_whole() -> None:
    program = Echo()
    turns, slow = Turns(program, 1), Slow(b"name=Ada")
    thread, got = in_background(turns, slow, 8)
    assert program.most == 0
    assert ask(turns)[0] == "200 OK"  # the one turn there is was free
    slow.may_come.set()
    thread.join()
    assert got == [("200 OK", b"name=Ada")]


def test_whoever_comes_when_all_places_are_taken_is_sent_away_and_pages_are_not() -> None:
    turns, slow = Turns(Echo(), 1, waiting=1), Slow(b"name=Ada")
    thread, got = in_background(turns, slow, 8)
    status, words = ask(turns, io.BytesIO(b"a=1"), 3)
    assert status.startswith("503")
    assert b"Too busy" in words
    assert ask(turns)[0] == "200 OK"
    slow.may_come.set()
    thread.join()
    assert got[0][0] == "200 OK"
    assert ask(turns, io.BytesIO(b"a=1"), 3) == ("200 OK", b"a=1")


def test_large_ones_are_read_at_work_but_leave_half_of_the_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("community.ops.turns._LONGEST_WAIT", 0.01)
    turns, slow = Turns(Echo(), 2), Slow(b"x" * (SMALL + 1))
    thread, got = in_background(turns, slow, SMALL + 1)
    assert ask(turns, io.BytesIO(b"x" * (SMALL + 1)), SMALL + 1)[0].startswith("503")
    assert ask(turns, io.BytesIO(b"a=1"), 3) == ("200 OK", b"a=1")
    slow.may_come.set()
    thread.join()
    assert got == [("200 OK", b"x" * (SMALL + 1))]
    assert ask(turns, io.BytesIO(b"x" * (SMALL + 1)), SMALL + 1)[0] == "200 OK"


def test_a_body_of_unknown_length_is_taken_when_it_is_small() -> None:
    turns, chunked = Turns(Echo(), 1), {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert ask(turns, io.BytesIO(b"a=1"), None, **chunked) == ("200 OK", b"a=1")
    assert ask(turns, io.BytesIO(b"x" * 70_000), None, **chunked)[0].startswith("413")
    assert ask(turns, io.BytesIO(b"a=1"), 9999999, **chunked) == ("200 OK", b"a=1")


def test_what_broke_off_and_addresses_without_end_are_refused() -> None:
    program = Echo()
    turns = Turns(program, 1)
    assert ask(turns, io.BytesIO(b"na"), 8)[0].startswith("400")
    assert ask(turns, path="/" * (LONGEST_ADDRESS + 1))[0].startswith("414")
    assert program.most == 0
    assert ask(turns, path="/" * LONGEST_ADDRESS)[0] == "200 OK"


def test_no_more_are_at_work_than_may_be_until_their_answers_are_closed() -> None:
    program = Echo()
    turns = Turns(program, 3)
    threads = [threading.Thread(target=ask, args=(turns,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= program.most <= 3
    assert (program.at_work, program.closed) == (0, 50)


@pytest.mark.parametrize("how", ["a fault", "never read"])
def test_no_turn_is_lost(how: str) -> None:
    def faulty(_environ: object, _begin: object) -> Iterable[bytes]:
        raise ZeroDivisionError

    turns = Turns(faulty if how == "a fault" else Echo(), 1)
    done: list[int] = []
    kept: list[Exception] = []

    def three_times() -> None:
        for number in range(3):
            try:
                turns(environ(None, 0), lambda *_: None)  # neither read nor closed
            except ZeroDivisionError as error:
                kept.append(error)  # as a log does for a while, with all that it came through
            done.append(number)

    threading.Thread(target=three_times, daemon=True).start()
    until = time.monotonic() + 10
    while len(done) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert done == [0, 1, 2]
