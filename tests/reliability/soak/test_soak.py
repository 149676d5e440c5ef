"""Fifty requests a second with mail going out and answers coming in: nothing grows, nothing breaks.

``SOAK_MINUTES=30`` runs longer than the ten minutes that are usual.
"""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest

from community.app import create_app
from community.core.db import db
from community.inbound.receive import receive
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.factories.mails import letter
from tests.factories.replies import answer_to
from tests.journeys.crowd import a_crowd, in_a_loop, open_form, send
from tests.journeys.running import Running, running
from tests.mail.faults import FaultyServer, faulty

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
RATE = 50  # requests a second
PEOPLE, SEATS = 200, 120
STEADY = "hours of use: memory, open files, threads and the write-ahead log stay flat, no 5xx"


@dataclass
class Sample:
    """What the program's processes hold at one moment."""

    at: float
    memory: int  # kilobytes
    files: int
    threads: int
    log: int  # bytes


@dataclass
class Soak:
    """What was answered, and how the program looked meanwhile."""

    answers: Counter[int] = field(default_factory=Counter)
    received: int = 0
    samples: list[Sample] = field(default_factory=list)

    def faults(self, *, settled: float) -> list[str]:
        """What grew after so many seconds, or broke."""
        began = self.samples[0].at + settled
        after = [sample for sample in self.samples if sample.at >= began]
        quarter = max(1, len(after) // 4)
        first, last = after[:quarter], after[-quarter:]
        bounds = {"memory": (1.05, 8 * 1024), "files": (1.25, 60), "threads": (1.25, 100)}
        found = []
        for name, (times, more) in bounds.items():
            was = median(getattr(sample, name) for sample in first)
            has = median(getattr(sample, name) for sample in last)
            if has > was * times + more:
                found.append(f"{name} grew from {was:,.0f} to {has:,.0f}")
        if max(sample.log for sample in after) > 64 * 2**20:
            found.append("the write-ahead log is above 64 MB")
        broken = {status for status in self.answers if status >= 500 or status == 0}
        return found + [f"{self.answers[status]} answers of {status}" for status in sorted(broken)]


def _sample(program: Running) -> Sample:
    memory = files = threads = 0
    for process in [program.process.pid, *program.children()]:
        with suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text()
            memory += int((re.search(r"VmRSS:\s+(\d+)", status) or [0, 0])[1])
            threads += int((re.search(r"Threads:\s+(\d+)", status) or [0, 0])[1])
            files += sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
    log = program.instance / "community.db-wal"
    size = log.stat().st_size if log.exists() else 0
    return Sample(time.monotonic(), memory, files, threads, size)


async def _get(port: int, path: str, cookie: str = "") -> int:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    head += f"Cookie: {cookie}\r\n" if cookie else ""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{head}\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1]) if answer else 0


async def _answer(port: int, slug: str, cookie: str, number: int) -> int:
    form = await open_form(port, cookie, slug)
    action = "going" if number % 3 else "decline"
    body = f"csrf_token={form.csrf}&action={action}&guests=0"
    return await send(port, form.cookie, f"/events/{slug}/rsvp", body)


async def _use(program: Running, slug: str, cookies: list[str], seconds: float, soak: Soak) -> None:
    """Open pages and answer at a steady rate, whether or not what went before is answered."""
    pages = ["/", "/events", f"/events/{slug}", "/calendar.ics", "/join", "/sign-in", "/healthz"]
    under_way: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        cookie = cookies[number % len(cookies)]
        try:
            if number % 10 == 0:
                soak.answers[await _answer(program.port, slug, cookie, number)] += 1
            elif number % 3 == 0:
                path = ("/my/events", f"/events/{slug}", "/members")[number // 3 % 3]
                soak.answers[await _get(program.port, path, cookie)] += 1
            else:
                soak.answers[await _get(program.port, pages[number % len(pages)])] += 1
        except (OSError, TimeoutError, AssertionError):
            soak.answers[0] += 1

    began, number = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while number < passed * RATE and len(under_way) < 200:
            task = asyncio.create_task(one(number))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            number += 1
        await asyncio.sleep(0.02)
    await asyncio.gather(*under_way)


async def _watch(program: Running, server: FaultyServer, seconds: float, soak: Soak) -> None:
    """Look at the processes, and answer the newest invite by calendar, every second."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        soak.samples.append(_sample(program))
        await asyncio.to_thread(_reply, program, server, soak)
        await asyncio.sleep(1)


def _reply(program: Running, server: FaultyServer, soak: Soak) -> None:
    with server.lock:
        mails, server.taken = server.taken, []  # what it was given is not kept here either
    for _, data in mails[-1:]:
        invite = letter(data.removesuffix(b".\r\n"))
        if invite.calendar is None or invite.calendar_method != "REQUEST":
            continue
        with program.app.app_context():
            receive(invite.sender, answer_to(invite, "ACCEPTED"))
            db.session.remove()
            soak.received += 1


def _soak(program: Running, server: FaultyServer, seconds: float) -> Soak:
    soak = Soak()
    slug, people = a_crowd(program, people=PEOPLE, seats=SEATS)

    async def all_of_it() -> None:
        cookies = list(people.values())
        await asyncio.gather(
            _use(program, slug, cookies, seconds, soak), _watch(program, server, seconds, soak)
        )

    in_a_loop(all_of_it())
    return soak


@contextmanager
def _started(
    instance: Path, command: list[str] | None = None
) -> Iterator[tuple[Running, FaultyServer]]:
    app = create_app(instance_path=instance)
    with app.app_context():
        migrate()
        db.engine.dispose()
    with faulty(None) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        with running(instance, command=command, rate_limits="off", mail_url=url) as program:
            yield program, server


def test_nothing_grows_and_nothing_breaks(tmp_path: Path, evidence: Evidence) -> None:
    with _started(tmp_path) as (program, server):
        soak = _soak(program, server, MINUTES * 60)
    print(soak.answers, soak.received, soak.samples[0], soak.samples[-1])
    assert soak.faults(settled=min(120.0, MINUTES * 20)) == []
    assert soak.received > MINUTES
    total = sum(soak.answers.values())
    evidence("R12", STEADY, count=f"{MINUTES:g} min, {total:,} requests, {soak.received} replies")


def test_a_leak_is_seen(tmp_path: Path, evidence: Evidence) -> None:
    command = [str(Path(__file__).with_name("serve_leaking.py"))]
    with _started(tmp_path, command) as (program, server):
        soak = _soak(program, server, 40)
    faults = " ".join(soak.faults(settled=5))
    assert "memory grew" in faults
    assert "files grew" in faults
    evidence("R12", STEADY, control="of every request 100 kB and a file are kept: seen")
