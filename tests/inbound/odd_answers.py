"""The rest of the table: what is odd in lines, files and mails, and how it is read all the same."""

import base64
from datetime import UTC, datetime
from typing import Any

from community.calendar.replies import Answer, ReplyMethod
from community.rsvp.models import Partstat
from tests.inbound.answers import ANN, MAYBE, NO, YES, Case, said
from tests.inbound.shapes import Facts, calendar, mail, multipart, part, reply

BOB = "bob@example.com"
STAMP, SEQ, UID = "DTSTAMP:20260601T120000Z", "SEQUENCE:0", f"UID:{Case.uid}"
ACCEPTS = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ANN}"
DECLINES = f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANN}"
REPLY = "text/calendar; method=REPLY; charset=utf-8"
OTHER, COUNTER = ReplyMethod.OTHER, ReplyMethod.COUNTER


def a_file(*own: str, method: str = "METHOD:REPLY", uid: str = UID) -> str:
    """A file with only what is needed, and these lines in its VEVENT."""
    return calendar(
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", method, "BEGIN:VEVENT", uid,
        *own, "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip


PLAIN = a_file(STAMP, SEQ, ACCEPTS)


def alone(file: str = PLAIN, content_type: str = REPLY, cte: str = "8bit") -> bytes:
    """A mail that is one calendar file."""
    return mail(Facts(), "Accepted", part(content_type, file, cte))


def raw(file: bytes, head: str = REPLY, cte: str = "8bit") -> bytes:
    """The same, of octets that stay as they are."""
    return alone("@@", head, "8bit").replace(b": 8bit", f": {cte}".encode()).replace(b"@@", file)


def read_as(data: bytes, *answers: Answer, **expected: Any) -> Case:
    """A yes, unless something else is said."""
    return Case(mail=data, answers=answers or said(YES), **expected)


def line(*own: str, said_by: tuple[Answer, ...] = said(YES), **expected: Any) -> Case:
    """A file with stamp and sequence, for what is odd in its further lines."""
    return Case(mail=alone(a_file(STAMP, SEQ, *own)), answers=said_by, **expected)


def someone(parameters: str, value: str = f"mailto:{ANN}", **expected: Any) -> Case:
    """An ATTENDEE line with these parameters."""
    return line(f"ATTENDEE{parameters}:{value}", **expected)


ATTENDEES = {
    "capitals": someone(";PARTSTAT=ACCEPTED", "MAILTO:Ann@Example.COM"),
    "lower case": line(f"attendee;partstat=accepted:mailto:{ANN}"),
    "space in the word": someone(";PARTSTAT=NEEDS ACTION", said_by=said(Partstat.NEEDS_ACTION)),
    "no word": someone(";CN=Ann", said_by=said(Partstat.NEEDS_ACTION)),
    "unknown word": someone(";PARTSTAT=X-LATE", said_by=said(None)),
    "delegated": someone(f';PARTSTAT=DELEGATED;DELEGATED-TO="mailto:{BOB}"', said_by=said(None)),
    "delegated from": someone(f';PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:{BOB}"'),
    "sent by": someone(f';PARTSTAT=ACCEPTED;SENT-BY="mailto:{BOB}"'),
    "bare address": someone(";PARTSTAT=ACCEPTED", ANN),
    "name and angles": someone(";PARTSTAT=ACCEPTED", f"mailto:Ann <{ANN}>"),
    "with a subject": someone(";PARTSTAT=ACCEPTED", f"mailto:{ANN}?subject=hi"),
    "principal": someone(f';PARTSTAT=ACCEPTED;EMAIL="{ANN}"', "/1234567/principal/"),
    "urn": someone(f";EMAIL={ANN};PARTSTAT=ACCEPTED", "urn:uuid:53a1c0de"),
    "notes name": someone(";PARTSTAT=ACCEPTED", "CN=Ann/O=Acme", said_by=said(YES, "")),
    "quote left open": someone(';CN="Doe, Ann;PARTSTAT=ACCEPTED'),
    "quote inside a name": someone(';CN=Ann "A" Doe";PARTSTAT=ACCEPTED'),
    "quote and both words": someone(
        ';CN="x;PARTSTAT=DECLINED;PARTSTAT=ACCEPTED', said_by=said(None)
    ),
    "colon in a name": someone(';CN="Ann: boss; x";PARTSTAT=ACCEPTED'),
    "spaces": line(f"ATTENDEE ; PARTSTAT = ACCEPTED :mailto: {ANN} "),
    "guests in words": someone(";PARTSTAT=ACCEPTED;X-NUM-GUESTS=two"),
    "guests beyond reason": someone(
        ";PARTSTAT=ACCEPTED;X-NUM-GUESTS=99999999999", said_by=said(YES, guests=99)
    ),
    "fewer guests than none": someone(";PARTSTAT=ACCEPTED;X-NUM-GUESTS=-1"),
    "two people": line(
        ACCEPTS, f"ATTENDEE;PARTSTAT=DECLINED;CN=Bob:mailto:{BOB}",
        said_by=said(YES) + said(NO, BOB),
    ),
    "twice the same": line(ACCEPTS, ACCEPTS),
    "twice, once not answered": line(f"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{ANN}", ACCEPTS),
    "twice, yes and no": line(ACCEPTS, DECLINES, said_by=said(None)),
    "nobody": line(said_by=()),
}  # fmt: skip

TIMES = ("DTSTART:20260717T220000Z", "DTEND:20260718T010000Z")
PROPOSED = (datetime(2026, 7, 17, 22, tzinfo=UTC), datetime(2026, 7, 18, 1, tzinfo=UTC))


def counter(*own: str, header: str = "COUNTER", in_file: str = "METHOD:COUNTER") -> bytes:
    head = f"text/calendar; method={header}; charset=utf-8"
    return alone(a_file(STAMP, SEQ, ACCEPTS, *own, method=in_file), head)


def methods(in_file: str, header: str | None = "REPLY") -> bytes:
    said_in_header = f"; method={header}" if header else ""
    file = a_file(STAMP, SEQ, ACCEPTS, method=in_file)
    return alone(file, f"text/calendar{said_in_header}; charset=utf-8")


LINES = {
    "no stamp": read_as(alone(a_file(SEQ, ACCEPTS)), dtstamp=None),
    "stamp without zone": read_as(alone(a_file("DTSTAMP:20260601T120000", SEQ, ACCEPTS))),
    "stamp is a day": read_as(
        alone(a_file("DTSTAMP;VALUE=DATE:20260601", SEQ, ACCEPTS)), dtstamp=None
    ),
    "stamp is nonsense": read_as(alone(a_file("DTSTAMP:soon", SEQ, ACCEPTS)), dtstamp=None),
    "stamp out of range": read_as(
        alone(a_file("DTSTAMP:99999999T999999Z", SEQ, ACCEPTS)), dtstamp=None
    ),
    "sequence below none": read_as(alone(a_file(STAMP, "SEQUENCE:-1", ACCEPTS)), sequence=None),
    "sequence in words": read_as(alone(a_file(STAMP, "SEQUENCE:one", ACCEPTS)), sequence=None),
    "sequence beyond": read_as(
        alone(a_file(STAMP, f"SEQUENCE:{'9' * 5000}", ACCEPTS)), sequence=2**31 - 1
    ),
    "one occurrence": line(ACCEPTS, "RECURRENCE-ID:20260716T220000Z", recurrence=True),
    "several comments": line(
        "COMMENT:one", "COMMENT;LANGUAGE=en:two", ACCEPTS, said_by=said(YES, comment="one\ntwo")
    ),
    "an endless comment": line(
        f"COMMENT:{'x' * 20_000}", ACCEPTS, said_by=said(YES, comment="x" * 1999 + "…")
    ),
    "a rule without end": line(
        ACCEPTS, "RRULE:FREQ=SECONDLY;COUNT=999999999", "RDATE:" + "20260101T000000Z," * 900
    ),
    "no uid of ours": read_as(alone(a_file(STAMP, SEQ, ACCEPTS, uid="UID: x\\,y ")), uid="x,y"),
    "method in lower case": read_as(methods("METHOD: reply ")),
    "method only in the header": read_as(methods("")),
    "method only in the file": read_as(methods("METHOD:REPLY", None)),
    "method nowhere": read_as(methods("", None), method=OTHER),
    "method in the event": read_as(alone(a_file(STAMP, SEQ, ACCEPTS, "METHOD:REPLY", method=""))),
    "header of a request, file of a reply": read_as(methods("METHOD:REPLY", "REQUEST")),
    "header of a reply, file of a request": read_as(methods("METHOD:REQUEST"), method=OTHER),
    "request": read_as(methods("METHOD:REQUEST", "REQUEST"), method=OTHER),
    "cancel": read_as(methods("METHOD:CANCEL", "CANCEL"), method=OTHER),
    "counter of an old Outlook": read_as(
        counter(*TIMES, in_file="METHOD:REPLY"), method=COUNTER, proposed=PROPOSED
    ),
    "counter in a zone": read_as(
        counter(
            "DTSTART;TZID=Europe/Paris:20260718T000000", "DTEND;TZID=Europe/Paris:20260718T030000"
        ),
        method=COUNTER, proposed=PROPOSED,
    ),
    "counter in a zone by its path": read_as(
        counter(
            "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260718T000000",
            "DURATION:PT3H",
        ),
        method=COUNTER, proposed=PROPOSED,
    ),
    "counter in no zone": read_as(
        counter("DTSTART:20260718T000000", "DTEND:20260718T030000"), method=COUNTER
    ),
    "counter without a time": read_as(counter(), method=COUNTER),
    "counter of days": read_as(
        counter("DTSTART;VALUE=DATE:20260717", "DTEND;VALUE=DATE:20260718"), method=COUNTER
    ),
    "counter that ends first": read_as(
        counter("DTSTART:20260718T010000Z", "DTEND:20260717T220000Z"), method=COUNTER
    ),
    "counter in a zone that is a folder": read_as(
        counter("DTSTART;TZID=America:20260717T220000", "DURATION:PT1H"), method=COUNTER
    ),
    "counter that lasts nonsense": read_as(
        counter("DTSTART:20260718T010000Z", "DURATION:PTxH"), method=COUNTER
    ),
    "counter that lasts for ever": read_as(
        counter("DTSTART:20260718T010000Z", "DURATION:P999999999D"), method=COUNTER
    ),
    "counter in a zone that is a file": read_as(
        counter('DTSTART;TZID="../../../etc/passwd":20260717T220000'), method=COUNTER
    ),
}  # fmt: skip

TWO_EVENTS = (
    STAMP, SEQ, ACCEPTS, "END:VEVENT", "BEGIN:VEVENT", UID, STAMP, SEQ, DECLINES,
)  # fmt: skip
B64 = base64.b64encode(PLAIN.encode())
UMLAUT = a_file(STAMP, SEQ, "COMMENT:Grüße", ACCEPTS)
GREETS = said(YES, comment="Grüße")
MID_FOLD = UMLAUT.encode().replace("ü".encode(), b"\xc3\r\n \xbc")

FILES = {
    "ends with LF": read_as(alone(PLAIN.replace("\r\n", "\n"))),
    "ends with CR": read_as(alone(PLAIN.replace("\r\n", "\r"), cte="base64")),
    "blank lines between": read_as(alone(PLAIN.replace("\r\n", "\r\n\r\n"))),
    "CR CR LF": read_as(alone(PLAIN.replace("\r\n", "\r\r\n"), cte="base64")),
    "folded by tabs": read_as(alone(PLAIN.replace("ACCEPTED", "ACC\r\n\tEPTED"))),
    "folded inside a character": read_as(raw(MID_FOLD), *GREETS),
    "byte order mark": read_as(raw(b"\xef\xbb\xbf" + PLAIN.encode())),
    "words around it": read_as(alone(f"Hello,\r\n{PLAIN}\r\nSent from my phone\r\n")),
    "lower case": read_as(alone(PLAIN.lower())),
    "says ASCII, is UTF-8": read_as(alone(UMLAUT, REPLY.replace("utf-8", "us-ascii")), *GREETS),
    "says UTF-8, is Latin-1": read_as(raw(UMLAUT.encode("latin-1")), *GREETS),
    "windows-1252": read_as(
        raw(UMLAUT.replace("üß", "“ü”").encode("cp1252"), REPLY.replace("utf-8", "windows-1252")),
        *said(YES, comment="Gr“ü”e"),
    ),
    "says nothing, is Latin-1": read_as(
        raw(UMLAUT.encode("latin-1"), "text/calendar; method=REPLY"), *GREETS
    ),
    "UTF-16": read_as(
        raw(base64.b64encode(UMLAUT.encode("utf-16")), REPLY.replace("utf-8", "utf-16"), "base64"),
        *GREETS,
    ),
    "a charset that is none": read_as(
        raw(UMLAUT.encode("latin-1"), REPLY.replace("utf-8", "punycode")), *GREETS
    ),
    "base64 in pieces": read_as(
        raw(base64.b64encode(PLAIN.encode()[:100]) + b"\r\n" + base64.b64encode(
            PLAIN.encode()[100:]), cte="base64")
    ),
    "base64 with dirt": read_as(raw(b"!".join(B64[n : n + 40] for n in range(0, len(B64), 40)),
                                    cte=" BASE64 ")),
    "base64 without padding": read_as(raw(B64.rstrip(b"="), cte="base64")),
    "base64 cut in its last line": read_as(raw(B64[:-3], cte="base64")),
    "base64 that does not say so": read_as(raw(B64)),
    "plain that says base64": read_as(raw(PLAIN.encode(), cte="base64")),
    "two events that agree": read_as(
        alone(a_file(*TWO_EVENTS[:-1], ACCEPTS))
    ),
    "two events that do not": read_as(alone(a_file(*TWO_EVENTS)), *said(None)),
    "master and exceptions": read_as(
        alone(a_file(*TWO_EVENTS, "RECURRENCE-ID:20260716T220000Z"))
    ),
    "event left open": read_as(alone(PLAIN.replace("END:VEVENT\r\n", ""))),
}  # fmt: skip


def packed(*entities: str, subtype: str = "mixed") -> bytes:
    return mail(Facts(), "Accepted", multipart(subtype, *entities, boundary="b"))


TEXT = part("text/plain", "Hello\r\n")
GOOD, NO_FILE = part(REPLY, PLAIN, "base64"), part(REPLY, a_file(STAMP, SEQ, DECLINES), "base64")
BROKEN = part(REPLY, "@", "base64").replace("QA==", B64[: len(B64) // 2].decode())

MAILS = {
    "attachment by its name": read_as(
        packed(TEXT, part('application/octet-stream; name="Event.ICS"', PLAIN, "base64"))
    ),
    "application/ics": read_as(packed(TEXT, part("application/ics", PLAIN, "base64"))),
    "the first with a method": read_as(
        packed(part("text/calendar", a_file(STAMP, SEQ, DECLINES)), GOOD, NO_FILE)
    ),
    "a reply before a request": read_as(
        packed(part("text/calendar; method=REQUEST", a_file(STAMP, SEQ, DECLINES)), GOOD)
    ),
    "broken, with a whole copy": read_as(packed(BROKEN, part("application/ics", PLAIN, "base64"))),
    "an empty one before it": read_as(packed(part(REPLY, ""), GOOD)),
    "as plain text": read_as(mail(Facts(), "Accepted", part("text/plain", PLAIN))),
    "beside a winmail.dat": read_as(packed(part("application/ms-tnef", "x", "base64"), GOOD)),
    "deeply packed": read_as(
        packed(multipart("related", multipart("alternative", TEXT, GOOD, boundary="d"),
                         boundary="c"))
    ),
    "last boundary missing": read_as(packed(TEXT, GOOD).replace(b"--b--", b"")),
    "from a pipe, with a line of mbox": read_as(
        b"From ann@example.com Mon Jun  1 12:00:00 2026\n" + packed(TEXT, GOOD)
    ),
    "all its lines ended by LF": read_as(packed(TEXT, GOOD).replace(b"\r\n", b"\n")),
    "all its lines ended by CR": read_as(packed(TEXT, GOOD).replace(b"\r\n", b"\r")),
    "signed": read_as(
        packed(
            multipart("mixed", TEXT, GOOD, boundary="s"),
            part('application/pkcs7-signature; name="smime.p7s"', "x", "base64"),
            subtype="signed; micalg=sha-256",
        )
    ),
    "with a footer of the gateway's": read_as(
        packed(GOOD, part("text/plain", "Scanned for viruses.\r\n"))
    ),
    "from a list": read_as(
        reply("zimbra", headers=("List-Id: <all.example.com>", "Precedence: bulk")),
        automatic=True,
    ),
    "without From": read_as(
        reply("zimbra").replace(b"From: Ann Example <ann@example.com>\r\n", b""), sender=""
    ),
    "From twice": read_as(reply("zimbra", headers=("From: Bob <bob@example.com>",)), sender=""),
    "From several": read_as(
        reply("zimbra", sender=f"Ann <{ANN}>, Bob <{BOB}>"), sender=""
    ),
    "maybe of a forged From": read_as(
        reply("zimbra", partstat="TENTATIVE", sender=f'"{ANN}" <{BOB}>'), *said(MAYBE), sender=BOB
    ),
}  # fmt: skip
