"""A test invite goes to the operator, and what comes back is told."""

from datetime import timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner

from community.calendar.received_models import ReceivedSource
from community.calendar.selftest import (
    ask_for_selftest,
    forget_old_selftests,
    get_selftest,
    selftest_key,
)
from community.calendar.selftest_models import SelfTest
from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.inbound.receive import receive
from community.mail.models import MailState, OutboxMail
from tests.calendar.linter import lint
from tests.factories.at_once import at_once
from tests.factories.mails import Letter, entry, letter, outbox, post
from tests.factories.replies import answer_to

ANN = "ann@example.org"
RESULTS = {
    "Authentication-Results": "mx.example.org; dkim=pass header.d=example.org;"
    " spf=none smtp.mailfrom=ann@example.org; dmarc=pass header.from=example.org"
}


def sent(test: SelfTest) -> Letter:
    post()
    return letter(outbox("calendar_selftest")[-1].body)


def handed_in(to: str, data: bytes) -> str:
    return receive(to, data, source=ReceivedSource.PIPE).detail


@transactional
def refuse() -> None:
    """What a mail server's final no leaves behind."""
    refused = sa.update(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
    rows_changed(refused.values(state=MailState.FAILED, last_error="550 no such user"))


def fresh(test: SelfTest) -> SelfTest:
    db.session.rollback()
    return get_selftest(test.id)


def run(app: Flask, *words: str) -> tuple[int, str, str]:
    runner: FlaskCliRunner = app.test_cli_runner()
    done = runner.invoke(args=["calendar", "selftest", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_answer_is_noted_with_what_the_mail_server_found(app: Flask) -> None:
    test = ask_for_selftest("Ann@Example.org")
    mail = sent(test)
    found = entry(mail)
    assert mail.recipient == ANN
    assert (found.method, found.partstat, found.attendee) == (
        "REQUEST",
        "NEEDS-ACTION",
        f"mailto:{ANN}",
    )
    assert lint(mail.calendar or b"") == []
    for partstat in ("ACCEPTED", "DECLINED"):
        assert handed_in(mail.sender, answer_to(mail, partstat, headers=RESULTS)) == "selftest"
        known = fresh(test)
        assert (known.partstat, known.source) == (partstat, "pipe")
        assert known.found == "mx.example.org: dkim=pass spf=none dmarc=pass"


def test_what_is_no_answer_to_a_test_changes_nothing(app: Flask) -> None:
    test = ask_for_selftest(ANN)
    mail = sent(test)
    right = answer_to(mail, "ACCEPTED")
    elsewhere = f"rsvp+0{'a' * 25}@localhost"
    for to, data, said in (
        (mail.sender, b"Subject: Out of office\r\n\r\nI am away.\r\n", "no_answer"),
        (mail.sender, right + b"x" * 600_000, "no_answer"),
        (mail.sender, right + b"\n--" * 500, "no_answer"),
        (mail.sender, b"\xff\x00" * 1000, "no_answer"),
        (elsewhere, right, "unknown_key"),
    ):
        assert handed_in(to, data) == said
    assert fresh(test).answered_at is None
    for other in ("rsvp@localhost", f"rsvp+{'a' * 26}@localhost", mail.sender + ".example.org", ""):
        assert selftest_key(other) is None
    for same in (
        mail.sender.upper(),
        mail.sender.replace("+", "%2B"),
        mail.sender.replace("+", "-"),
    ):
        assert selftest_key(same) == test.reply_key


def test_old_tests_are_forgotten(app: Flask) -> None:
    ask_for_selftest(ANN)
    with time_machine.travel(now() + timedelta(days=29)):
        assert forget_old_selftests() == 0
    with time_machine.travel(now() + timedelta(days=31)):
        assert forget_old_selftests() == 1


def test_the_command_waits_for_the_answer(app: Flask) -> None:
    assert run(app, ANN, "--wait", "0")[0] == 0
    assert run(app, "nobody")[0] == 1
    assert run(app, ANN, "--wait", "-1")[0] == 2
    code, _, error = run(app, ANN, "--wait", "1")
    assert (code, error) == (1, "Error: The mail has not left. Is `flask worker` running?\n")
    post()

    def reply() -> object:
        while len(outbox("calendar_selftest")) < 3:
            db.session.rollback()
        post()
        mail = letter(outbox("calendar_selftest")[-1].body)
        return handed_in(mail.sender, answer_to(mail, "TENTATIVE"))

    (code, said, error), _ = at_once(app, [lambda: run(app, ANN, "--wait", "20"), reply])
    assert (code, error) == (0, "")
    assert "The answer came back after" in said
    assert "by pipe: TENTATIVE." in said
    assert "no Authentication-Results" in said


def test_the_command_says_that_no_answer_came_or_that_the_mail_did_not_leave(app: Flask) -> None:
    def leave() -> object:
        while not outbox("calendar_selftest"):
            db.session.rollback()
        return post()

    (code, said, error), _ = at_once(app, [lambda: run(app, ANN, "--wait", "2"), leave])
    assert code == 1
    assert "The mail has left." in said
    assert error.startswith("Error: No answer came within 2 s.")

    def fail() -> object:
        while len(outbox("calendar_selftest")) < 2:
            db.session.rollback()
        return refuse()

    (code, _, error), _ = at_once(app, [lambda: run(app, ANN, "--wait", "20"), fail])
    assert (code, error) == (1, "Error: the mail did not leave: 550 no such user\n")
