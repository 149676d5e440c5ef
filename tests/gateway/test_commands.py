"""What an operator types, sees and sets about the mailbox."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.inbound import polling
from community.inbound.mailbox import account_from_url
from community.ops import doctor, worker
from community.ops.findings import Finding
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot

JUNK = b"From: x@example.org\r\nTo: rsvp@localhost\r\nSubject: Cheap watches\r\n\r\nBuy.\r\n"

Set = Callable[..., None]


@pytest.fixture
def settle(app: Flask) -> Iterator[Set]:
    """Change settings for the test."""
    known = app.extensions["community_settings"]

    def update(**given: object) -> None:
        app.extensions["community_settings"] = known.model_copy(update=given)

    yield update
    app.extensions["community_settings"] = known


def replies() -> list[Finding]:
    db.session.rollback()
    return [found for found in doctor.examine() if found.about == "replies"]


def test_the_mailbox_is_looked_into_by_command_and_by_one_pass_of_the_worker(
    app: Flask, imap_server: Dovecot, settle: Set
) -> None:
    url, run = url_of(imap_server, uuid.uuid4().hex), app.test_cli_runner().invoke
    user = account_from_url(url).user
    assert run(args=["mail", "fetch"]).stderr == "Error: COMMUNITY_IMAP_URL is not set.\n"
    settle(imap_url=url)
    imap_server.put(user, JUNK)
    assert run(args=["mail", "fetch"]).output == "1 mail dealt with.\n"
    assert run(args=["mail", "fetch"]).output == "0 mails dealt with.\n"
    imap_server.put(user, JUNK, JUNK)
    worker.work_once(app)
    assert imap_server.mails(user) == []
    settle(imap_url="imap://rsvp:secret@127.0.0.1:9")
    refused = run(args=["mail", "fetch"])
    assert (refused.exit_code, refused.stderr) == (1, "Error: 127.0.0.1:9: Connection refused\n")


def test_a_worker_does_not_start_with_a_mailbox_that_cannot_be_understood(
    app: Flask, settle: Set
) -> None:
    settle(imap_url="imap://rsvp:secret@mail.example.org")
    refused = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: IMAP_URL would send the password in the clear")
    (found,) = [found for found in replies() if not found.is_well]
    assert "in the clear" in found.text


def test_the_doctor_says_how_the_mailbox_is(app: Flask, imap_server: Dovecot, settle: Set) -> None:
    url = url_of(imap_server, uuid.uuid4().hex)
    account = account_from_url(url)
    assert [found.text for found in replies()] == ["calendars answer to rsvp@localhost"]
    settle(imap_url=url, mail_url="smtp://127.0.0.1:9", rsvp_address="rsvp@events.test")
    assert all(found.is_well for found in replies())
    imap_server.put(account.user, JUNK, JUNK)
    assert "flask worker" in replies()[1].advice, "nobody has ever fetched"
    with polling.Mailbox(account, largest=9) as mailbox:
        mailbox.set_aside(mailbox.waiting(most=1)[0])
    polling.poll_due(account, lease="one")
    _, fetching, aside = replies()
    assert fetching.is_well
    assert fetching.text.startswith("mails waiting in INBOX of 127.0.0.1: 0, last fetched 2")
    assert aside.text.startswith("mails set aside in INBOX")
    assert aside.text.endswith(": 1")
    assert "flag" in aside.advice
    imap_server.put(account.user, JUNK)
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert "flask worker" in replies()[1].advice
    assert len(imap_server.mails(account.user)) == 2, "the doctor only looks"
    settle(imap_url="imap://rsvp:secret@127.0.0.1:9")
    assert "Connection refused" in replies()[1].text
    settle(mail_url="smtp://127.0.0.1:9")
    assert "COMMUNITY_RSVP_ADDRESS" in replies()[0].advice
