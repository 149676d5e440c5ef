"""A recipient that the server refuses while we hand over the mail counts as a bounce does."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db, transactional
from community.mail import delivery
from community.mail.bounces import note_bounce
from community.mail.models import Bounce, MailState
from community.mail.suppressions import find_suppression
from tests.factories.mails import outbox, post, queued
from tests.mail.moody import moody

ANN = "ann@example.org"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOBODY = "550 5.1.1 <ann@example.org>: user unknown"


def _send(answer: str) -> None:
    queued(ANN)
    with moody(answers={ANN: answer}) as server:
        post(server.way_in())


def _bounces() -> list[Bounce]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Bounce).order_by(Bounce.id)))


def test_an_address_that_does_not_exist_is_suppressed_at_once(app: Flask) -> None:
    _send(NOBODY)
    [mail] = outbox()
    assert mail.state == MailState.FAILED
    assert "550 5.1.1" in mail.last_error
    [bounce] = _bounces()
    assert (bounce.status, bounce.is_hard, bounce.address) == ("5.1.1", True, ANN)
    assert bounce.scored_on is not None
    found = find_suppression(ANN)
    assert found is not None
    assert found.reason == "bounced"


def test_the_next_mail_does_not_even_leave(app: Flask) -> None:
    _send(NOBODY)
    _send(NOBODY)
    assert outbox()[-1].state == MailState.STOPPED
    assert len(_bounces()) == 1


@pytest.mark.parametrize("status", ["5.2.1", "5.1.6", "5.2.2"])
def test_another_fault_of_the_mailbox_counts_on_three_days(app: Flask, status: str) -> None:
    known = status == "5.1.6"  # moved, no forwarding: nobody there, either
    for day in range(3):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            _send(f"550 {status} not here")
            assert (find_suppression(ANN) is not None) == (known or day == 2)


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 looks like spam",
        "554 5.7.26 not signed",
        "550 5.1.8 your domain does not exist",
        "550 5.1.7 what sender is that",
        "550 user unknown",  # without a code it could be anything
        "550 5.1 user unknown",
        "550 see 5.1.1 in our manual",
        "550 5.1.1x",
        "552 5.3.4 too big",
        "550 5.4.1 relay denied",
    ],
)
def test_what_is_not_about_the_mailbox_fails_the_mail_alone(app: Flask, answer: str) -> None:
    _send(answer)
    assert outbox()[0].state == MailState.FAILED
    assert _bounces() == []
    assert find_suppression(ANN) is None


@pytest.mark.parametrize("answer", ["450 4.1.1 not now", "451 5.1.1 contradicts itself"])
def test_a_server_that_says_later_is_asked_later(app: Flask, answer: str) -> None:
    _send(answer)
    assert outbox()[0].state == MailState.QUEUED
    assert _bounces() == []


def test_only_an_answer_to_the_recipient_is_about_the_recipient(app: Flask) -> None:
    queued(ANN)
    with moody(at_the_dot="554 5.1.1 said of the whole message") as server:
        post(server.way_in())
    assert outbox()[0].state == MailState.FAILED
    assert _bounces() == []


def test_a_report_that_comes_as_well_counts_no_second_time(app: Flask) -> None:
    _send("550 5.2.1 disabled")
    [mail] = outbox()
    said = note_bounce(mail.id, mail.message_id, status="5.1.1", final=True, said="again")
    assert said == "ignored"
    assert len(_bounces()) == 1


def test_a_worker_that_lost_its_lease_counts_nothing(app: Flask) -> None:
    queued(ANN)

    def overtake() -> None:
        with app.app_context():
            _take_away()

    with moody(answers={ANN: NOBODY}, when_asked=overtake) as server:
        delivery.deliver_due(server.way_in(), lease="slow")
    db.session.rollback()
    assert outbox()[0].state == MailState.SENDING
    assert _bounces() == []


@transactional
def _take_away() -> None:
    outbox()[0].lease = "another"
