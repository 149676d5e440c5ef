"""Each call to database, mail server, disk and clock fails in its turn: all or nothing is saved.

The method is SQLite's own: the first call fails, then the second, until a run meets no failure.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core import db as database
from community.core.db import db
from community.events.models import Event
from community.mail import delivery
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import retry_mails
from community.ops import worker
from community.rsvp import respond
from tests.evidence import Evidence
from tests.inbound.answering import SERVER
from tests.reliability.failing_calls.flows import FLOWS, Flow, rsvp, withdrawal
from tests.reliability.failing_calls.injected import KINDS, Fault, injected
from tests.reliability.failing_calls.stage import Stage, counts
from tests.reliability.killed.guarantee import database_is_whole
from tests.reliability.killed.post_office import PostOffice, post_office

pytestmark = [
    pytest.mark.slow,
    pytest.mark.proof,
    # psycopg's cursors cannot be closed any more once their connection was broken.
    pytest.mark.filterwarnings("ignore:<psycopg.ServerCursor:ResourceWarning"),
]
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "the n-th call fails, n = 1, 2...: all or nothing is saved, trying again succeeds"
# A backup writes a thousand times. In `make test` every sixth statement, and the mail server once.
STEP = {"file": 8} if PROOF else {"statement": 6, "clock": 6}
AT_DATABASE = ("statement", "commit", "commit unheard")
SHORT = {withdrawal: AT_DATABASE}
OVER = {MailState.SENT, MailState.SUPERSEDED, MailState.STOPPED}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@dataclass
class Sweep:
    """One flow on its stage; ``act`` and the worker's passes are what can meet the fault."""

    app: Flask
    office: PostOffice
    flow: Flow
    stage: Stage
    fault: Fault

    def __post_init__(self) -> None:
        settings = self.app.extensions["community_settings"]
        known = settings.model_copy(update={"mail_url": f"smtp://127.0.0.1:{self.office.port}"})
        self._sender = worker._Sender(known)
        self.newest = db.session.scalar(sa.select(sa.func.max(OutboxMail.id))) or 0

    def begin(self, kind: str, number: int) -> dict[str, tuple[int, str]]:
        """Set everything back, and say what is there."""
        self.stage.set_back()
        self.flow.sweep()
        self._sender._way_out.close()
        self.office.taken.clear()
        self.fault.arm(kind, number)
        return self._seen()

    def act(self) -> bool:
        """Whether whoever pressed was told that it worked."""
        try:
            with self.fault.counting():
                return self.flow.act()
        except AssertionError:
            raise
        except Exception:  # a refusal as well as what broke: nobody was told that it worked
            db.session.rollback()
            return False

    def work(self) -> None:
        """What the worker does: a pass that breaks is followed by another."""
        for step in (worker._announce, worker._tell_many, self._sender.send):
            for _ in range(40):
                more = True
                with suppress(Exception), self.fault.counting():
                    more = step()
                db.session.remove()
                if not more:
                    break

    def mails(self) -> list[OutboxMail]:
        found = sa.select(OutboxMail).where(OutboxMail.id > self.newest)
        return list(db.session.scalars(found.execution_options(populate_existing=True)))

    def end(self) -> tuple[dict[str, int], list[tuple[str, str]]]:
        """How many rows there are of everything, and which mails came where. All have left."""
        db.session.rollback()
        rows = self.mails()
        assert {mail.state for mail in rows} <= OVER, [(m.state, m.last_error) for m in rows]
        copies, prints = self.office.copies(), self.office.fingerprints()
        sent = {mail.message_id for mail in rows if mail.state == MailState.SENT}
        assert set(copies) == sent, "lost, or sent though it is said not to be"
        assert all(len(different) == 1 for different in prints.values()), "a copy is another mail"
        assert sum(len(all_) - 1 for all_ in copies.values()) <= 1, "one failure, two copies"
        to = {name: all_[0].recipient for name, all_ in copies.items()}
        went = sorted((mail.kind, to.get(mail.message_id, mail.state)) for mail in rows)
        return counts(self.stage.seen()), went

    def run(self, kind: str) -> int:
        """Let each call of that kind fail in its turn; says how many there are."""
        self.begin("", 0)
        assert self.act(), "nothing fails, and yet it did not work"
        saved = counts(self._seen())
        self.work()
        self.flow.after()
        wanted = self.end()
        for number in range(1, 2000, STEP.get(kind, 1)):
            before = self.begin(kind, number)
            acknowledged = self.act()
            self._all_or_nothing(before, saved, acknowledged)
            self.work()
            if not self.fault.failed:
                tried = self.fault.calls
                break
            self.flow.after()
            self.act()
            retry_mails()  # what was put off needs no minute of waiting
            self.work()
            self.flow.after()
            assert self.end() == wanted, f"trying again after {kind} {number} led elsewhere"
        assert self.end() == wanted
        database_is_whole()
        return tried

    def _all_or_nothing(
        self, before: dict[str, tuple[int, str]], saved: dict[str, int], acknowledged: bool
    ) -> None:
        now = self._seen()
        if acknowledged:
            assert counts(now) == saved, "it was said to have worked"
        elif now != before:
            assert counts(now) == saved, "something in between was saved"

    def _seen(self) -> dict[str, tuple[int, str]]:
        seen = self.stage.seen()
        return {name: rows for name, rows in seen.items() if name not in self.flow.first}


@pytest.fixture
def sweep(
    app: Flask, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[Flask], Flow]], Sweep]]:
    """Builds a flow's stage; what its preparations sent has left."""
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"authserv_id": SERVER})
    monkeypatch.setattr(delivery, "_INSIST", (0.0,) * 7)
    stages: list[Stage] = []
    with injected(db.engine) as fault:

        def build(make: Callable[[Flask], Flow]) -> Sweep:
            flow = make(app)
            sender = worker._Sender(known.model_copy(update={"mail_url": ""}))
            while worker._tell_many() or sender.send():
                pass
            stages.append(Stage())
            fault.files_in = flow.files_in
            return Sweep(app, office, flow, stages[-1], fault)

        yield build
    for stage in stages:
        stage.close()
    app.extensions["community_settings"] = known


@pytest.mark.parametrize("make", FLOWS if PROOF else (rsvp, withdrawal), ids=lambda f: f.__name__)
def test_any_call_may_fail(
    sweep: Callable[[Callable[[Flask], Flow]], Sweep],
    make: Callable[[Flask], Flow],
    evidence: Evidence,
) -> None:
    one = sweep(make)
    kinds = KINDS if PROOF else SHORT.get(make, KINDS)
    if db.engine.dialect.name == "postgresql":
        kinds = AT_DATABASE  # the rest knows no database
    counted = {kind: one.run(kind) for kind in kinds}
    assert counted["statement"] > 5
    said = ", ".join(f"{kind} {count}" for kind, count in counted.items() if count)
    control = "" if make is rsvp else f"a second commit, as in: {rsvp.__doc__}"
    evidence("R18", f"{SHOWN}: {make.__doc__}", count=said, control=control)


def test_a_commit_in_the_middle_of_a_use_case_is_found(
    sweep: Callable[[Callable[[Flask], Flow]], Sweep],
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
) -> None:
    take = respond.take_seats

    def take_and_save(event: Event, party: int) -> bool:
        taken = take(event, party)
        db.session.commit()
        database._begin(db.session())
        return taken

    monkeypatch.setattr(respond, "take_seats", take_and_save)
    with pytest.raises(AssertionError, match="something in between was saved"):
        sweep(rsvp).run("statement")
    evidence("R18", f"{SHOWN}: {rsvp.__doc__}", control="a second commit in the middle is found")
