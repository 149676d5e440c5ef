"""Mails a little damaged, each by its own seed, as wires and gateways and fuzzers do it."""

import random
from collections.abc import Callable

from tests.inbound import hostile, in_words
from tests.inbound.test_answers import TABLE

PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n\t", b"\r\n\r\n", b"\0", b"\xff\xfe", b"\xc3", b'"',
    b"'", b":", b";", b",", b"=", b"\\", b"<", b">", b"(", b"@",
    b"?=", b"=?utf-8?b?", b"=?x?q?=0D=0A?=",
    b"--b\r\n", b"--b--\r\n", b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n", b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n", b"METHOD:COUNTER\r\n", b"UID:", b"DTSTAMP;VALUE=DATE:", b"DTSTART;TZID=",
    b"DURATION:-P1W\r\n", b"RECURRENCE-ID:", b"ATTENDEE;", b"PARTSTAT=", b"mailto:", b"SEQUENCE:",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"charset=utf-16", b"charset=idna", b"charset*0*=x'y'%", b"99999999999999999999", b"-1",
    b"Date: Thu, 31 Feb 0000 99:99:99 +9999\r\n", b"From: ", b"Auto-Submitted: ", b"> ", b"<!--",
    b"&#x110000;", b"<blockquote>", "\u202e\u0301\U0001f389".encode(),
]  # fmt: skip


def _seeds() -> list[bytes]:
    mails = [case.mail for case in TABLE.values()]
    mails += [in_words.plain(text) for text in in_words.PLAIN.values()]
    mails += list(in_words.HTML.values())
    mails += [mail for mail, _ in (in_words.BY_PROGRAMS | in_words.REPORTS).values()]
    mails += [file for file, _ in hostile.REFUSED.values()]
    return [mail for mail in mails if 0 < len(mail) < 32_000]


SEEDS = _seeds()


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)


def _cut(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.choice((1, 10, 100, 1000))]


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 40))


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = data[at : at + chance.choice((5, 50, 500))] * chance.choice((1, 2, 10))


def _splice(data: bytearray, chance: random.Random) -> None:
    other = chance.choice(SEEDS)
    begins = chance.randrange(len(other))
    at = chance.randrange(len(data))
    data[at:at] = other[begins : begins + chance.choice((20, 200, 2000))]


def _swap_lines(data: bytearray, chance: random.Random) -> None:
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    data[:] = b"\n".join(lines)


_DAMAGES: list[Callable[[bytearray, random.Random], None]] = [
    _flip, _cut, _insert, _insert, _repeat, _splice, _swap_lines,
]  # fmt: skip


def damaged(seed: int, whole: bytes | None = None) -> bytes:
    """Always the same for a seed; of one of the mails of the tables, if none is given."""
    chance = random.Random(seed)
    data = bytearray(whole or chance.choice(SEEDS))
    for _ in range(chance.randint(1, 6)):
        if data:
            chance.choice(_DAMAGES)(data, chance)
    return bytes(data)
