"""Workers are killed with -9 in the middle of a message to many: everybody gets it, and once."""

import os
import random
import time
from collections import Counter
from email import message_from_bytes

import pytest
import sqlalchemy as sa
from flask import Flask

from community.config import Settings
from community.core.db import db
from community.mail.models import MailState, OutboxMail
from community.organizing.announcement_models import Recipient, RecipientState
from tests.evidence import Evidence
from tests.factories.announcements import a_sent_message, an_event_with_going, how_far
from tests.mail.moody import moody
from tests.ops.program import flask, soon

PEOPLE, KILLS = (600, 20) if os.environ.get("PROOF") else (100, 3)


def moved_on() -> int:
    """A figure that grows with every mail that is made, and every one that leaves."""
    db.session.rollback()
    made = sa.select(sa.func.count()).where(Recipient.state != RecipientState.WAITING)
    left = sa.select(sa.func.count()).where(
        OutboxMail.kind == "announcement", OutboxMail.state == MailState.SENT
    )
    return (db.session.scalar(made) or 0) + (db.session.scalar(left) or 0)


@pytest.mark.slow
@pytest.mark.proof
def test_whoever_is_killed_half_way_goes_on_and_nobody_gets_it_twice(
    app: Flask, evidence: Evidence
) -> None:
    settings: Settings = app.extensions["community_settings"]
    event = an_event_with_going(PEOPLE)
    db.session.execute(sa.update(OutboxMail).values(state=MailState.STOPPED))  # the confirmations
    db.session.commit()
    one = a_sent_message(event)
    chance = random.Random(7)
    with moody() as server:
        address = f"smtp://127.0.0.1:{server.port}"
        given = {"mail_url": address, "lease_seconds": "5"}
        if settings.database_url:
            given["database_url"] = settings.database_url
        for kill in range(KILLS + 1):
            worker = flask("worker", instance=settings.instance_path, **given)
            try:
                before = moved_on()
                if kill < KILLS:
                    assert soon(lambda before=before: moved_on() > before, 30)  # type: ignore[misc]  # a default binds it
                    time.sleep(chance.uniform(0, 0.15))
                else:
                    assert soon(lambda: how_far(one).sent == PEOPLE, 60), how_far(one)
            finally:
                worker.kill()
                worker.communicate(timeout=10)
        assert how_far(one).groups == {"sent": PEOPLE}
    mails = [(to, message_from_bytes(data)["Message-ID"]) for to, data in server.taken]
    # One that was handed over in the moment of a death may come again, as the very same mail.
    assert Counter(to for to, _ in set(mails)).most_common(1)[0][1] == 1
    assert len({to for to, _ in mails}) == PEOPLE
    assert len(mails) <= PEOPLE + KILLS * settings.mail_threads
    evidence(
        "R4",
        "kill -9 of workers in the middle of a message to many: everybody gets it, and once",
        count=f"{KILLS} kills, {PEOPLE} readers, {len(mails) - PEOPLE} copies",
        control="copies are told by Message-ID; that they would be seen: the named places",
    )
