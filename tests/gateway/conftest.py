"""Real mail servers for the tests of the gateways."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.gateway import postfix
from tests.gateway.dovecot import ABSENT, PRESENT, Dovecot, dovecot
from tests.gateway.postfix import Postfix


@pytest.fixture(scope="session")
def imap_server() -> Iterator[Dovecot]:
    """One Dovecot for the run; each test has users of its own."""
    if not PRESENT:
        pytest.skip(ABSENT)
    with dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def mail_server(imap_server: Dovecot) -> Iterator[Postfix]:
    """A Postfix that puts mails to imap.test into the mailboxes of ``imap_server``."""
    if not postfix.PRESENT:
        pytest.skip(postfix.ABSENT)
    with postfix.postfix(imap_server.lmtp) as server:
        yield server


def url_of(server: Dovecot, user: str, *, tls: bool = False, more: str = "") -> str:
    """What an operator would set as IMAP_URL."""
    scheme, host, port = "imap", "127.0.0.1", server.port
    if tls:
        scheme, host, port = "imaps", "localhost", server.tls_port
    return f"{scheme}://{user}:{quote(server.password, safe='')}@{host}:{port}/INBOX{more}"
