"""Who may use one of the few threads that work: only a request that has arrived.

The server hands a request to the program as soon as its head is there. Sixteen visitors who send a
form one byte a second would then keep everybody else waiting. So a form is waited for outside, by
threads that do nothing else, and takes its turn when it is complete.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Forms that may be on their way at a time, for each process; the next is sent away. No more than
# these are ever held, so that they cost 64 MB at most.
WAITING = 1000
SMALL = 64 * 1024  # bytes; what is larger may hold a picture, and is read while it works
LONGEST_ADDRESS = 8000  # bytes, which RFC 9110 4.1 asks every server to take
_LONGEST_WAIT = 20.0  # seconds until a large one is sent away while others are being read
_READ_OUT = 32 * 2**20  # bytes, which is more than a proxy in front lets through
_REFUSALS = {
    400: ("400 Bad Request", "The request broke off."),
    413: ("413 Content Too Large", "That was too much at once."),
    414: ("414 URI Too Long", "This address is too long."),
    503: ("503 Service Unavailable", "Too busy for a moment. Please try again in a few seconds."),
}


class Turns:
    """The program, with ``most`` requests at work; half of them may still be arriving."""

    def __init__(self, program: "WSGIApplication", most: int, *, waiting: int = WAITING) -> None:
        self._program = program
        self._turns = Semaphore(most)
        self._arriving = Semaphore(waiting)
        self._large = Semaphore(max(1, most // 2))

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request, once it is here."""
        try:
            if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > LONGEST_ADDRESS:
                raise _Refused(414)
            length = _length_of(environ)
            if length is not None and length > SMALL:
                with _room(self._arriving), _room(self._large, wait=_LONGEST_WAIT):
                    answer = self._work(environ, start_response)
                    _read_out(environ)
                    return answer
            if length != 0:
                with _room(self._arriving):
                    _take_in(environ, length)
            return self._work(environ, start_response)
        except _Refused as refused:
            return refused.answer(start_response)

    def _work(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        turn = _Turn(self._turns)
        try:
            turn.answer = self._program(environ, start_response)
        except BaseException:
            turn.close()
            raise
        return turn


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self._line, self._words = _REFUSALS[status]

    def answer(self, start_response: "StartResponse") -> Iterable[bytes]:
        text = f"{self._words}\n".encode()
        head = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        head += [("Retry-After", "5")] if self._line.startswith("503") else []
        start_response(self._line, [*head, ("Content-Length", str(len(text)))])
        return [text]


@contextmanager
def _room(places: Semaphore, *, wait: float = 0.0) -> Iterator[None]:
    if not places.acquire(timeout=wait):
        raise _Refused(503)
    try:
        yield
    finally:
        places.release()


class _Turn:
    """One turn, from now on until its answer was sent or forgotten."""

    def __init__(self, turns: Semaphore) -> None:
        self.answer: Iterable[bytes] = ()
        self._turns: Semaphore | None = None
        turns.acquire()
        self._turns = turns

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        """Let the next one in; once is enough."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.release()
            if hasattr(self.answer, "close"):
                self.answer.close()

    __del__ = close  # also when the server gave up before the first byte


def _length_of(environ: "WSGIEnvironment") -> int | None:
    """Bytes of the body; None when nobody has said."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else None


def _read_out(environ: "WSGIEnvironment") -> None:
    """Read what the program did not want of a body, and forget it.

    A connection that is closed before all of that was read is reset, and whoever sent it, or the
    proxy in between, may never see the answer that says what was wrong (RFC 9112 9.6).
    """
    left = _READ_OUT
    while left > 0 and (piece := environ["wsgi.input"].read(SMALL)):
        left -= len(piece)


def _take_in(environ: "WSGIEnvironment", length: int | None) -> None:
    """Read the body to its end, and have the program find it as if it had come at once."""
    whole = environ["wsgi.input"].read(SMALL + 1 if length is None else length)
    if length is None and len(whole) > SMALL:
        raise _Refused(413)  # no browser sends a file without saying its size
    if length is not None and len(whole) < length:
        raise _Refused(400)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(whole))
    environ["wsgi.input"] = io.BytesIO(whole)
