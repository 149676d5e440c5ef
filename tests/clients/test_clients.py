"""Whatever happens to an event, and however its mails come, four calendars end with the truth."""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from community.calendar.facts import Invite
from community.events.drafts import edit_event
from community.mail import broadcasts
from community.rsvp.respond import say_no, say_yes
from tests.calendar import libical
from tests.calendar.linter import lint
from tests.calendar.readers import ABSENT, READERS, stated
from tests.clients import spoiling
from tests.clients.clients import CLIENTS, told, uid_of
from tests.clients.history import History, losses
from tests.clients.reader import read_mail
from tests.clients.spoiling import with_calendar
from tests.factories.events import a_draft, evening
from tests.factories.mails import outbox

PROOF = bool(os.environ.get("PROOF"))
HISTORIES = 200 if PROOF else 3
STEPS = 45 if PROOF else 25
ORDERS = 12 if PROOF else 4


def differences(history: History, orders: int) -> list[str]:
    """What is wrong in whose calendar, in words."""
    chance = random.Random(history.seed)
    found = []
    for address, entries in history.truth().items():
        mails = history.post.taken[address]
        ways = [mails, mails[::-1], *(losses(mails, uid_of, chance) for _ in range(orders))]
        for client in CLIENTS:
            for number, way in enumerate(ways):
                shown = told(client, address, way).shown()
                if shown != entries:
                    found.append(f"{client.__name__} of {address}, {number}: {shown ^ entries}")
    return found


def check_what_was_sent(history: History) -> None:
    """Every calendar file in the mails: clean, and read as it was meant by whoever is there."""
    sent = [mail for mail in outbox() if mail.event_id == history.event and mail.body]
    mails = {mail.id: read_mail(mail.body or b"") for mail in sent}
    parts = {
        number: [part for part in mail.parts if part.kind in {"text/calendar", "application/ics"}]
        for number, mail in mails.items()
    }
    invites = [(mail, parts[mail.id]) for mail in sent if parts[mail.id]]
    meant = [[stated(Invite.from_json(mail.facts["invite"]))] for mail, _ in invites]
    files = [inline.data for _, (inline, _file) in invites]
    for (_mail, (inline, attached)), data, (said,) in zip(invites, files, meant, strict=True):
        assert attached.data == data
        assert inline.method == said.method
        assert lint(data) == []
        assert not libical.PRESENT or libical.problems(data) == []
    for name, read in READERS.items():
        assert name in ABSENT or read(files) == meant, name


@pytest.mark.proof
def test_every_calendar_ends_with_the_truth(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 1)  # so that anything can happen between two of them
    postgres = app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql")
    for seed in range(HISTORIES if PROOF or not postgres else 1):
        history = History(seed)
        history.run(STEPS)
        check_what_was_sent(history)
        wrong = differences(history, ORDERS)
        assert not wrong, "\n".join([f"seed {seed}", *history.said, *wrong[:4]])


def ten_changes() -> tuple[History, str]:
    """Somebody says yes, and ten things change, each with a mail that leaves."""
    history = History(1)
    history.post.is_moody = False
    history.facts |= {"capacity": None, "offer_hours": None}
    edit_event(history.owner, history.event, a_draft(**history.facts))
    ann = history.people[0]
    changes: list[Callable[[], Any] | dict[str, Any]] = [
        lambda: say_yes(ann, history.event),
        {"title": "A later dinner"},
        {"starts_at": evening(31), "ends_at": evening(31) + timedelta(hours=2)},
        {"summary": "With music."},
        {"venue": "Stone House"},
        lambda: say_no(ann, history.event),
        lambda: say_yes(ann, history.event),
        {"timezone": "Europe/London"},
        {"title": "The dinner", "venue": "Glass House"},
        {"starts_at": evening(32), "ends_at": evening(32) + timedelta(hours=4)},
        {"title": "The long dinner"},
    ]
    for change in changes:
        if isinstance(change, dict):
            history.facts |= change
            edit_event(history.owner, history.event, a_draft(**history.facts))
        else:
            change()
        history.finish()
    (address,) = (address for address, entries in history.truth().items() if entries)
    assert len(history.post.taken[address]) == len(changes)
    return history, address


def test_after_ten_changes_and_the_first_invite_again_each_calendar_has_one_right_entry(
    app: Flask,
) -> None:
    history, address = ten_changes()
    (wanted,) = history.truth()[address]
    mails = history.post.taken[address]
    chance = random.Random(1)
    ways = [mails, mails[::-1], *(losses(mails, uid_of, chance) for _ in range(20))]
    for client in CLIENTS:
        for way in ([*one, mails[0], mails[-1], mails[0]] for one in ways):
            assert told(client, address, way).shown() == {wanted}, client
    # The controls: with each of these faults in the sender, each client is wrong.
    for spoil in (
        spoiling.other_uid,
        spoiling.falling_sequence,
        spoiling.older_dtstamp,
        spoiling.switched_method,
    ):
        spoilt = [with_calendar(mail, spoil) for mail in mails]
        for client in CLIENTS:
            assert told(client, address, spoilt).shown() != {wanted}, (client, spoil)


def test_all_mails_about_an_entry_answer_the_first_one(app: Flask) -> None:
    history, address = ten_changes()
    first, *others = (read_mail(raw) for raw in history.post.taken[address])
    assert first.answers == ""
    assert {mail.answers for mail in others} == {first.message_id}
    assert {mail.references for mail in others} == {first.message_id}
    assert len({mail.message_id for mail in others}) == len(others)
