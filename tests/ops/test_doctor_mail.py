"""``flask doctor`` talks to the mail server, and says what to correct where that goes wrong."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.mail.conftest import Scripted, free_port
from tests.mail.moody import moody
from tests.ops.conftest import Examine

OURS = {"mail_from": "hello@example.org", "rsvp_address": "rsvp@example.org"}


class Picky:
    """Takes mails of one sender alone."""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, _mail: Envelope, address: str, _options: object
    ) -> str:
        return "250 ok" if address == "hello@example.org" else "553 5.7.1 not your address"


@contextmanager
def picky(**more: object) -> Iterator[int]:
    port = free_port()
    controller = Controller(Picky(), hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def test_a_server_that_takes_our_mails_is_well(examine: Examine) -> None:
    with moody() as server:
        assert examine(mail_url=f"smtp://127.0.0.1:{server.port}", **OURS) == {}
        assert server.taken == [], "nothing is sent"


def test_a_name_that_does_not_exist_is_found(examine: Examine) -> None:
    fault = examine(mail_url="smtp://no-such-host.invalid", **OURS)["mail"]
    assert "There is no such name" in fault.advice


def test_a_server_that_refuses_our_sender_is_found(examine: Examine) -> None:
    with picky() as port:
        url = f"smtp://127.0.0.1:{port}"
        assert examine(mail_url=url, **OURS) == {}
        fault = examine(mail_url=url, **OURS | {"mail_from": "x@example.net"})["mail"]
    assert "553" in fault.text
    assert "COMMUNITY_MAIL_FROM" in fault.advice


def test_a_wrong_password_is_found_and_not_repeated(
    examine: Examine, scripted: Callable[..., Scripted]
) -> None:
    server = scripted({"AUTH": b"535 5.7.8 no\r\n"})
    url = f"smtp://us:canary@127.0.0.1:{server.port}?starttls=0"
    fault = examine(mail_url=url, **OURS)["mail"]
    assert "user and password" in fault.advice
    assert "canary" not in fault.text + fault.advice


def test_a_server_without_starttls_is_found(examine: Examine) -> None:
    with picky() as port:
        fault = examine(mail_url=f"smtp://127.0.0.1:{port}?starttls=1", **OURS)["mail"]
    assert "does not offer" in fault.advice


def test_tls_spoken_to_a_port_that_does_not_is_found(examine: Examine) -> None:
    with picky() as port:
        fault = examine(mail_url=f"smtps://127.0.0.1:{port}", **OURS)["mail"]
    assert "smtps:// is for 465" in fault.advice


def test_a_certificate_of_nobody_s_is_found(examine: Examine, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with picky(tls_context=context) as port:
        fault = examine(mail_url=f"smtp://127.0.0.1:{port}?starttls=1", **OURS)["mail"]
    assert "certificate" in fault.advice


def test_a_server_that_says_nothing_does_not_hold_it_up(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("community.ops.mail_doctor._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fault = examine(mail_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}", **OURS)["mail"]
    assert "timed out" in fault.text
