"""How many answers by calendar are read a second, beside the libraries alone on the same bytes."""

import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from icalendar import Calendar

from community.calendar.replies import parse
from community.inbound.reading import read
from tests.inbound.shapes import CLIENTS, reply

_TIMES = 40


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, then what the program does, for all clients and for each.

    The floor is ``email`` and ``icalendar`` as they are: one mail parsed, its text/calendar part
    decoded and parsed whole, without a limit, and nothing asked of it.
    """
    mails = {client: reply(client, comment="May I bring my wife?") for client in CLIENTS}
    floors = [_rate(_floor, list(mails.values())) for _ in range(rounds)]
    rates = [_rate(_read, list(mails.values())) for _ in range(rounds)]
    yield f"{'email + icalendar alone (floor)':34} {max(floors):12,.0f} {'1.00':>22}"
    ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    yield f"{'answer read':34} {max(rates):12,.0f} {spread:>22}"
    for client, mail in mails.items():
        rate, floor = _rate(_read, [mail]), _rate(_floor, [mail])
        yield f"{f'  by {client}':34} {rate:12,.0f} {rate / floor:>22.3f}"


def _rate(handle: Callable[[bytes], None], mails: list[bytes]) -> float:
    began = time.perf_counter()
    for _ in range(_TIMES):
        for mail in mails:
            handle(mail)
    return _TIMES * len(mails) / (time.perf_counter() - began)


def _read(mail: bytes) -> None:
    received = read(mail)
    assert received.calendar is not None
    assert parse(received.calendar, received.method).answers


def _floor(mail: bytes) -> None:
    for part in message_from_bytes(mail, policy=compat32).walk():
        if part.get_content_type() == "text/calendar":
            Calendar.from_ical(_octets(part))


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload
