"""How many answers by calendar are read a second, beside the libraries alone on the same bytes."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from icalendar import Calendar

from benchmarks.crowd import an_event, people
from community.calendar.invites import organizer_address
from community.calendar.received_models import ReceivedVerdict
from community.calendar.replies import parse
from community.core.clock import now
from community.inbound.reading import read
from community.inbound.receive import receive
from community.rsvp.models import Attendee
from community.rsvp.respond import say_yes
from tests.inbound.shapes import CLIENTS, reply

_TIMES = 40
_SAID = ("DECLINED", "ACCEPTED")


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, then what the program does, for all clients and for each.

    The floor is ``email`` and ``icalendar`` as they are: one mail parsed, its text/calendar part
    decoded and parsed whole, without a limit, and nothing asked of it.
    """
    mails = {client: reply(client, comment="May I bring my wife?") for client in CLIENTS}
    floors, rates = [], []
    for _ in range(rounds):  # in turn, so that what else the machine does disturbs both alike
        floors.append(_rate(_floor, list(mails.values())))
        rates.append(_rate(_read, list(mails.values())))
    yield f"{'email + icalendar alone (floor)':34} {max(floors):12,.0f} {'1.00':>22}"
    ratios = sorted(rate / floor for rate, floor in zip(rates, floors, strict=True))
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    yield f"{'answer read':34} {max(rates):12,.0f} {spread:>22}"
    handled = [_rate_of_handling() for _ in range(rounds)]
    ratios = sorted(rate / floor for rate, floor in zip(handled, floors, strict=True))
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    yield f"{'answer handled: kept, applied, noted':34} {max(handled):12,.0f} {spread:>22}"
    for client, mail in mails.items():
        rate, floor = _rate(_read, [mail]), _rate(_floor, [mail])
        yield f"{f'  by {client}':34} {rate:12,.0f} {rate / floor:>22.3f}"


def _rate(handle: Callable[[bytes], None], mails: list[bytes]) -> float:
    began = time.perf_counter()
    for _ in range(_TIMES):
        for mail in mails:
            handle(mail)
    return _TIMES * len(mails) / (time.perf_counter() - began)


def _rate_of_handling() -> float:
    """Of a no by each who is going, and a yes after it."""
    event_id = an_event().id
    heads = [say_yes(person, event_id).head for person in people(_TIMES)]
    mails = [_answer(head, said, n) for n, said in enumerate(_SAID, 1) for head in heads]
    began = time.perf_counter()
    for address, mail in mails:
        assert receive(address, mail).verdict == ReceivedVerdict.APPLIED
    return len(mails) / (time.perf_counter() - began)


def _answer(head: Attendee, said: str, minutes: int) -> tuple[str, bytes]:
    address = organizer_address(head)
    stamp = (now() + timedelta(minutes=minutes)).replace(microsecond=0)
    facts = {"uid": head.uid, "attendee": head.address, "sequence": head.sequence}
    mail = reply("google", recipient=address, partstat=said, dtstamp=stamp, **facts)
    return address, mail


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
