"""A mail server that notes each mail at the moment of its last dot, before it says a word."""

import hashlib
import socketserver
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from threading import Lock, Thread


@dataclass(frozen=True)
class Taken:
    """One mail that it answers for from now on. ``by`` is the name that the client greeted with."""

    recipient: str
    data: bytes
    by: str
    at: float

    @property
    def message(self) -> Message:
        return message_from_bytes(self.data, policy=policy.SMTP)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"]).strip("<>")


@dataclass
class PostOffice:
    """``when_said`` is asked before it answers a client's command: by whom, which, of whose mail.

    Commands are EHLO, MAIL, RCPT, DATA and DOT; what it returns is said instead of the usual.
    """

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    when_said: Callable[[str, str, str], str | None] | None = None
    lock: Lock = field(default_factory=Lock)

    def copies(self) -> dict[str, list[Taken]]:
        """By Message-ID, each time that it came."""
        with self.lock:
            taken = list(self.taken)
        found: dict[str, list[Taken]] = defaultdict(list)
        for one in taken:
            found[one.message_id].append(one)
        return found

    def fingerprints(self) -> dict[str, set[str]]:
        """By Message-ID, the different mails that came under it: one, if all is well."""
        return {
            name: {hashlib.sha256(one.recipient.encode() + one.data).hexdigest() for one in copies}
            for name, copies in self.copies().items()
        }

    def answer(self, by: str, command: str, recipient: str, usual: str) -> str:
        said = self.when_said(by, command, recipient) if self.when_said else None
        return said or usual


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64
    office: PostOffice

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed hangs up in the middle of anything."""


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        office, by, recipient = self.server.office, "", ""
        self._say("220 at your service")
        with suppress(ConnectionError):
            while line := self.rfile.readline():
                verb, words = line[:4].decode().upper(), line.decode("utf-8", "replace").strip()
                if verb == "QUIT":
                    self._say("221 bye")
                    return
                by = words.partition(" ")[2] if verb in {"EHLO", "HELO"} else by
                recipient = words.partition("<")[2].rstrip(">") if verb == "RCPT" else recipient
                usual = "354 go on" if verb == "DATA" else "250 ok"
                answer = office.answer(by, verb, recipient, usual)
                self._say(answer)
                if verb == "DATA" and answer.startswith("3"):
                    data = self._body()
                    if data is None:
                        return
                    with office.lock:
                        office.taken.append(Taken(recipient, data, by, time.time()))
                    self._say(office.answer(by, "DOT", recipient, "250 taken"))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _body(self) -> bytes | None:
        """The mail; None when the client was gone before its last dot."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return None
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A server that is open for the length of the block."""
    office = PostOffice()
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.office, office.port = office, server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join()
