"""Mail servers on the loopback: a real one, and one that misbehaves as it is told."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Relay:
    """An aiosmtpd server: keeps what it is given and counts its connections."""

    port: int = 0
    connections: int = 0
    greeted: list[str] = field(default_factory=list)
    taken: list[tuple[str | None, list[str], bytes]] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, session: Session, _mail: Envelope, name: str, answer: list[str]
    ) -> list[str]:
        session.host_name = name
        self.greeted.append(name)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, session: Session, mail: Envelope
    ) -> str:
        assert isinstance(mail.content, bytes)
        self.taken.append((mail.mail_from, list(mail.rcpt_tos), mail.content))
        self.tls.append(session.ssl is not None)
        return "250 taken"


@pytest.fixture
def relay() -> Iterator[Callable[..., Relay]]:
    """Starts a :class:`Relay`; keyword arguments are aiosmtpd's."""
    with ExitStack() as stack:

        def start(*, tls: ssl.SSLContext | None = None, **options: Any) -> Relay:
            kept = Relay()

            class Counting(Controller):
                def factory(self) -> SMTP:
                    kept.connections += 1
                    return super().factory()

            port = free_port()
            server = Counting(kept, hostname="127.0.0.1", port=port, ssl_context=tls, **options)
            server.start()
            stack.callback(server.stop)
            kept.connections = 0  # the controller itself connects once, to see that it is up
            kept.port = port
            return kept

        yield start


@pytest.fixture
def only_ana() -> Callable[..., AuthResult]:
    """An authenticator that knows one user with an awkward password."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        known = (data.login, data.password) == (b"ana@x.test", b"p@ss/w:rd")
        return AuthResult(success=known, handled=False)

    return check


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with key and certificate for 127.0.0.1, its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", str(pem)]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(pem) + ".crt"]
    subprocess.run(command, check=True, capture_output=True)
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


@pytest.fixture
def server_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side of TLS, by a certificate that the client trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


HANG_UP = b""
STALL = None
FRIENDLY: dict[str, bytes | None] = {
    "greeting": b"220 ready\r\n",
    "EHLO": b"250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
    "AUTH": b"235 welcome\r\n",
    "STARTTLS": b"220 go\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 taken\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}


@dataclass
class Scripted:
    """Answers each verb with the bytes of the script; ``b""`` hangs up, None never answers.

    What is in ``once`` comes before that, one time.
    """

    script: dict[str, bytes | None]
    once: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    connections: int = 0
    heard: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while not self.stop.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            with client, client.makefile("rb") as lines:
                client.settimeout(5)
                try:
                    self._talk(client, lines)
                except OSError:
                    continue

    def _talk(self, client: socket.socket, lines: Any) -> None:
        going = self._answer(client, "greeting")
        in_data = False
        while going and (line := lines.readline()):
            if in_data and line != b".\r\n":
                continue
            verb = "." if in_data else line.split()[0].decode("ascii", "replace").upper()
            self.heard.append(verb)
            going = self._answer(client, verb)
            in_data = verb == "DATA" and (self.script["DATA"] or b"").startswith(b"354")

    def _answer(self, client: socket.socket, verb: str) -> bool:
        answer = self.once.pop(verb, self.script.get(verb, b"502 what?\r\n"))
        if answer is STALL:
            self.stop.wait(5)
            return False
        client.sendall(answer)
        return answer != HANG_UP and verb != "QUIT"


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Starts a :class:`Scripted` server: friendly, but for what it is told."""
    with ExitStack() as stack:

        def start(changes: dict[str, bytes | None] | None = None) -> Scripted:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.settimeout(0.05)
            server = Scripted({**FRIENDLY, **(changes or {})}, port=listener.getsockname()[1])
            thread = threading.Thread(target=server.serve, args=(listener,))
            thread.start()

            def end() -> None:
                server.stop.set()
                thread.join(timeout=10)
                listener.close()
                assert not thread.is_alive()

            stack.callback(end)
            return server

        yield start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def no_listener() -> int:
    """A port on which nobody listens."""
    return free_port()
