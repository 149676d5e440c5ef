"""The figures at /metrics: for whoever has the token, right, and cheap."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from community.app import create_app
from community.core.clock import now
from community.core.db import db
from community.mail.models import MailState, OutboxMail
from community.ops import worker
from community.rsvp import respond
from community.rsvp.party import Guest
from tests.factories.events import an_event
from tests.factories.people import a_member

TOKEN = "a-token-of-enough-characters"


@contextmanager
def opened(app: Flask) -> Iterator[Flask]:
    """The application as if it had been started with the token."""
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update={"metrics_token": TOKEN})
    try:
        yield app
    finally:
        app.extensions["community_settings"] = before


def ask(app: Flask, token: str = TOKEN, kind: str = "Bearer") -> tuple[int, str]:
    headers = {"Authorization": f"{kind} {token}"} if token else {}
    answer = app.test_client().get("/metrics", headers=headers)
    return answer.status_code, answer.text


def figures(app: Flask) -> dict[tuple[str, ...], float]:
    """By name and label, as a reader of the format understands it."""
    with opened(app):
        status, text = ask(app)
    assert status == 200
    return {
        (sample.name.removeprefix("community_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_without_a_token_there_is_no_such_page(app: Flask) -> None:
    assert ask(app)[0] == 404
    assert ask(app, token="")[0] == 404


@pytest.mark.parametrize(
    ("token", "kind"),
    [("", ""), ("wrong", "Bearer"), (TOKEN[:-1], "Bearer"), (TOKEN, "Basic"), ("tökén", "Bearer")],
)
def test_nobody_reads_them_without_the_token(app: Flask, token: str, kind: str) -> None:
    with opened(app):
        status, text = ask(app, token.encode().decode("latin-1"), kind)
    assert (status, "outbox" in text) == (401, False)


def mail(state: MailState, number: int = 1, **facts: object) -> list[OutboxMail]:
    return [
        OutboxMail(
            **{
                "kind": "seat_given",
                "recipient": "canary@example.org",
                "facts": {},
                "message_id": f"<{state}-{n}@example.org>",
                "state": state,
                "deadline": now(),
                **facts,
            }
        )
        for n in range(number)
    ]


def test_the_outbox_is_told_by_state_and_age(app: Flask) -> None:
    ago = now() - timedelta(minutes=10)
    db.session.add_all(mail(MailState.QUEUED, 3, due_at=now() + timedelta(hours=1)))
    db.session.add_all(mail(MailState.FAILED, 2) + mail(MailState.SENT, 5, due_at=ago))
    db.session.add_all(mail(MailState.HELD, 4, due_at=ago))
    db.session.commit()
    seen = figures(app)
    depths = {key[1]: value for key, value in seen.items() if key[0] == "outbox_mails"}
    assert depths == {"queued": 3, "sending": 0, "held": 4, "failed": 2}
    assert seen["outbox_oldest_seconds", "queued"] == 0, "it is not due yet"
    db.session.add_all(mail(MailState.QUEUED, due_at=ago, urgency=9, message_id="<late>"))
    db.session.add_all(mail(MailState.SENDING, due_at=ago, urgency=1))
    db.session.commit()
    seen = figures(app)
    assert 600 <= seen["outbox_oldest_seconds", "queued"] < 660
    assert 600 <= seen["outbox_oldest_seconds", "sending"] < 660


def test_seats_and_answers_are_told(app: Flask) -> None:
    limited, open_to_all = (
        an_event(capacity=10, guests_allowed=2),
        an_event(capacity=None, title="Walk"),
    )
    an_event(capacity=50, published=False)
    for event, guests in ((limited, 2), (open_to_all, 0)):
        respond.say_yes(a_member().id, event.id, guests=[Guest("A"), Guest("B")][:guests])
    seen = figures(app)
    assert seen["coming_events", "yes"] == seen["coming_events", "no"] == 1
    assert (seen["coming_seats_taken", "yes"], seen["coming_seats",]) == (3, 10)
    assert seen["coming_seats_taken", "no"] == 1
    assert seen["answers_last_hour", "web"] == 2
    with time_machine.travel(now() + timedelta(hours=2)):
        assert ("answers_last_hour", "web") not in figures(app)
    with time_machine.travel(now() + timedelta(days=90)):
        assert figures(app)["coming_seats_taken", "yes"] == 0


def test_a_worker_that_lives_and_leases_that_were_lost_are_told(app: Flask) -> None:
    seen = figures(app)
    assert ("worker_seen_seconds",) not in seen
    assert (seen["lease_losses_total",], seen["mails_sent_late_total",]) == (0, 0)
    worker.work_once(app)
    assert 0 <= figures(app)["worker_seen_seconds",] < 60
    gone = {"lease": "f" * 32, "leased_until": now() - timedelta(seconds=1)}
    db.session.add_all(mail(MailState.SENDING, 3, **gone))
    db.session.commit()
    worker.work_once(app)
    assert figures(app)["lease_losses_total",] == 3


def test_names_nobody_and_costs_the_same_with_many_rows(app: Flask) -> None:
    asked: list[str] = []

    def note(*facts: object) -> None:
        asked.append(str(facts[2]))

    counts = []
    for number in (1, 300):
        db.session.add_all(mail(MailState.FAILED, number, message_id=None))
        for n, row in enumerate(db.session.new):
            row.message_id = f"<{number}-{n}>"
        db.session.commit()
        asked.clear()
        sa.event.listen(db.engine, "before_cursor_execute", note)
        with opened(app):
            text = ask(app)[1]
        sa.event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
        assert "canary" not in text
    assert counts[0] == counts[1] <= 8


def test_when_the_database_is_away_it_is_said(tmp_path: Path) -> None:
    away = create_app(
        instance_path=tmp_path,
        metrics_token=TOKEN,
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
    )
    assert ask(away) == (
        200,
        "# HELP community_database_up Whether the database answers.\n"
        "# TYPE community_database_up gauge\ncommunity_database_up 0.0\n",
    )
