"""Processes that answer an event without pause, and a note of every answer that was acknowledged.

As a script it loads the program once and forks writers from it, as often as it is told to: a test
kills a thousand of them and does not wait for a thousand starts.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402 - as a script it must find the program first
from flask_migrate import upgrade  # noqa: E402 - the same

from community.app import create_app  # noqa: E402 - the same
from community.core.db import DatabaseBusy, db, durable_soon  # noqa: E402 - the same
from community.rsvp.models import Decision, Rsvp, RsvpStatus  # noqa: E402 - the same
from community.rsvp.respond import say_no, say_yes  # noqa: E402 - the same
from tests.factories.events import an_event  # noqa: E402 - the same
from tests.factories.people import a_member  # noqa: E402 - the same

OUTAGES = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    sa.exc.InternalError,  # "the database system is shutting down" in the middle of a statement
    DatabaseBusy,
)
_HERE = (RsvpStatus.GOING, RsvpStatus.WAITLISTED)


@dataclass
class Program:
    """The loaded program that writers are forked from."""

    process: subprocess.Popen[str]

    def tell(self, **what: object) -> int:
        """Start writers; the id of their process group."""
        assert self.process.stdin is not None
        print(json.dumps(what), file=self.process.stdin, flush=True)
        return int(self.answer())

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@dataclass
class Writers:
    """Those of one event. People are given out among them, so that each acts in order."""

    program: Program
    event_id: int
    people: list[int]
    notes: Path
    group: int = 0

    def go(self, count: int, *, soon: bool = False, pause: float = 0.0) -> None:
        """Let so many write. ``soon``: without waiting for the disk; ``pause`` after each."""
        self.group = self.program.tell(
            event_id=self.event_id,
            people=self.people,
            notes=str(self.notes),
            count=count,
            soon=soon,
            pause=pause,
        )

    def kill(self) -> None:
        """All of them at once, wherever they are."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """After what each is at."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        os.killpg(self.group, number)
        self.group = 0
        assert self.program.answer() == "gone"

    def acknowledged(self) -> Counter[int]:
        """By person, how many answers were acknowledged so far."""
        return Counter(person for word, person in self._lines() if word != "refused")

    def refused(self) -> int:
        return sum(word == "refused" for word, _person in self._lines())

    def last(self) -> dict[int, str]:
        """By person, the answer that was acknowledged last.

        Not of those who were refused since: a server that dies while it commits may have saved it.
        """
        newest = {person: word for word, person in self._lines()}
        return {person: word for person, word in newest.items() if word != "refused"}

    def _lines(self) -> list[tuple[str, int]]:
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [(word, int(person)) for word, person in (line.split() for line in lines)]


@contextmanager
def loaded(app: Flask) -> Iterator[Program]:
    """The program on the database of ``app``, ready to be forked."""
    settings = app.extensions["community_settings"]
    own = {k: v for k, v in os.environ.items() if not k.startswith(("COMMUNITY_", "COVERAGE_"))}
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    process = subprocess.Popen(
        [sys.executable, __file__],
        env={
            **own,
            "COMMUNITY_INSTANCE_PATH": str(settings.instance_path),
            **({"COMMUNITY_DATABASE_URL": url} if url.startswith("postgresql") else {}),
        },
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def writers(program: Program, event_id: int, people: list[int], notes: Path) -> Iterator[Writers]:
    """Those of one event; none is left after the block."""
    crew = Writers(program, event_id, people, notes)
    try:
        yield crew
    finally:
        if crew.group:
            crew.kill()


@contextmanager
def a_program(instance: Path, url: str) -> Iterator[tuple[Flask, Program]]:
    """An application with a migrated database, and a program that writers are forked from."""
    app = create_app(instance_path=instance, database_url=url)
    with loaded(app) as program:  # while it loads, the tables are made
        with app.app_context():
            upgrade()
            db.session.remove()
        yield app, program
    with app.app_context():
        db.engine.dispose()


def an_open_event(people: int, seats: int) -> tuple[int, list[int]]:
    """Its id, and those of so many who may answer."""
    ids = an_event(capacity=seats).id, [a_member().id for _ in range(people)]
    db.session.rollback()
    return ids


def wait_for_more(crew: Writers, more: int) -> None:
    """Until so many more answers were acknowledged."""
    until, enough = time.monotonic() + 60, crew.acknowledged().total() + more
    while crew.acknowledged().total() < enough:
        assert time.monotonic() < until, "nobody writes any more"
        time.sleep(0.02)


def decided(event_id: int) -> Counter[int]:
    """By person, how many decisions on their answers the database has."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Rsvp.person_id, sa.func.count())
        .join(Decision, Decision.rsvp_id == Rsvp.id)
        .where(Rsvp.event_id == event_id)
        .group_by(Rsvp.person_id)
    ).all()
    db.session.rollback()
    return Counter({int(person): count for person, count in rows if person is not None})


def lost(acknowledged: Counter[int], event_id: int) -> int:
    """How many acknowledged answers the database does not have: each is a decision there."""
    return (acknowledged - decided(event_id)).total()


def differing(last: dict[int, str], event_id: int) -> list[int]:
    """Whose state is not what was acknowledged last, once nobody writes any more."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Rsvp.person_id, Rsvp.status).where(Rsvp.event_id == event_id)
    )
    state = {person: "yes" if status in _HERE else "no" for person, status in rows}
    db.session.rollback()
    return [person for person, word in last.items() if state.get(person) != word]


def _main() -> None:
    app = create_app()
    for line in sys.stdin:
        told = json.loads(line)
        pids: list[int] = []
        for number in range(told["count"]):
            pid = os.fork()
            if not pid:
                os.setpgid(0, pids[0] if pids else 0)
                own = told["people"][number :: told["count"]]
                _write(app, told["event_id"], own, told["notes"], told["soon"], told["pause"])
                os._exit(0)
            with suppress(OSError):  # it may have done so itself by now
                os.setpgid(pid, pids[0] if pids else pid)
            pids.append(pid)
        print(pids[0], flush=True)
        for pid in pids:
            os.waitpid(pid, 0)
        print("gone", flush=True)


def _write(
    app: Flask, event_id: int, people: list[int], notes: str, soon: bool, pause: float
) -> None:
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    out = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with app.app_context():
        while not asked:
            for person in people:
                word = _answer(event_id, person, soon)
                os.write(out, f"{word} {person}\n".encode())  # the file outlives this process
                time.sleep(pause if word != "refused" else 0.05)
                if asked:
                    break


def _answer(event_id: int, person: int, soon: bool) -> str:
    """Change what somebody said to the other; the word for it, or that it was refused."""
    try:
        found = db.session.scalar(
            sa.select(Rsvp.status).where(Rsvp.event_id == event_id, Rsvp.person_id == person)
        )
        act, word = (say_no, "no") if found in _HERE else (say_yes, "yes")
        if soon:
            with durable_soon():
                act(person, event_id)
        else:
            act(person, event_id)
    except OUTAGES:
        with suppress(*OUTAGES):
            db.session.remove()
        return "refused"
    return word


if __name__ == "__main__":
    _main()
