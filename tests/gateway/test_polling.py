"""Mails are fetched, acted on and moved away, by one worker at a time."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.inbound import polling
from community.inbound.bounds import LARGEST
from community.inbound.mailbox import Account, account_from_url
from community.inbound.poll_models import MailboxPoll
from community.mail.models import MailState, OutboxMail
from community.mail.return_path import return_path
from tests.factories.at_once import at_once
from tests.factories.bounces import a_report, bounces_come_back
from tests.factories.mails import outbox, post, queued
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot

JUNK = b"From: x@example.org\r\nTo: rsvp@localhost\r\nSubject: Cheap watches\r\n\r\nBuy.\r\n"


@pytest.fixture(autouse=True)
def _bounces_come_back(app: Flask) -> Iterator[None]:
    with bounces_come_back(app):
        yield


def returned(address: str = "ann@example.org") -> bytes:
    """A report about a mail of ours, as a mail server puts it into a mailbox."""
    mail_id = queued(address).id
    post()
    (mail,) = [mail for mail in outbox() if mail.id == mail_id]
    path = return_path(mail.id)
    return f"Delivered-To: {path}\r\n".encode() + a_report(mail)


def account(server: Dovecot) -> Account:
    """A mailbox of the test's own."""
    return account_from_url(url_of(server, uuid.uuid4().hex))


def row(of: Account) -> MailboxPoll:
    db.session.rollback()
    found = polling.find_poll(of)
    assert found is not None
    return found


def bounced() -> int:
    db.session.rollback()
    failed = sa.select(sa.func.count()).where(OutboxMail.state == MailState.FAILED)
    return db.session.scalar(failed) or 0


def test_what_waits_is_acted_on_and_moved_and_the_next_look_is_due_later(
    app: Flask, imap_server: Dovecot
) -> None:
    mine = account(imap_server)
    imap_server.put(mine.user, JUNK, returned(), b"\xff\x00\r\n\r\n", JUNK + b"x" * LARGEST)
    assert polling.poll_due(mine, lease="one") is False
    assert bounced() == 1
    assert imap_server.mails(mine.user) == []
    assert len(imap_server.mails(mine.user, "Handled")) == 4
    known = row(mine)
    assert (known.handled, known.failures, known.lease, known.in_hand) == (4, 0, None, "")
    assert known.due_at > now()
    imap_server.put(mine.user, JUNK)
    polling.poll_due(mine, lease="one")
    assert len(imap_server.mails(mine.user)) == 1, "it was not due yet"
    with time_machine.travel(now() + polling.EVERY):
        polling.poll_due(mine, lease="one")
    assert imap_server.mails(mine.user) == []


def test_two_workers_share_one_mailbox(app: Flask, imap_server: Dovecot) -> None:
    mine = account(imap_server)
    imap_server.put(mine.user, JUNK, JUNK)
    at_once(app, [lambda n=n: polling.poll_due(mine, lease=f"worker {n}") for n in range(4)])
    assert row(mine).handled == 2
    assert len(imap_server.mails(mine.user, "Handled")) == 2


def test_who_holds_the_lease_keeps_others_away_until_it_runs_out(
    app: Flask, imap_server: Dovecot
) -> None:
    mine = account(imap_server)
    imap_server.put(mine.user, JUNK)
    turns = at_once(app, [lambda n=n: polling._take_turn(mine.label, f"{n}") for n in range(4)])
    assert sorted(turns) == [False, False, False, True]
    polling.poll_due(mine, lease="alive")
    assert len(imap_server.mails(mine.user)) == 1
    with time_machine.travel(now() + timedelta(seconds=91)):
        polling.poll_due(mine, lease="alive")
        assert imap_server.mails(mine.user) == []
        assert polling._begin(mine.label, f"{turns.index(True)}", "1:1") == 0, "it may not go on"


def test_a_mailbox_that_is_away_is_noted_and_asked_less_and_less_often(
    app: Flask, imap_server: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    gone = account_from_url("imap://rsvp:secret@127.0.0.1:9")
    caplog.set_level(logging.INFO)
    pauses = []
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(8):
            polling.poll_due(gone, lease="one")
            pauses.append((row(gone).due_at - now()).total_seconds())
            clock.move_to(row(gone).due_at)
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    assert row(gone).last_error == "127.0.0.1:9: Connection refused"
    lines = [record.message for record in caplog.records if record.name.endswith("polling")]
    assert lines == ["mails cannot be fetched: 127.0.0.1:9: Connection refused"]


def test_once_it_is_back_all_that_waited_is_fetched(
    app: Flask, imap_server: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    mine = account(imap_server)
    caplog.set_level(logging.INFO)
    imap_server.put(mine.user, returned(), JUNK)
    with time_machine.travel(now()) as clock:
        for _ in range(3):
            polling.poll_due(replace(mine, password="changed"), lease="one")
            clock.shift(timedelta(minutes=15))
        assert row(mine).failures == 3
        assert "AUTHENTICATIONFAILED" in row(mine).last_error
        polling.poll_due(mine, lease="one")
    known = row(mine)
    assert (known.failures, known.last_error, known.handled) == (0, "", 2)
    assert known.due_at - known.done_at == polling.EVERY
    assert bounced() == 1
    assert caplog.messages.count(f"mails can be fetched again from {mine.label}") == 1


def test_a_mail_that_breaks_the_program_is_set_aside_after_one_try_and_the_next_is_dealt_with(
    app: Flask,
    imap_server: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine, tried = account(imap_server), []
    rightly = polling.receive

    def receive(recipient: str, data: bytes, **given: object) -> object:
        tried.append(data)
        if b"poison" in data:
            raise RecursionError("a fault of ours")
        return rightly(recipient, data, **given)

    monkeypatch.setattr(polling, "receive", receive)
    imap_server.put(mine.user, b"Subject: poison\r\n\r\n", JUNK)
    for moment in (0, 40):
        with time_machine.travel(now() + timedelta(seconds=moment)):
            polling.poll_due(mine, lease="one")
    assert len(tried) == 2
    assert "RecursionError" in caplog.text
    ((marks, left),) = imap_server.mails(mine.user)
    assert b"poison" in left
    assert "Flagged" in marks
    assert imap_server.mails(mine.user, "Handled") == [("", JUNK)]


def test_a_mail_that_ends_the_worker_again_and_again_is_set_aside(
    app: Flask, imap_server: Dovecot
) -> None:
    mine = account(imap_server)
    imap_server.put(mine.user, returned())
    with polling.Mailbox(mine, largest=LARGEST) as mailbox:
        name = f"{mailbox.validity}:{mailbox.waiting(most=1)[0]}"
    with time_machine.travel(now()) as clock:
        for death in range(1, 4):
            assert polling._take_turn(mine.label, f"worker {death}")
            assert polling._begin(mine.label, f"worker {death}", name) == death
            clock.shift(timedelta(seconds=91))
        polling.poll_due(mine, lease="careful")
    assert bounced() == 0
    ((marks, _),) = imap_server.mails(mine.user)
    assert "Flagged" in marks
    assert row(mine).in_hand == ""


def test_an_outage_of_the_database_is_none_of_the_mails_tries(
    app: Flask,
    imap_server: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = account(imap_server)
    imap_server.put(mine.user, returned())

    def full(*_: object, **__: object) -> object:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(polling, "receive", full)
        for _ in range(5):
            with pytest.raises(sa.exc.OperationalError):
                polling.poll_due(mine, lease="one")
    assert len(imap_server.mails(mine.user)) == 1
    assert polling.poll_due(mine, lease="one") is False
    assert bounced() == 1
    assert imap_server.mails(mine.user) == []
