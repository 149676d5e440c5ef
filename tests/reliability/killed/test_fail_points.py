"""Web and worker die at each place where a death could hurt, and nothing is lost or changed."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.mail.models import MailState, OutboxMail
from tests.evidence import Evidence
from tests.journeys.crowd import a_crowd, in_a_loop, open_form, press
from tests.journeys.running import Running, running
from tests.reliability.killed.fail_points import POINTS, WINDOW, arm, deaths
from tests.reliability.killed.guarantee import answers_are_whole, database_is_whole, mails_are_whole
from tests.reliability.killed.post_office import PostOffice, post_office

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
TIMES = 5 if PROOF else 1
LEASE = "5" if PROOF else "2"
SHOWN = "kill -9 at named places of web and worker: no answer or mail lost, copies identical"
# What is taken out, where a worker then dies, and what is to be seen of it.
CONTROLS = [
    ("mark", "worker: after RCPT", "a mail that counts as sent never left"),
    ("freezing", "worker: after the last dot", "a copy is another mail"),
][: 2 if PROOF else 1]
COMMAND = [str(Path(__file__).with_name("serve_failing.py")), "serve"]


@contextmanager
def failing(
    instance: Path, database_url: str, office: PostOffice, *, without: str = ""
) -> Iterator[Running]:
    """The program with its fail points, sending one mail at a time to the server.

    ``without`` names a protection that is taken out (``weakened``).
    """
    mail_url = f"smtp://127.0.0.1:{office.port}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEASE", LEASE)
        environment.setenv("WITHOUT", without)
        facts = {"rate_limits": "off", "mail_threads": "1", "mail_url": mail_url}
        with running(instance, database_url=database_url, command=COMMAND, **facts) as program:
            yield program


async def insist(program: Running, slug: str, cookie: str) -> None:
    """Press until an answer comes: a person whose browser says "connection lost" tries again."""
    until = time.monotonic() + 180
    while time.monotonic() < until:
        with suppress(OSError, ValueError, IndexError, AssertionError):
            form = await open_form(program.port, cookie, slug)
            if await press(program.port, form, slug) == 303:
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the program never came back")


class Pressing:
    """People who answer one after the other, and those who have been told that it worked."""

    def __init__(self, program: Running, *, people: int, seats: int) -> None:
        self.program, self.seats = program, seats
        self.slug, crowd = a_crowd(program, people=people, seats=seats)
        self._waiting = iter(crowd.items())
        self.acknowledged: list[str] = []

    def next(self) -> None:
        address, cookie = next(self._waiting)
        in_a_loop(insist(self.program, self.slug, cookie))
        self.acknowledged.append(address)

    def until_gone(self, file: Path) -> None:
        """Somebody answers, and another if that does not make anybody pass the place."""
        for _ in range(4):
            self.next()
            until = time.monotonic() + 30
            while time.monotonic() < until:
                if not file.exists():
                    return
                time.sleep(0.01)
        raise AssertionError(f"nobody came by {file.name!r}")


def wait_for_empty_outbox(seconds: float = 180) -> None:
    """Every mail has been dealt with, those of the dead included."""
    until = time.monotonic() + seconds
    waiting = [MailState.QUEUED, MailState.SENDING]
    count: int | None = 1
    while count and time.monotonic() < until:
        left = sa.select(sa.func.count()).where(OutboxMail.state.in_(waiting))
        count = db.session.scalar(left)
        db.session.rollback()
        time.sleep(0.1)
    assert not count, f"{count} mails never left"


def test_a_death_at_any_place_loses_and_changes_nothing(
    own_database: str, tmp_path: Path, evidence: Evidence
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    order = [point for point in POINTS for _ in range(TIMES)]
    random.Random(seed).shuffle(order)
    with post_office() as office, failing(tmp_path, own_database, office) as program:
        pressing = Pressing(program, people=len(order) * 2 + 10, seats=len(order))
        for point in order:
            pressing.until_gone(arm(tmp_path, point))
        with program.app.app_context():
            wait_for_empty_outbox()
            answers_are_whole(pressing.slug, pressing.acknowledged, seats=pressing.seats)
            died = deaths(tmp_path)
            in_window = Counter(mail for where, mail, _ in died if where in WINDOW)
            more = mails_are_whole(office, deaths=in_window)
            database_is_whole()
    assert Counter(where for where, _, _ in died) == Counter(order)
    assert sum(more.values()) == sum(in_window.values()), "the window between dot and mark"
    evidence(
        "R4",
        SHOWN,
        count=f"{len(POINTS)} places x {TIMES}, {len(pressing.acknowledged)} answers, "
        f"{sum(more.values())} copies, all identical; seed {seed}",
    )


@pytest.mark.parametrize(("without", "place", "seen"), CONTROLS)
def test_without_the_protection_the_same_death_is_seen(
    own_database: str, tmp_path: Path, evidence: Evidence, without: str, place: str, seen: str
) -> None:
    with (
        post_office() as office,
        failing(tmp_path, own_database, office, without=without) as program,
    ):
        pressing = Pressing(program, people=5, seats=5)
        pressing.until_gone(arm(tmp_path, place))
        with program.app.app_context():
            wait_for_empty_outbox()
            with pytest.raises(AssertionError, match=seen):
                mails_are_whole(office)
    evidence("R4", SHOWN, control="sent before it left: lost; bytes made anew: copies differ")
