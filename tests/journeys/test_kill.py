"""Web and worker are killed with -9 while they work; what was acknowledged is there afterwards."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.events.queries import find_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import PersonAddress
from community.rsvp.models import Rsvp, RsvpStatus
from tests.journeys.crowd import a_crowd, in_a_loop, open_form, press
from tests.journeys.running import Running, running
from tests.journeys.visitor import calendar_of

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
PEOPLE, SEATS, KILLS = (1200, 1000, 120) if PROOF else (120, 100, 12)
# The long run waits as long as an operator would for what a killed worker held.
LEASE = "90" if PROOF else "8"


async def _insist(program: Running, slug: str, cookie: str) -> None:
    """Press until an answer comes: a person whose browser says "connection lost" tries again."""
    for _ in range(400):
        with suppress(OSError, ValueError, IndexError, AssertionError):
            form = await open_form(program.port, cookie, slug)
            if await press(program.port, form, slug) == 303:
                return
        await asyncio.sleep(0.1)
    raise AssertionError("the program never came back")


async def _kill_now_and_then(program: Running, seed: int) -> int:
    """SIGKILL for half of the processes below the supervisor, again and again."""
    chance = random.Random(seed)
    killed = 0
    while killed < KILLS:
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        for pid in program.children():
            if chance.random() < 0.5:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    return killed


async def _storm(program: Running, slug: str, cookies: list[str], seed: int) -> int:
    async def in_turn(cookie: str, delay: float) -> None:
        await asyncio.sleep(delay)
        await _insist(program, slug, cookie)

    presses = (in_turn(cookie, n * 0.04) for n, cookie in enumerate(cookies))
    killed, *_ = await asyncio.gather(_kill_now_and_then(program, seed), *presses)
    return killed


def _wait_for_empty_outbox(seconds: float = 150) -> None:
    until = time.monotonic() + seconds
    waiting = [MailState.QUEUED, MailState.SENDING]
    while time.monotonic() < until:
        left = sa.select(sa.func.count()).where(OutboxMail.state.in_(waiting))
        count = db.session.scalar(left)
        db.session.rollback()
        if not count:
            return
        time.sleep(0.25)
    raise AssertionError(f"{count} mails never left")


def test_every_acknowledged_answer_and_its_invite_survive(
    own_database: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    with running(
        tmp_path, database_url=own_database, rate_limits="off", lease_seconds=LEASE
    ) as program:
        slug, people = a_crowd(program, people=PEOPLE, seats=SEATS)
        killed = in_a_loop(_storm(program, slug, list(people.values()), seed))
        assert killed >= KILLS, "the test must kill to mean anything"
        with program.app.app_context():
            _wait_for_empty_outbox()
            event = find_event(slug)
            assert event is not None
            rows = db.session.execute(
                sa.select(PersonAddress.address, Rsvp.status)
                .join(Rsvp, Rsvp.person_id == PersonAddress.person_id)
                .where(Rsvp.event_id == event.id)
            ).all()
            assert event.seats_taken == SEATS
        answers = {address: status for address, status in rows}  # noqa: C416 - rows, not pairs
        assert set(answers) == set(people), "an acknowledged answer is gone"
        assert Counter(answers.values()) == {
            RsvpStatus.GOING: SEATS,
            RsvpStatus.WAITLISTED: PEOPLE - SEATS,
        }
        received = program.mailbox.by_recipient()
        for address, status in answers.items():
            (mail,) = received[address]
            wanted = b"PARTSTAT=ACCEPTED" if status == RsvpStatus.GOING else b"PARTSTAT=TENTATIVE"
            calendar = calendar_of(mail).replace(b"\r\n ", b"")
            assert wanted in calendar
            assert b"METHOD:REQUEST" in calendar
