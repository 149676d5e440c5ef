"""A worker is killed with -9 between fetching a mail and moving it: the mail has one effect."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.inbound import polling
from community.inbound.mailbox import account_from_url
from community.mail.models import Bounce
from tests.factories.bounces import BOUNCES, bounces_come_back
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot
from tests.gateway.test_polling import bounced, returned
from tests.ops.program import finished, flask

# Before anything was handed in, in `make proof`; and after it had its effect.
COMMANDS = ("UID FETCH", "UID MOVE") if os.environ.get("PROOF") else ("UID MOVE",)


@contextmanager
def between(port: int, fatal: bytes, kill: Callable[[], None]) -> Iterator[int]:
    """The port of a wire to ``port`` that kills when it is to carry ``fatal``, and drops it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def carry() -> None:
            with server.accept()[0] as near, socket.create_connection(("127.0.0.1", port)) as far:
                back = threading.Thread(target=pump, args=(far, near), daemon=True)
                back.start()
                pump(near, far)
                back.join(10)

        def pump(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    if fatal in data:
                        kill()
                        break
                    target.sendall(data)
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=carry, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_handed_in_again_and_has_one_effect(
    app: Flask, imap_server: Dovecot, command: str
) -> None:
    user = f"killed-{os.urandom(8).hex()}"
    with bounces_come_back(app):
        imap_server.put(user, returned())
    known = app.extensions["community_settings"]
    started: list[int] = []
    with between(
        imap_server.port, command.encode(), lambda: os.kill(started[0], signal.SIGKILL)
    ) as port:
        url = url_of(imap_server, user)
        worker = flask(
            "worker",
            "--once",
            instance=known.instance_path,
            database_url=known.database_url,
            secret_key=known.secret_key,
            bounce_address=BOUNCES,
            imap_url=url.replace(f":{imap_server.port}", f":{port}"),
        )
        started.append(worker.pid)
        assert finished(worker)[0] == -signal.SIGKILL
    assert bounced() == (1 if command == "UID MOVE" else 0)
    assert len(imap_server.mails(user)) == 1, "nothing was moved"
    with bounces_come_back(app), time_machine.travel(now() + timedelta(seconds=91)):
        polling.poll_due(account_from_url(url), lease="another")
    assert imap_server.mails(user) == []
    assert len(imap_server.mails(user, "Handled")) == 1
    db.session.rollback()
    assert bounced() == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Bounce)) == 1
