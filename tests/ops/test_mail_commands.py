"""The commands about suppressed addresses, and the one that takes a mail from a mail server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from community.calendar.received_models import ReceivedVerdict
from community.mail.models import MailState
from community.mail.return_path import return_path
from community.mail.suppressions import find_suppression
from community.rsvp.respond import say_yes
from tests.factories.bounces import BOUNCES, a_report, bounces_come_back
from tests.factories.events import an_event
from tests.factories.mails import outbox, post, queued
from tests.factories.people import a_member
from tests.factories.received import a_received
from tests.ops.program import ROOT, environment


@pytest.fixture
def run(app: Flask) -> Iterator[FlaskCliRunner]:
    with bounces_come_back(app):
        yield app.test_cli_runner()


def test_an_address_is_suppressed_listed_and_lifted(run: FlaskCliRunner) -> None:
    added = run.invoke(args=["mail", "suppress", "add", "Ann@Example.org"])
    assert added.output == "ann@example.org is suppressed: asked.\n"
    listed = run.invoke(args=["mail", "suppress", "list"]).output
    assert listed.startswith("ann@example.org\tasked\t2")
    assert listed.count("\n") == 1
    after = run.invoke(args=["mail", "suppress", "list", "--after", "ann@example.org"])
    assert after.output == ""
    lifted = run.invoke(args=["mail", "suppress", "remove", "ANN@example.org"])
    assert lifted.output == "ann@example.org is written to again.\n"
    assert find_suppression("ann@example.org") is None


def test_a_reason_can_be_given(run: FlaskCliRunner) -> None:
    args = ["mail", "suppress", "add", "ann@example.org", "--reason", "bounced"]
    assert run.invoke(args=args).output == "ann@example.org is suppressed: bounced.\n"
    assert run.invoke(args=[*args[:-1], "whim"]).exit_code == 2


def test_an_address_that_is_not_suppressed_cannot_be_lifted(run: FlaskCliRunner) -> None:
    result = run.invoke(args=["mail", "suppress", "remove", "ann@example.org"])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is no such suppressed address.\n",
    )


@pytest.mark.parametrize("word", ["add", "remove"])
def test_what_is_no_address_is_refused_in_one_line(run: FlaskCliRunner, word: str) -> None:
    result = run.invoke(args=["mail", "suppress", word, "ann"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: An e-mail address has an @")


def test_a_bounce_from_standard_input_is_acted_on(run: FlaskCliRunner) -> None:
    queued()
    post()
    (mail,) = outbox()
    args = ["mail", "receive", "--recipient", return_path(mail.id)]
    result = run.invoke(args=args, input=a_report(mail))
    assert (result.exit_code, result.output) == (0, "suppressed\n")
    assert [row.state for row in outbox()] == [MailState.FAILED]
    again = run.invoke(args=args, input=a_report(mail))
    assert (again.exit_code, again.output) == (0, "ignored\n")


@pytest.mark.parametrize("data", [b"", b"\xff\x00" * 999, b"x" * 2_000_000])
def test_what_is_of_no_use_is_dropped_without_a_complaint(run: FlaskCliRunner, data: bytes) -> None:
    """Any other exit code would make the mail server bounce the bounce."""
    queued()
    (mail,) = outbox()
    for recipient in (return_path(mail.id), BOUNCES, "", "\udcff"):
        result = run.invoke(args=["mail", "receive", "--recipient", recipient], input=data)
        assert (result.exit_code, result.output) == (0, "ignored\n")


def test_without_a_database_the_mail_server_is_asked_to_come_again(
    app: Flask, tmp_path: Path
) -> None:
    with bounces_come_back(app):
        queued()
        (mail,) = outbox()
        report, address = a_report(mail), return_path(mail.id)
    key = app.extensions["community_settings"].secret_key
    words = ["mail", "receive", "--recipient", address]
    empty = environment(tmp_path, secret_key=key, bounce_address=BOUNCES)
    result = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=empty,
        input=report,
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (75, b"")
    assert result.stderr == b"the database cannot be used\n"


def test_a_received_mail_is_handled_again_by_its_number(run: FlaskCliRunner) -> None:
    head = say_yes(a_member().id, an_event().id).head
    verdict = ReceivedVerdict.POISON
    raw = f"From: {head.address}\r\nSubject: x\r\n\r\nMay I?\r\n".encode()
    mail = a_received(head.id, verdict=verdict, raw=raw)
    result = run.invoke(args=["mail", "replay", str(mail.id)])
    assert (result.exit_code, result.output) == (0, "told_hosts words\n")
    again = run.invoke(args=["mail", "replay", str(mail.id)])
    assert again.exit_code != 0, "it has had its effect"
