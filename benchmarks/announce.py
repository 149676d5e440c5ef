"""A message of hosts to everybody who goes: time until all mails are queued, and until all left.

The floors: a bare INSERT of the same rows (readers and mails, with their facts) in batches of the
same size, each committed; and the same bytes by bare smtplib in one connection to the same server.
"""

import smtplib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from benchmarks.crowd import an_event, answer_all, people
from benchmarks.invites import _deliver, a_server
from community.core.current import settings
from community.core.db import Base, db
from community.mail.broadcasts import expand_due
from community.mail.models import MailState, OutboxMail
from community.mail.return_path import return_path
from community.organizing.announcement_batches import BATCH
from community.organizing.announcements import draft_announcement, send_announcement
from community.organizing.segments import Segment
from community.rsvp.models import RsvpStatus

READERS = 10_000
WORDS = "Hello {first_name},\n\n**two things** before {when}:\n\n- a coat\n- {where}\n\n{own_page}"
_OUTBOX = Base.metadata.tables["outbox"]
_RECIPIENTS = Base.metadata.tables["announcement_recipients"]


def measure(_rounds: int, readers: int = READERS) -> Iterator[str]:
    """Lines of the table: one round, because that takes as long as several of the others."""
    event_id, host_id = _going(readers)
    began = time.perf_counter()
    _press(event_id, host_id)
    pressed = time.perf_counter() - began
    expand_due()
    queued = time.perf_counter() - began
    rows, facts = _rows(event_id)
    assert len(rows) == readers
    floor = _insert(rows, facts)
    yield _line("press of the button, readers frozen", readers, pressed, pressed)
    yield _line("INSERT of the same rows (floor)", readers, floor, floor)
    yield _line("all mails queued", readers, queued, floor)
    with a_server() as port:
        began = time.perf_counter()
        _deliver(port, settings().mail_threads)
        drained = time.perf_counter() - began
        sent = _sent(event_id)
        assert len(sent) == readers
        floor = _bare(port, sent)
    yield _line("smtplib with the same bytes (floor)", readers, floor, floor)
    yield _line(f"all mails sent, {settings().mail_threads} at a time", readers, drained, floor)


def _line(name: str, readers: int, seconds: float, floor: float) -> str:
    return f"{name:40} {readers / seconds:10,.0f} /s {seconds:8.2f} s {floor / seconds:7.2f}"


def _going(readers: int) -> tuple[int, int]:
    """An event with so many who go, and its host."""
    event = an_event(venue="Glass House", venue_address="450 Kendall Street")
    event_id, host_id = event.id, event.hosts[0].id
    answer_all(event_id, people(readers), RsvpStatus.GOING)
    db.session.remove()
    return event_id, host_id


def _press(event_id: int, host_id: int) -> None:
    whom = Segment(statuses=("going",))
    words = {"subject": "What to bring to {event}", "body": WORDS}
    one = draft_announcement(host_id, event_id, whom, **words)
    send_announcement(host_id, event_id, one.id)


def _rows(event_id: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of readers and of mails as they are, to be written once more."""
    mails = sa.select(_OUTBOX).where(_OUTBOX.c.event_id == event_id)
    found = [dict(row) for row in db.session.execute(mails).mappings()]
    readers = db.session.execute(sa.select(_RECIPIENTS)).mappings()
    db.session.rollback()
    return [dict(row) for row in readers], found


def _insert(readers: Sequence[dict[str, Any]], mails: Sequence[dict[str, Any]]) -> float:
    """Seconds that the same rows take, deleted first; they are the same ones afterwards."""
    with db.engine.begin() as connection:
        connection.execute(sa.delete(_RECIPIENTS))
        connection.execute(sa.delete(_OUTBOX).where(_OUTBOX.c.id.in_([m["id"] for m in mails])))
    began = time.perf_counter()
    for at in range(0, len(mails), BATCH):
        with db.engine.begin() as connection:
            connection.execute(sa.insert(_OUTBOX), mails[at : at + BATCH])
            connection.execute(sa.insert(_RECIPIENTS), readers[at : at + BATCH])
    return time.perf_counter() - began


def _sent(event_id: int) -> list[tuple[str, str, bytes]]:
    found = sa.select(OutboxMail.id, OutboxMail.recipient, OutboxMail.body).where(
        OutboxMail.event_id == event_id, OutboxMail.state == MailState.SENT
    )
    return [(return_path(row.id), row.recipient, row.body) for row in db.session.execute(found)]


def _bare(port: int, sent: Sequence[tuple[str, str, bytes]]) -> float:
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for sender, recipient, data in sent:
            server.sendmail(sender, [recipient], data)
    return time.perf_counter() - began
