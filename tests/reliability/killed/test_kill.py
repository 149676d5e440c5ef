"""Web and worker are killed with -9 while they work; what was acknowledged is there afterwards."""

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.mail.models import OutboxMail
from tests.evidence import Evidence
from tests.journeys.crowd import a_crowd, in_a_loop
from tests.journeys.running import Running, running
from tests.journeys.visitor import calendar_of
from tests.reliability.killed.fail_points import worker_of
from tests.reliability.killed.guarantee import (
    answers_are_whole,
    database_is_whole,
    mails_are_whole,
)
from tests.reliability.killed.post_office import PostOffice, post_office
from tests.reliability.killed.test_fail_points import COMMAND, insist, wait_for_empty_outbox

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
# On each of the two databases. Between two rounds of killing somebody has been answered.
PEOPLE, SEATS, KILLS = (300, 250, 250) if PROOF else (20, 15, 5)
# The long run waits as long as an operator would for what a killed worker held.
LEASE, THREADS = ("90" if PROOF else "2"), 2
SHOWN = "kill -9 of web and worker at random: no answer or mail lost, copies identical"


@dataclass
class Killing:
    """SIGKILL for half of the processes below the supervisor, again and again."""

    program: Running
    chance: random.Random
    answered: int = 0
    killed: int = 0
    workers_died_at: list[float] = field(default_factory=list)

    async def go(self) -> None:
        while self.killed < KILLS or not self.workers_died_at:  # by chance only webs died so far
            before = self.answered
            await asyncio.sleep(self.chance.uniform(0.1, 0.6))
            for _ in range(100):
                if self.answered > before or self.answered == PEOPLE:
                    break
                await asyncio.sleep(0.1)
            for pid in self.program.children():
                if self.chance.random() < 0.5:
                    self._kill(pid)

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
        with suppress(OSError, ValueError):
            if pid == worker_of(self.program.instance):
                self.workers_died_at.append(time.time())


async def _storm(killing: Killing, slug: str, cookies: list[str]) -> None:
    async def in_turn(cookie: str, delay: float) -> None:
        await asyncio.sleep(delay)
        await insist(killing.program, slug, cookie)
        killing.answered += 1

    presses = (in_turn(cookie, n * 0.3) for n, cookie in enumerate(cookies))
    await asyncio.gather(killing.go(), *presses)


def _each_copy_has_its_death(office: PostOffice, died_at: list[float]) -> int:
    """Between a mail and its copy a worker died; says how many copies there are."""
    count = 0
    for copies in office.copies().values():
        for one, again in pairwise(copies):
            died = any(one.at - 0.1 <= at <= again.at for at in died_at)
            assert died, "a copy without a death"
            count += 1
    assert count <= len(died_at) * THREADS
    return count


def _seconds_after(died_at: list[float]) -> float:
    """From the last death of a worker until the last mail had left."""
    last = db.session.scalar(sa.select(sa.func.max(OutboxMail.sent_at)))
    assert last is not None
    return max(0.0, last.timestamp() - max(died_at))


def test_every_acknowledged_answer_and_its_invite_survive(
    own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    monkeypatch.setenv("LEASE", LEASE)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    facts = {"rate_limits": "off", "mail_threads": str(THREADS)}
    with (
        post_office() as office,
        running(
            tmp_path,
            database_url=own_database,
            command=COMMAND,
            mail_url=f"smtp://127.0.0.1:{office.port}",
            **facts,
        ) as program,
        program.app.app_context(),
    ):
        slug, people = a_crowd(program, people=PEOPLE, seats=SEATS)
        killing = Killing(program, random.Random(seed))
        in_a_loop(_storm(killing, slug, list(people.values())))
        wait_for_empty_outbox(240)
        answers = answers_are_whole(slug, people, seats=SEATS)
        mails_are_whole(office)
        database_is_whole()
        copies = _each_copy_has_its_death(office, killing.workers_died_at)
        seconds = _seconds_after(killing.workers_died_at)
    if PROOF:
        assert seconds <= 120
    by_recipient = {one.recipient: one.message for one in office.taken}
    for address, status in answers.items():
        calendar = calendar_of(by_recipient[address]).replace(b"\r\n ", b"")
        assert b"METHOD:REQUEST" in calendar
        assert (b"PARTSTAT=ACCEPTED" if status == "going" else b"PARTSTAT=TENTATIVE") in calendar
    evidence(
        "R4",
        SHOWN,
        count=f"{killing.killed} kills, {len(killing.workers_died_at)} of them workers; "
        f"{len(answers)} answers, {copies} copies; the last mail {seconds:.0f} s after the last "
        f"death with a lease of {LEASE} s; seed {seed}",
        control="that of the named places",
    )
