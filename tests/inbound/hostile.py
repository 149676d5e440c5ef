"""Mails and calendars that mean harm, or are broken beyond use: over a limit, and just below it."""

import base64
from collections.abc import Callable

from tests.inbound.answers import ANN
from tests.inbound.odd_answers import ACCEPTS, PLAIN, REPLY, SEQ, STAMP, a_file, alone, raw
from tests.inbound.shapes import Facts, calendar, mail, multipart, part, reply

KIB = 1024
HEAD = b"From: Ann <ann@example.com>\r\nMessage-ID: <m1@example.com>\r\nMIME-Version: 1.0\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
PAGE = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def filled(head: bytes, filling: bytes, size: int = 511 * KIB) -> bytes:
    """So many octets of the filling below a head."""
    return head + filling * ((size - len(head)) // len(filling))


def nested(depth: int, kind: str = "multipart/mixed; boundary=b") -> bytes:
    return HEAD + f"Content-Type: {kind}\r\n\r\n--b\r\n".encode() * depth


def parts(count: int) -> bytes:
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


# Set aside: each with its reason.
POISON: dict[str, tuple[bytes, str]] = {
    "too large": (filled(TEXT, b"x" * 99 + b"\r\n", 600 * KIB), "too_large"),
    "50,000 parts": (parts(50_000)[: 512 * KIB], "too_many_parts"),
    "parts between CRs": (parts(500).replace(b"\r\n", b"\r"), "too_many_parts"),
    "lines of nothing": (filled(TEXT, b"\n"), "too_many_lines"),
    "lines of CRs": (filled(TEXT, b"\r"), "too_many_lines"),
    "3,000 deep": (nested(3_000), "too_many_parts"),
    "300 deep": (nested(300), "nested"),
    "300 deep in messages": (nested(300, "message/rfc822").replace(b"--b\r\n", b""), "nested"),
    "300 deep, disguised": (
        nested(300, "\r\n\t\x1f\x0b MESSAGE/rfc822").replace(b"--b\r\n", b""), "nested"),
    "a parameter of quotes": (
        HEAD + b"Content-Type: text/plain; " + b';"' * 100_000 + b"\r\n\r\nx", "header_too_long"),
    "a parameter in pieces": (
        HEAD + b"Content-Type: multipart/mixed;\r\n" + b' boundary*1="x";\r\n' * 9_000 + b"\r\n",
        "header_too_long"),
    "a calendar too large": (alone(PLAIN + "X" * 130 * KIB), "calendar_too_large"),
    "a calendar without end": (alone(PLAIN.partition("END:VCAL")[0]), "no_end"),
    "an end before the beginning": (alone("END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n"), "no_end"),
    "half of base64": (
        raw(base64.b64encode(PLAIN.encode())[:120], cte="base64"), "no_end"),
}  # fmt: skip

HOLLOW = calendar("BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VTODO", "END:VTODO", "END:VCALENDAR")
MANY = tuple(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a{n}@example.com" for n in range(51))

# Calendars that are refused: each with the code.
REFUSED: dict[str, tuple[bytes, str]] = {
    "two calendars": ((PLAIN + PLAIN).encode(), "several_calendars"),
    "a calendar in a calendar": (
        PLAIN.replace("BEGIN:VEVENT", f"{PLAIN}BEGIN:VEVENT").encode(), "several_calendars"),
    "none": (b"", "no_calendar"),
    "an event alone": (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "no_calendar"),
    "no event": (HOLLOW.encode(), "no_event"),
    "no uid": (a_file(STAMP, ACCEPTS, uid="").encode(), "no_uid"),
    "empty uid": (a_file(STAMP, ACCEPTS, uid="UID: ").encode(), "no_uid"),
    "two uids": (a_file(STAMP, ACCEPTS, "UID:other").encode(), "several_uids"),
    "uids of two events": (
        a_file(ACCEPTS, "END:VEVENT", "BEGIN:VEVENT", "UID:other", ACCEPTS).encode(),
        "several_uids"),
    "two methods": (
        a_file(ACCEPTS, method="METHOD:REQUEST").replace(
            "BEGIN:VEVENT", "METHOD:REPLY\r\nBEGIN:VEVENT").encode(), "method_twice"),
    "51 attendees": (a_file(*MANY).encode(), "too_many_attendees"),
    "21 events": (
        PLAIN.replace("END:VCALENDAR", "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 20 + "END:VCALENDAR")
        .encode(), "too_many_events"),
    "51 components": (
        PLAIN.replace("END:VEVENT", "BEGIN:VALARM\r\n" * 60 + "END:VEVENT").encode(),
        "too_many_components"),
    "20,000 deep": (b"BEGIN:X\r\n" * 14_000, "too_many_components"),
    "too large": (PLAIN.encode() + b" " * 128 * KIB, "calendar_too_large"),
    "a name without end": (
        a_file(f"ATTENDEE;CN={'x' * 9_000}:mailto:{ANN}").encode(), "line_too_long"),
}  # fmt: skip

PARAMETERS = "".join(f";X{n}=y" for n in range(900))
QUOTES = ';CN="' * 1_500


def _file(*own: str) -> bytes:
    return alone(a_file(STAMP, SEQ, *own), cte="base64")


# Below every limit, and as dear as can be.
DEAR: dict[str, Callable[[], bytes]] = {
    "one word": lambda: filled(TEXT, b"x"),
    "one line of blanks": lambda: filled(TEXT, b" "),
    "quoted lines": lambda: filled(TEXT, b"> " + b"x" * 30 + b"\r\n"),
    "lines that nearly quote": lambda: filled(TEXT, b"From: 1 @" + b"-" * 18 + b":\n"),
    "rules": lambda: filled(TEXT, b" " + b"-" * 299 + b" x\n"),
    "attributions without end": lambda: filled(TEXT, b"On 1 @ x\xc3\xa4" * 3 + b"\n"),
    "combining marks": lambda: filled(TEXT, "a\u0301\u0316\u0301".encode()),
    "punycode": lambda: filled(TEXT.replace(b"utf-8", b"punycode"), b"\xe4a-b"),
    "UTF-7": lambda: filled(TEXT.replace(b"utf-8", b"utf-7"), b"+AGE-"),
    "ISO-2022": lambda: filled(TEXT.replace(b"utf-8", b"iso-2022-jp"), b"\x1b$Bx\x1b(B"),
    "tags": lambda: filled(PAGE, b"<a><b>"),
    "tags without end": lambda: filled(PAGE, b"<div class='"),
    "comments without end": lambda: filled(PAGE, b"<!--"),
    "quotes in quotes": lambda: filled(PAGE, b"<blockquote>"),
    "styles": lambda: filled(PAGE, b"<style>x</style>"),
    "entities": lambda: filled(PAGE, b"&amp;&#x1F600;&notanentity"),
    "entities without end": lambda: filled(PAGE, b"&" + b"a" * 31),
    "400 parts": lambda: parts(395),
    "20 deep, 19,000 lines": lambda: nested(18) + b"x\n" * 19_000,
    "20 deep, quoting": lambda: nested(18) + b"--bx\n" * 300 + b"-b\n" * 18_000,
    "200 long fields": lambda: HEAD + b"".join(
        b"--b\r\nContent-Type: text/plain; " + b';"' * 950 + b"\r\n\r\nx\r\n" for _ in range(200)
    ).replace(b"--b", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b", 1),
    "pieces of parameters": lambda: HEAD + b"".join(
        b"Content-Type: text/calendar;" + b"".join(b" m*%d=x;" % n for n in range(200)) + b"\r\n"
        for _ in range(90)
    ) + b"\r\nx",
    "20,000 senders": lambda: b"From: " + b"a@example.org, " * 20_000 + b"\r\n\r\nx",
    "19,000 From": lambda: b"From: a@example.org\r\n" * 19_000 + b"\r\nx",
    "quotes in From": lambda: b'From: "' + b'\\""' * 100_000 + b"\r\n\r\nx",
    "brackets in From": lambda: b"From: " + b"(" * 200_000 + b"<" * 200_000 + b"\r\n\r\nx",
    "an encoded subject": lambda: b"Subject: " + b"=?a?q?" * 60_000 + b"\r\n\r\nx",
    "encoded words": lambda: b"Subject: " + b"=?utf-8?b?w6Q=?= " * 30_000 + b"\r\n\r\nx",
    "subject of NULs": lambda: b"Subject: " + b"\0\xff" * 200_000 + b"\r\n\r\nx",
    "results": lambda: b"Authentication-Results: x; " + b"a=b (" * 90_000 + b"\r\n\r\nx",
    "references": lambda: b"References: " + b"<a@b>\r\n " * 19_000 + b"\r\n\r\nx",
    "a long date": lambda: b"Date: " + b"1 " * 200_000 + b"\r\n\r\nx",
    "base64 of padding": lambda: raw(b"YQ==" * 120_000, cte="base64"),
    "base64 of dirt": lambda: raw(b"!A" * 200_000, cte="base64"),
    "base64 of an attachment": lambda: filled(HEAD + b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Type: application/zip; name=a.ics\r\n\r\n", b"QUFB" * 19 + b"\r\n"),
    "quoted-printable": lambda: raw(b"=" * 400_000, cte="quoted-printable"),
    "uuencode": lambda: raw(b"begin 644 x\r\n" + b"M" * 400_000, cte="x-uuencode"),
    "a calendar of CRs": lambda: raw(b"BEGIN:VCALENDAR" + b"\r" * 19_000 + b"END:VCALENDAR"),
    "a calendar of folds": lambda: _file("COMMENT:" + "\r\n x" * 18_000),
    "parameters": lambda: _file(*[f"ATTENDEE{PARAMETERS}:mailto:{ANN}"] * 19),
    "open quotes": lambda: _file(*[f'ATTENDEE{QUOTES};A="x:mailto:{ANN}'] * 15),
    "blanks in parameters": lambda: _file(*[f"ATTENDEE;CN=\"\\{' ' * 7_000}x\":{ANN}"] * 15),
    "mailto upon mailto": lambda: _file(*[f"ATTENDEE;{'mailto:' * 1_100}"] * 15),
    "comments": lambda: _file(*["COMMENT:\\n\\;x"] * 5_000, ACCEPTS),
    "a comment of escapes": lambda: _file("COMMENT:" + "\\\\;" * 30_000, *[ACCEPTS] * 50),
    "a comment of HTML": lambda: _file(
        *[f'ATTENDEE;X-RESPONSE-COMMENT="{"&#39;" * 1_500}":mailto:a{n}@x.org' for n in range(16)]),
    "domains of idna": lambda: _file(
        *[f"ATTENDEE:mailto:a@{'xn--' + 'a' * 59}.{'ü' * 60}.org" for _ in range(50)]),
    "a rule": lambda: _file(ACCEPTS, "RRULE:FREQ=SECONDLY", "RDATE:1" + ",1" * 9_000),
    "a zone of seconds": lambda: alone(PLAIN.replace(
        "BEGIN:VEVENT", "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\n"
        "DTSTART:00010101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0000\r\n"
        "TZOFFSETTO:+2359\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT", 1)),
    "a status of 9,000 blocks": lambda: HEAD + b"Content-Type: message/delivery-status\r\n"
        + b"\r\nAction: x" * 9_000,
    "400 copies": lambda: mail(Facts(), "x", multipart(
        "mixed", *[part(REPLY, PLAIN[:-9])] * 390, boundary="b")),
    "an honest answer": lambda: reply("exchange"),
}  # fmt: skip
