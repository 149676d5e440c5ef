"""A mail server with moods: it answers by recipient, and may hang up after it has the mail."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from community.mail.transport import Smtp
from tests.mail.conftest import free_port


@dataclass
class Moody:
    """What it was given, in order. ``answers`` are to RCPT, ``hang_ups`` come instead of a 250.

    ``at_the_dot`` is what it says to the whole message, ``when_asked`` is called before RCPT.
    """

    answers: dict[str, str] = field(default_factory=dict)
    at_the_dot: str = "250 taken"
    when_asked: Callable[[], None] | None = None
    hang_ups: int = 0
    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    when_taken: Callable[[], None] | None = None
    ways_in: list[Smtp] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, mail: Envelope, address: str, _options: Any
    ) -> str:
        if self.when_asked is not None:
            self.when_asked()
        answer = self.answers.get(address)
        if answer is None:
            mail.rcpt_tos.append(address)
        return answer or "250 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, _session: Session, mail: Envelope
    ) -> str:
        assert isinstance(mail.content, bytes)
        self.taken += [(address, mail.content) for address in mail.rcpt_tos]
        if self.when_taken is not None:
            self.when_taken()
        if self.hang_ups > 0:
            self.hang_ups -= 1
            assert server.transport is not None
            server.transport.close()
        return self.at_the_dot

    def way_in(self) -> Smtp:
        """A connection of one worker's own; it is closed with the server."""
        self.ways_in.append(Smtp("127.0.0.1", self.port, timeout=5.0))
        return self.ways_in[-1]

    @property
    def recipients(self) -> list[str]:
        return [address for address, _ in self.taken]

    @property
    def hashes(self) -> list[str]:
        return [hashlib.sha256(data).hexdigest() for _, data in self.taken]


@contextmanager
def moody(**moods: Any) -> Iterator[Moody]:
    """A server that runs for the length of the block."""
    server = Moody(**moods, port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        for way_in in server.ways_in:
            way_in.close()
        controller.stop()
