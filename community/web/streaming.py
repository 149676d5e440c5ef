"""Answers that are read from the database while they are being sent."""

from collections.abc import Callable, Generator, Iterator
from contextvars import Context

from flask import Flask, current_app


class Streamed:
    """The pieces that ``make`` yields, made in an application context of their own.

    A server may ask for the pieces in another thread than the view's, and may close them in a
    third one. So every step runs in one context that belongs to the stream alone; Flask's
    ``stream_with_context`` leaves its context where the last step happened to run.
    """

    def __init__(self, make: Callable[[], Iterator[bytes]]) -> None:
        # The application itself: the proxy means nothing in another context.
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # werkzeug's
        self._context = Context()
        self._pieces = _inside(app, make)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._context.run(next, self._pieces)

    def close(self) -> None:
        """Give the database connection back, also when the reader has gone away."""
        self._context.run(self._pieces.close)


def _inside(app: Flask, make: Callable[[], Iterator[bytes]]) -> Generator[bytes, None, None]:
    with app.app_context():
        yield from make()
