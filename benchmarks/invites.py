"""Invites by mail: rendered, stored and handed over as the worker does, beside bare libraries.

The floor writes the same calendar files by icalendar and hands the same bytes over by smtplib, in
one connection to the same server: no outbox, no words, no HTML, no MIME, nothing that survives a
power cut.
"""

import contextlib
import multiprocessing
import smtplib
import socket
import time
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from multiprocessing.connection import Connection
from threading import Thread

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from flask import Flask, current_app
from icalendar import Calendar

from benchmarks.crowd import an_event, people
from community.core.current import settings
from community.core.db import db
from community.mail.delivery import deliver_due
from community.mail.models import MailState, OutboxMail
from community.mail.return_path import return_path
from community.mail.transport import Smtp
from community.ops.worker import _BATCH
from community.rsvp.respond import say_yes

MAILS = 300


def measure(rounds: int, mails: int = MAILS) -> Iterator[str]:
    """Lines of the table: mails per second, the best of the rounds, and the ratios to the floor."""
    floors: list[float] = []
    rates: dict[int, list[tuple[float, float]]] = {1: [], settings().mail_threads: []}
    with a_server() as port:
        _round(port, mails // 10, 2)  # templates, zones and prepared statements
        for _ in range(rounds):
            for threads, found in rates.items():
                rate, floor = _round(port, mails, threads)
                found.append((rate, rate / floor))
                floors.append(floor)
    yield f"{'icalendar + smtplib (floor)':40} {max(floors):10,.0f} /s {'1.00':>16}"
    for threads, found in rates.items():
        ratios = sorted(ratio for _, ratio in found)
        name = f"invites by a worker, {threads} at a time"
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        yield f"{name:40} {max(found)[0]:10,.0f} /s {spread:>16}"


@contextlib.contextmanager
def a_server() -> Iterator[int]:
    """A mail server in a process of its own that takes everything; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "ready"
        yield port
        ours.send("stop")
        process.join(timeout=10)
    finally:
        process.terminate()
        process.join()


def _serve(port: int, told: Connection) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    told.send("ready")
    told.recv()
    controller.stop()


def _round(port: int, mails: int, threads: int) -> tuple[float, float]:
    """Mails per second by the worker, and those of the floor with the same bytes."""
    event_id = an_event(venue="Glass House", venue_address="450 Kendall Street").id
    for one in people(mails):
        say_yes(one, event_id)
    db.session.remove()
    began = time.perf_counter()
    _deliver(port, threads)
    rate = mails / (time.perf_counter() - began)
    sent = _sent(event_id)
    assert len(sent) == mails
    calendars = [Calendar.from_ical(_calendar_of(data)) for _, _, data in sent]
    began = time.perf_counter()
    _bare(port, sent, calendars)
    return rate, mails / (time.perf_counter() - began)


def _deliver(port: int, threads: int) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way to it
    senders = [Thread(target=_send_all, args=(app, port, f"lease-{n}")) for n in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def _send_all(app: Flask, port: int, lease: str) -> None:
    """What one of the worker's senders does until nothing is due."""
    way_out = Smtp("127.0.0.1", port)
    with app.app_context():
        while deliver_due(way_out, lease=lease, most=_BATCH):
            pass
    way_out.close()


def _bare(port: int, sent: Sequence[tuple[str, str, bytes]], calendars: Sequence[Calendar]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for (sender, recipient, data), calendar in zip(sent, calendars, strict=True):
            calendar.to_ical()
            server.sendmail(sender, [recipient], data)


def _sent(event_id: int) -> list[tuple[str, str, bytes]]:
    found = sa.select(OutboxMail.id, OutboxMail.recipient, OutboxMail.body).where(
        OutboxMail.event_id == event_id, OutboxMail.state == MailState.SENT
    )
    rows = db.session.execute(found.order_by(OutboxMail.id)).all()
    return [(return_path(row.id), row.recipient, row.body) for row in rows]


def _calendar_of(data: bytes) -> bytes:
    parts = message_from_bytes(data).walk()
    part = next(part for part in parts if part.get_content_type() == "text/calendar")
    calendar = part.get_payload(decode=True)
    assert isinstance(calendar, bytes)
    return calendar
