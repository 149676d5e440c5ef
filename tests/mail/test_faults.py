"""Whatever a mail server does, no mail is lost, and each is where it belongs."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db, transactional
from community.mail import in_hand
from community.mail.delivery import deliver_due
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import queue_mail
from community.mail.transport import Smtp
from community.ops import worker
from tests.evidence import Evidence
from tests.factories.mails import outbox, post
from tests.mail.faults import MODES, FaultyServer, faulty
from tests.ops.program import soon

pytestmark = pytest.mark.proof

PROOF = bool(os.environ.get("PROOF"))
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MAILS = 100 if PROOF else 4
# Each of these costs a time-out, of a third of a second.
SILENT = {"accepts and says nothing", "takes it and says nothing"}
OUTAGE = 2000 if PROOF else 20
NONE_LOST = "whatever the mail server does, no mail is lost and each is in its right state"
NOT_BLOCKED = "one mail that hangs keeps no other waiting, on no more connections than are set"
DRAINED = "after two hours without a mail server all mails leave, once each"


@transactional
def _queue(count: int) -> None:
    for number in range(count):
        queue_mail("sign_in_unknown", to=f"p{number}@example.org", name="", facts={})


def lost(server: FaultyServer) -> list[str]:
    """What is neither with the server nor shown as failed."""
    copies = server.copies()
    return [
        f"{mail.recipient} is {mail.state}: {mail.last_error}"
        for mail in outbox()
        if (mail.state == MailState.SENT) != (mail.recipient in copies)
        or mail.state not in {MailState.SENT, MailState.FAILED}
        or (mail.state == MailState.FAILED and not mail.last_error)
    ]


@pytest.mark.parametrize("name", MODES)
def test_no_mail_is_lost_and_each_is_in_its_right_state(
    app: Flask, evidence: Evidence, name: str
) -> None:
    mode, count = MODES[name], MAILS // 20 + 2 if name in SILENT else MAILS
    with time_machine.travel(NOON, tick=False) as clock, faulty(mode) as server:
        _queue(count)
        with closing(server.way_in(mode)) as way_in:
            post(way_in)
        seen = Counter(mail.state.value for mail in outbox())
        odd = count // 2
        assert seen == {
            "some failed": {"failed": odd, "sent": count - odd},
        }.get(mode.until_healed, {mode.until_healed: count})
        waiting = [mail for mail in outbox() if mail.state == MailState.QUEUED]
        pauses = [(mail.due_at - NOON).total_seconds() for mail in waiting]
        assert all(mail.last_error and mail.attempts == 1 for mail in waiting)
        assert all(11.2 <= pause <= 18.8 for pause in pauses)
        # Two in a hundred may fall upon the same microsecond.
        assert len(set(pauses)) >= len(pauses) * 0.9, "they would come back at the same moment"
        server.mode = None
        clock.shift(60)
        with closing(server.way_in()) as way_in:
            post(way_in)
        assert lost(server) == []
        assert {len(hashes) for hashes in server.copies().values()} <= {1}
        times = Counter(address for address, _ in server.taken)
        assert set(times.values()) <= ({1, 2} if mode.keeps else {1})
        assert server.most <= 1
    count = f"{len(MODES)} ways to fail, {MAILS} mails each ({len(SILENT)} ways: {MAILS // 20 + 2})"
    evidence("R5", NONE_LOST, count=count)


class Hasty(Smtp):
    """Believes that a mail has arrived when it was sent."""

    def _judge(self, what: str, code: int, answer: bytes, *, wanted: int) -> None:
        if what != "the message":
            super()._judge(what, code, answer, wanted=wanted)


def test_without_reading_the_last_answer_mails_are_lost(app: Flask, evidence: Evidence) -> None:
    with faulty(MODES["5xx at the dot"]) as server:
        _queue(4)
        with closing(Hasty("127.0.0.1", server.port, timeout=5)) as way_in:
            post(way_in)
        assert len(lost(server)) == 4
    evidence("R5", NONE_LOST, control="without reading the answer after the dot: lost")


class Trusting(Smtp):
    """Takes whatever comes next for the answer to what it said."""

    def _require_silence(self, smtp: object) -> None:
        pass


def test_without_looking_for_answers_to_nothing_mails_are_lost(
    app: Flask, evidence: Evidence
) -> None:
    with faulty(MODES["answers ahead"]) as server:
        _queue(4)
        with closing(Trusting("127.0.0.1", server.port, timeout=5)) as way_in:
            post(way_in)
        assert lost(server)
    evidence("R5", NONE_LOST, control="answer at the dot unread, or one ahead taken: lost")


@contextmanager
def _at_work(app: Flask, server: FaultyServer) -> Iterator[None]:
    """A worker of two senders, as it runs by itself."""
    settings = app.extensions["community_settings"]
    url = {"mail_url": f"smtp://127.0.0.1:{server.port}"}
    app.extensions["community_settings"] = settings.model_copy(update=url)
    stop = threading.Event()
    try:
        threads = worker.start(app, stop)
        yield
    finally:
        stop.set()
        server.may_answer.set()
        worker.finish(threads)
        app.extensions["community_settings"] = settings


@pytest.mark.parametrize("is_guarded", [True, False])
def test_one_mail_that_hangs_keeps_no_other_waiting(
    app: Flask, evidence: Evidence, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    monkeypatch.setattr(in_hand, "STUCK", 0.2 if is_guarded else 1e9)
    monkeypatch.setattr(worker, "_SHARE_EVERY", 0.05)
    with faulty(None) as server:
        server.stuck = lambda address: address == "p0@example.org"
        _queue(100)
        with _at_work(app, server):
            assert soon(lambda: _waiting() == 0, 30)
            if is_guarded:
                assert soon(lambda: len(server.taken) == 99, 30)
            else:
                time.sleep(0.5)
                assert len(server.taken) <= 99 - 15
            assert _in_hand() >= 1
            server.may_answer.set()
            assert soon(lambda: len(server.taken) == 100 and _in_hand() == 0, 30)
            assert soon(lambda: server.now == 0, 30)  # an idle worker hangs up
        assert lost(server) == []
        assert set(Counter(address for address, _ in server.taken).values()) == {1}
        assert server.most <= app.extensions["community_settings"].mail_threads
    if is_guarded:
        evidence("R5", NOT_BLOCKED, count="1 of 100 hangs, 99 arrive meanwhile")
    else:
        evidence("R5", NOT_BLOCKED, control="a batch that stays together waits with it")


def test_after_an_outage_of_two_hours_everything_leaves_once(
    app: Flask, evidence: Evidence
) -> None:
    with time_machine.travel(NOON, tick=False) as clock, faulty(None) as server:
        _queue(OUTAGE)
        nobody = Smtp("127.0.0.1", 1, timeout=5)
        for _ in range(6):
            clock.shift(1200)
            post(nobody)
        assert Counter(mail.state.value for mail in outbox()) == {"queued": OUTAGE}
        db.session.rollback()
        spread = db.session.scalars(sa.select(OutboxMail.due_at).distinct()).all()
        assert len(spread) > OUTAGE * 0.9, "all would come back at the same moment"
        db.session.rollback()
        clock.shift(2300)
        threads = [threading.Thread(target=_drain, args=(app, server)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert lost(server) == []
        times = Counter(address for address, _ in server.taken)
        assert (len(times), set(times.values())) == (OUTAGE, {1})
        assert server.most <= 4
    evidence(
        "R5",
        DRAINED,
        count=f"{OUTAGE:,} mails, four senders",
        control="that of the row above: lost mails are seen",
    )


def _drain(app: Flask, server: FaultyServer) -> None:
    with app.app_context(), closing(server.way_in()) as way_in:
        lease = f"drain {threading.get_ident()}"
        while deliver_due(way_in, lease=lease):
            pass


def _waiting() -> int:
    return _count(OutboxMail.state == MailState.QUEUED)


def _in_hand() -> int:
    return _count(OutboxMail.state == MailState.SENDING)


def _count(which: sa.ColumnElement[bool]) -> int:
    db.session.rollback()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail).where(which))
    db.session.rollback()
    return count or 0
