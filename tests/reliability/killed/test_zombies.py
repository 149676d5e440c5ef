"""A worker sleeps past its lease and goes on as if nothing had been: its word counts no more."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.mail.models import MailState, OutboxMail
from tests.evidence import Evidence
from tests.journeys.running import ROOT, Running, running
from tests.reliability.killed.guarantee import (
    answers_are_whole,
    database_is_whole,
    mails_are_whole,
)
from tests.reliability.killed.post_office import PostOffice, post_office
from tests.reliability.killed.test_fail_points import COMMAND, Pressing, wait_for_empty_outbox

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
ZOMBIES = 50 if PROOF else 3  # on each of the two databases
THREADS = 4
LEASE = "1.5"
ONE, OTHER = "one.test", "other.test"
SHOWN = "a worker stopped past its lease and continued: what it says is refused, copies identical"


@dataclass
class Holding:
    """Keeps the mails of one worker on the wire where they are, until told what to answer.

    ``to`` are the recipients held. The command at which each is held is drawn by lot; whatever the
    server did with a mail by then, its last answer to the zombie is ``verdict``.
    """

    chance: random.Random
    to: dict[str, str] = field(default_factory=dict)
    verdict: str = "550 no such user"
    is_open: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, by: str, command: str, recipient: str) -> str | None:
        if by != OTHER or not recipient or command not in {"RCPT", "DATA", "DOT"}:
            return None
        with self.lock:
            is_held = recipient in self.to
            if self.is_open and not is_held and self.chance.random() < 0.5:
                self.to[recipient] = command
                wait = True
            else:
                wait = False
        if wait:
            self.go_on.wait(300)
        return self.verdict if command == "DOT" and recipient in self.to else None


@contextmanager
def two_workers(
    instance: Path, database_url: str, office: PostOffice, *, without: str = ""
) -> Iterator[tuple[Running, int]]:
    """Two web processes and a worker, and another worker; the program, and that one's pid."""

    def url(name: str) -> str:
        return f"smtp://127.0.0.1:{office.port}?ehlo={name}"

    facts = {"rate_limits": "off", "mail_threads": str(THREADS), "web_processes": "2"}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEASE", LEASE)
        environment.setenv("WITHOUT", without)
        with running(
            instance, database_url=database_url, command=COMMAND, mail_url=url(ONE), **facts
        ) as program:
            worker = subprocess.Popen(
                [sys.executable, COMMAND[0], "worker"],
                cwd=ROOT,
                env={**program.environment, "COMMUNITY_MAIL_URL": url(OTHER)},
                stdout=subprocess.DEVNULL,
            )
            try:
                yield program, worker.pid
            finally:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
                worker.wait(10)


def a_nap(pressing: Pressing, office: PostOffice, worker: int, chance: random.Random) -> set[str]:
    """The other worker falls asleep with mails in hand, and wakes when the first one has sent them.

    Says to whom they are.
    """
    holding = Holding(chance)
    office.when_said, holding.is_open = holding, True
    until = time.monotonic() + 120
    while not holding.to and time.monotonic() < until:
        for _ in range(THREADS):
            pressing.next()
        time.sleep(0.1)  # for its other threads
    stop(worker)
    with holding.lock:
        holding.is_open = False
        asleep = set(holding.to)
    assert asleep
    until = time.monotonic() + 120
    while not asleep <= sent_by(office, ONE):
        assert time.monotonic() < until, "nobody took over"
        time.sleep(0.05)
    wait_for_empty_outbox()
    holding.go_on.set()
    os.kill(worker, signal.SIGCONT)
    time.sleep(0.3)
    return asleep


def both_work(pressing: Pressing, office: PostOffice) -> None:
    """Wait until each of the two workers has sent a mail."""
    until = time.monotonic() + 180
    while not (sent_by(office, ONE) and sent_by(office, OTHER)):
        assert time.monotonic() < until, "one of the workers never began"
        pressing.next()
        time.sleep(0.5)


def stop(worker: int) -> None:
    """SIGSTOP, at a moment at which it holds no lock: that would hold up everybody else."""
    for _ in range(100):
        os.kill(worker, signal.SIGSTOP)
        if nobody_is_held_up():
            return
        os.kill(worker, signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("it is in a transaction each time")


_ASLEEP = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
AND state LIKE 'idle in%' AND state_change < clock_timestamp() - interval '0.15 s'
"""


def nobody_is_held_up() -> bool:
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(db.engine.url.database), timeout=0.3)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True
    time.sleep(0.2)
    with db.engine.connect() as connection:
        return connection.scalar(sa.text(_ASLEEP)) is None


def sent_by(office: PostOffice, name: str) -> set[str]:
    with office.lock:
        return {one.recipient for one in office.taken if one.by == name}


def test_what_a_zombie_says_changes_nothing(
    own_database: str, tmp_path: Path, evidence: Evidence
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, asleep, naps = random.Random(seed), set[str](), 0
    with (
        post_office() as office,
        two_workers(tmp_path, own_database, office) as (program, worker),
        program.app.app_context(),
    ):
        pressing = Pressing(program, people=ZOMBIES * 2 * THREADS + 400, seats=ZOMBIES)
        both_work(pressing, office)
        while len(asleep) < ZOMBIES:
            asleep |= a_nap(pressing, office, worker, chance)
            naps += 1
        office.when_said = None
        pressing.next()
        wait_for_empty_outbox()
        answers_are_whole(pressing.slug, pressing.acknowledged, seats=pressing.seats)
        more = mails_are_whole(office)
        database_is_whole()
        tries = sa.select(OutboxMail.recipient).where(OutboxMail.attempts > 1)
        assert asleep <= set(db.session.scalars(tries)), "another one went on with each"
        db.session.rollback()
    assert max(more.values(), default=0) <= 1, "three copies of one mail"
    evidence(
        "R19",
        SHOWN,
        count=f"{len(asleep)} mails in the hands of a worker stopped {naps} times; "
        f"{sum(more.values())} came twice, none three times; seed {seed}",
    )


def test_without_the_fence_the_zombie_has_the_last_word(
    own_database: str, tmp_path: Path, evidence: Evidence
) -> None:
    chance = random.Random(1)
    with (
        post_office() as office,
        two_workers(tmp_path, own_database, office, without="fence") as (program, worker),
        program.app.app_context(),
    ):
        pressing = Pressing(program, people=500, seats=50)
        both_work(pressing, office)
        asleep = a_nap(pressing, office, worker, chance)
        until = time.monotonic() + 20
        failed: set[str] = set()
        while not failed and time.monotonic() < until:
            found = sa.select(OutboxMail.recipient).where(OutboxMail.state == MailState.FAILED)
            failed = set(db.session.scalars(found))
            db.session.rollback()
            time.sleep(0.1)
        assert failed & asleep, "a mail that has left must be said to have failed"
    evidence("R19", SHOWN, control="fence out: a mail that has left counts as failed")
