"""Answers to our invitations as the mail programs of this world write them, byte by byte.

``reply("google", recipient=…, uid=…, attendee=…)`` makes one; ``CLIENTS`` names them all. What a
client writes around the answer (layout, encodings, odd properties) is its own, what it answers is
in the facts. Each may be changed further by keyword, as ``Facts`` lists them.
"""

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.inbound import zones

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVENING = datetime(2026, 7, 16, 22, tzinfo=UTC)  # 18:00 in Boston


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one answer says; ``more`` are further lines of the VEVENT, ``headers`` of the mail."""

    recipient: str = "rsvp+k3y@events.example.org"
    uid: str = "5fd0c7e2@events.example.org"
    attendee: str = "ann@example.com"
    name: str = "Ann Example"
    partstat: str = "ACCEPTED"
    sequence: int | None = 0
    dtstamp: datetime = NOON
    comment: str = ""
    guests: int = 0
    method: str = "REPLY"
    sender: str = ""  # the attendee, if it is nobody else
    starts: datetime = EVENING
    summary: str = "Boston Leadership Dinner"
    more: tuple[str, ...] = ()
    headers: tuple[str, ...] = field(default=())

    @property
    def verb(self) -> str:
        verbs = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Tentative"}
        return verbs.get(self.partstat.upper(), "Answered")


def reply(client: str, **facts: object) -> bytes:
    """The mail in which this client answers."""
    return CLIENTS[client](Facts(**facts))  # type: ignore[arg-type]  # the caller names them


# Parts of mails.


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def wall(moment: datetime, hours: int = -4) -> str:
    return (moment.astimezone(UTC) + timedelta(hours=hours)).strftime("%Y%m%dT%H%M%S")


def escaped(text: str) -> str:
    """TEXT of RFC 5545."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str, width: int = 75) -> str:
    """A content line in pieces of so many octets, none inside a character."""
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode("utf-8", "surrogateescape"))
        if size + octets > width:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += octets
    return "\r\n".join(pieces)


def calendar(*lines: str) -> str:
    """A file of these lines; empty ones are left out."""
    return "\r\n".join(folded(line) for line in lines if line) + "\r\n"


def part(content_type: str, body: str, cte: str = "7bit", *more: str) -> str:
    """One entity; ``body`` is encoded as ``cte`` says."""
    raw = body.encode("utf-8", "surrogateescape")
    if cte == "base64":
        text = base64.encodebytes(raw).decode("ascii").replace("\n", "\r\n")
    elif cte == "quoted-printable":
        text = quopri.encodestring(raw.replace(b"\r\n", b"\n")).decode("ascii")
        text = text.replace("\n", "\r\n")
    else:
        text = raw.decode("utf-8", "surrogateescape")
    head = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {cte}", *more]
    return "\r\n".join(head) + "\r\n\r\n" + text


def multipart(subtype: str, *parts: str, boundary: str) -> str:
    """Several entities in one."""
    body = "".join(f"--{boundary}\r\n{each}\r\n" for each in parts)
    return (
        f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n{body}--{boundary}--\r\n'
    )


def mail(facts: Facts, subject: str, entity: str, *headers: str, sender: str = "") -> bytes:
    """The whole message; ``entity`` begins with its Content-Type."""
    head = [
        "Received: from mx.example.com (mx.example.com [192.0.2.7]) by mail.events.example.org;"
        "\r\n Mon, 1 Jun 2026 12:00:02 +0000",
        f"From: {sender or facts.sender or f'{facts.name} <{facts.attendee}>'}",
        f"To: {facts.recipient}",
        f"Subject: {subject}",
        f"Date: {format_datetime(facts.dtstamp)}",
        f"Message-ID: <{utc(facts.dtstamp)}.{facts.sequence}.{facts.partstat}@mx.example.com>",
        "MIME-Version: 1.0",
        *headers,
        *facts.headers,
    ]
    return ("\r\n".join(head) + "\r\n" + entity).encode("utf-8", "surrogateescape")


def sequence(facts: Facts) -> str:
    return "" if facts.sequence is None else f"SEQUENCE:{facts.sequence}"


def method(facts: Facts) -> str:
    return f"METHOD:{facts.method}" if facts.method else ""


# The clients.


def google(facts: Facts) -> bytes:
    """Gmail and Google Calendar: three alternatives and the file again, all in UTC."""
    # Apostrophes come as HTML, separators with a backslash though they are quoted.
    said = facts.comment.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&quot;")
    said = said.replace(";", "\\;").replace(",", "\\,")
    comment = f';X-RESPONSE-COMMENT="{said}"' if said else ""
    ends = facts.starts + timedelta(hours=3)
    ics = calendar(
        "BEGIN:VCALENDAR", "PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0",
        "CALSCALE:GREGORIAN", method(facts), "BEGIN:VEVENT",
        f"DTSTART:{utc(facts.starts)}", f"DTEND:{utc(ends)}", f"DTSTAMP:{utc(facts.dtstamp)}",
        f"ORGANIZER;CN=Boston Leaders:mailto:{facts.recipient}", f"UID:{facts.uid}",
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={facts.partstat};"
        f"CN={facts.name};X-NUM-GUESTS={facts.guests}{comment}:mailto:{facts.attendee}",
        *facts.more, "CREATED:20260520T091533Z", f"LAST-MODIFIED:{utc(facts.dtstamp)}",
        "LOCATION:Glass House\\, 450 Kendall Street", sequence(facts), "STATUS:CONFIRMED",
        f"SUMMARY:{escaped(facts.summary)}", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    words = f"{facts.name} has {facts.verb.lower()} this invitation.\r\n\r\n{facts.comment}\r\n"
    alternatives = multipart(
        "alternative",
        part('text/plain; charset="UTF-8"; format=flowed; delsp=yes', words, "base64"),
        part('text/html; charset="UTF-8"', f"<div>{words}</div>", "quoted-printable"),
        part(f'text/calendar; charset="UTF-8"; method={facts.method}', ics, "8bit"),
        boundary="000000000000a1b2c3",
    )
    file = part(
        'application/ics; name="invite.ics"', ics, "base64",
        'Content-Disposition: attachment; filename="invite.ics"',
    )  # fmt: skip
    entity = multipart("mixed", alternatives, file, boundary="000000000000d4e5f6")
    subject = f"{facts.verb}: {facts.summary} @ Thu Jul 16, 2026 6pm - 9pm (EDT)"
    return mail(facts, subject, entity, f"Reply-To: {facts.name} <{facts.attendee}>")


def google_notification(facts: Facts) -> bytes:
    """The same answer, when Google sends it in its own name."""
    sender = f'"{facts.attendee} (Google Calendar)" <calendar-notification@google.com>'
    auto = "Auto-Submitted: auto-generated"
    changed = Facts(**{**facts.__dict__, "sender": sender, "headers": (auto, *facts.headers)})
    return google(changed)


def exchange(facts: Facts) -> bytes:
    """Outlook with Exchange, outlook.com: no ORGANIZER, no name of a zone that others know."""
    ends = facts.starts + timedelta(hours=3)
    zone = "Eastern Standard Time"
    ics = calendar(
        "BEGIN:VCALENDAR", method(facts), "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0",
        *zones.WINDOWS_EASTERN, "BEGIN:VEVENT",
        f"ATTENDEE;PARTSTAT={facts.partstat};CN={facts.name}:mailto:{facts.attendee}",
        f"COMMENT;LANGUAGE=en-US:{escaped(facts.comment)}\\n", f"UID:{facts.uid}",
        f"SUMMARY;LANGUAGE=en-US:{facts.verb}: {escaped(facts.summary)}",
        f"DTSTART;TZID={zone}:{wall(facts.starts)}", f"DTEND;TZID={zone}:{wall(ends)}",
        "CLASS:PUBLIC", "PRIORITY:5", f"DTSTAMP:{utc(facts.dtstamp)}", "TRANSP:OPAQUE",
        "STATUS:CONFIRMED", sequence(facts), "LOCATION;LANGUAGE=en-US:Glass House",
        "X-MICROSOFT-CDO-APPT-SEQUENCE:0", "X-MICROSOFT-CDO-OWNERAPPTID:0",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY",
        "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE", "X-MICROSOFT-CDO-IMPORTANCE:1",
        "X-MICROSOFT-CDO-INSTTYPE:0", "X-MICROSOFT-DISALLOW-COUNTER:FALSE", *facts.more,
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    entity = multipart(
        "alternative",
        part('text/plain; charset="utf-8"', f"{facts.comment}\r\n", "base64"),
        part('text/html; charset="utf-8"', f"<html><body>{facts.comment}</body></html>", "base64"),
        part(f'text/calendar; charset="utf-8"; method={facts.method}', ics, "base64"),
        boundary="_000_DM6PR01MB4567_",
    )
    headers = (
        f"Thread-Topic: {facts.summary}", "X-MS-Has-Attach:", "X-MS-TNEF-Correlator:",
        "Accept-Language: en-US", "Content-Language: en-US",
    )  # fmt: skip
    return mail(facts, f"{facts.verb}: {facts.summary}", entity, *headers)


def outlook_com(facts: Facts) -> bytes:
    """outlook.com: as Exchange, but for the marks of its own servers."""
    return exchange(facts).replace(b"_DM6PR01MB4567_", b"_AS8P250MB0001_")


def thunderbird(facts: Facts) -> bytes:
    """Thunderbird: the whole event comes back, with its zone, as text of eight bits."""
    ends = facts.starts + timedelta(hours=3)
    ics = calendar(
        "BEGIN:VCALENDAR", "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
        "VERSION:2.0", method(facts), *zones.NEW_YORK, "BEGIN:VEVENT",
        "CREATED:20260520T091533Z", f"LAST-MODIFIED:{utc(facts.dtstamp)}",
        f"DTSTAMP:{utc(facts.dtstamp)}", f"UID:{facts.uid}", f"SUMMARY:{escaped(facts.summary)}",
        "STATUS:CONFIRMED", f"ORGANIZER;CN=Boston Leaders:mailto:{facts.recipient}",
        f"ATTENDEE;CN={facts.name};PARTSTAT={facts.partstat};CUTYPE=INDIVIDUAL;"
        f"ROLE=REQ-PARTICIPANT;X-NUM-GUESTS=0:mailto:{facts.attendee}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        f"DTSTART;TZID=America/New_York:{wall(facts.starts)}",
        f"DTEND;TZID=America/New_York:{wall(ends)}", "LOCATION:Glass House", sequence(facts),
        "DESCRIPTION:Dear Zoë\\,\\n\\nwe look forward to you.", "TRANSP:OPAQUE",
        "X-MOZ-RECEIVED-SEQUENCE:0", f"X-MOZ-RECEIVED-DTSTAMP:{utc(facts.dtstamp)}", *facts.more,
        "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM",
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    words = f"{facts.name} <{facts.attendee}> has {facts.verb.lower()} the event.\r\n"
    alternatives = multipart(
        "alternative",
        part("text/plain; charset=UTF-8; format=flowed", words, "8BIT"),
        part(f"text/calendar; method={facts.method}; charset=UTF-8", ics, "8BIT"),
        boundary="------------7aBcD3",
    )
    file = part(
        'application/ics; name="invite.ics"', ics, "8BIT",
        'Content-Disposition: attachment; filename="invite.ics"',
    )  # fmt: skip
    entity = multipart("mixed", alternatives, file, boundary="------------9eFgH1")
    subject = f"Invitation Reply ({facts.verb}): {facts.summary}"
    return mail(facts, subject, entity, "User-Agent: Mozilla Thunderbird")


def apple(facts: Facts) -> bytes:
    """Apple's Calendar: the file alone, MAILTO in capitals, the address also as a parameter."""
    ends = facts.starts + timedelta(hours=3)
    ics = calendar(
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Apple Inc.//macOS 15.5//EN",
        "CALSCALE:GREGORIAN", method(facts), *zones.NEW_YORK, "BEGIN:VEVENT",
        f"UID:{facts.uid}", f"DTSTART;TZID=America/New_York:{wall(facts.starts)}",
        f"DTEND;TZID=America/New_York:{wall(ends)}", f"DTSTAMP:{utc(facts.dtstamp)}",
        f'ORGANIZER;CN="Boston Leaders":MAILTO:{facts.recipient}',
        f'ATTENDEE;CN="{facts.name}";CUTYPE=INDIVIDUAL;EMAIL="{facts.attendee}";'
        f"PARTSTAT={facts.partstat};ROLE=REQ-PARTICIPANT:MAILTO:{facts.attendee}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "", sequence(facts),
        f"SUMMARY:{escaped(facts.summary)}", "REQUEST-STATUS:2.0;Success", *facts.more,
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    entity = part(f"text/calendar; charset=utf-8; method={facts.method}", ics, "quoted-printable")
    subject = f"{facts.verb}: {facts.summary}"
    return mail(facts, subject, entity, "X-Mailer: Apple Mail (2.3826.600.51.1.1)")


def fastmail(facts: Facts) -> bytes:
    """Fastmail, that is Cyrus: the address of the organizer with its plus percent-encoded."""
    ics = calendar(
        "BEGIN:VCALENDAR", "PRODID:-//CyrusIMAP.org/Cyrus 3.11//EN", "VERSION:2.0", method(facts),
        "CALSCALE:GREGORIAN", "BEGIN:VEVENT", f"UID:{facts.uid}", sequence(facts),
        f"DTSTAMP:{utc(facts.dtstamp)}", f"DTSTART:{utc(facts.starts)}", "DURATION:PT3H",
        f"SUMMARY:{escaped(facts.summary)}",
        f"ORGANIZER;CN=Boston Leaders:mailto:{facts.recipient.replace('+', '%2B')}",
        f"ATTENDEE;CN={facts.name};PARTSTAT={facts.partstat}:"
        f"mailto:{facts.attendee.replace('+', '%2B')}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        "REQUEST-STATUS:2.0;Success", *facts.more, "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    alternatives = multipart(
        "alternative",
        part("text/plain; charset=utf-8", f"{facts.name}: {facts.verb}\r\n", "quoted-printable"),
        part("text/html; charset=utf-8", f"<p>{facts.name}: {facts.verb}</p>", "quoted-printable"),
        part(
            f"text/calendar; charset=utf-8; method={facts.method}; component=VEVENT",
            ics, "quoted-printable",
        ),
        boundary="cyrus-c1",
    )  # fmt: skip
    file = part(
        "application/ics", ics, "base64", 'Content-Disposition: attachment; filename="e.ics"'
    )
    entity = multipart("mixed", alternatives, file, boundary="cyrus-c2")
    auto = "Auto-Submitted: auto-generated"
    return mail(facts, f"{facts.verb}: {facts.summary}", entity, auto)


def nextcloud(facts: Facts) -> bytes:
    """Nextcloud: in the name of the server, and the file is an attachment alone."""
    ics = calendar(
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sabre//Sabre VObject 4.5.6//EN",
        "CALSCALE:GREGORIAN", method(facts), "BEGIN:VEVENT", f"UID:{facts.uid}",
        f"DTSTAMP:{utc(facts.dtstamp)}", f"DTSTART:{utc(facts.starts)}", sequence(facts),
        f"SUMMARY:{escaped(facts.summary)}", f"ORGANIZER;CN=Leaders:mailto:{facts.recipient}",
        f"ATTENDEE;PARTSTAT={facts.partstat};CN={facts.name}:mailto:{facts.attendee}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        "REQUEST-STATUS:2.0;Success", *facts.more, "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    text = multipart(
        "alternative",
        part("text/plain; charset=utf-8", f"{facts.name} has answered.\r\n", "quoted-printable"),
        part("text/html; charset=utf-8", f"<p>{facts.name}</p>", "quoted-printable"),
        boundary="nc-1",
    )
    file = part(
        f"text/calendar; method={facts.method}; name=event.ics", ics, "base64",
        "Content-Disposition: attachment; name=event.ics; filename=event.ics",
    )  # fmt: skip
    entity = multipart("mixed", text, file, boundary="nc-2")
    sender = f'"{facts.name} via Nextcloud" <invitations-noreply@cloud.example.com>'
    to = f"Reply-To: {facts.name} <{facts.attendee}>"
    return mail(facts, f"Re: {facts.summary}", entity, to, sender=facts.sender or sender)


def sogo(facts: Facts) -> bytes:
    """SOGo: a part with a class of its own, and a header that says what the mail is."""
    ics = calendar(
        "BEGIN:VCALENDAR", method(facts), "PRODID:-//Inverse inc./SOGo 5.12.1//EN", "VERSION:2.0",
        "BEGIN:VEVENT", f"UID:{facts.uid}", f"SUMMARY:{escaped(facts.summary)}",
        f"DTSTAMP:{utc(facts.dtstamp)}", f"DTSTART:{utc(facts.starts)}", sequence(facts),
        f"ATTENDEE;PARTSTAT={facts.partstat};ROLE=REQ-PARTICIPANT;RSVP=FALSE;CN={facts.name}:"
        f"mailto:{facts.attendee}",
        f"ORGANIZER;CN=Leaders:mailto:{facts.recipient}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        *facts.more, "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    entity = multipart(
        "mixed",
        part("text/plain; charset=utf-8", f"{facts.name} {facts.verb.lower()}\r\n", "8bit"),
        part(
            f"text/calendar; method={facts.method}; charset=utf-8", ics, "quoted-printable",
            "Content-Class: urn:content-classes:calendarmessage",
        ),
        boundary="----=_=-_OpenGroupware_org_NGMime-1",
    )  # fmt: skip
    kind = "x-sogo-message-type: calendar:invitation-reply"
    return mail(facts, f"{facts.verb} invitation: {facts.summary}", entity, kind)


def domino(facts: Facts) -> bytes:
    """HCL Notes and Domino: quoted zones, people by their Notes names, SENT-BY and delegates."""
    ends = facts.starts + timedelta(hours=3)
    ics = calendar(
        "BEGIN:VCALENDAR", "X-LOTUS-CHARSET:UTF-8", "VERSION:2.0",
        "PRODID:-//Lotus Development Corporation//NONSGML Notes 12.0//EN_API_S", method(facts),
        *zones.DOMINO, "BEGIN:VEVENT",
        f'DTSTART;TZID="Eastern":{wall(facts.starts)}', f'DTEND;TZID="Eastern":{wall(ends)}',
        "TRANSP:OPAQUE", f"DTSTAMP:{utc(facts.dtstamp)}", sequence(facts),
        f'ATTENDEE;PARTSTAT={facts.partstat};CN="{facts.name}/Boston/Acme"'
        f";RSVP=FALSE:mailto:{facts.attendee}",
        f'ORGANIZER;CN="Leaders/Acme";SENT-BY="mailto:{facts.recipient}":'
        "mailto:CN=Leaders/O=Acme",
        f"SUMMARY:{facts.verb}: {escaped(facts.summary)}", f"UID:{facts.uid}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        "X-LOTUS-UPDATE-SEQ:1", "X-LOTUS-NOTESVERSION:2", "X-LOTUS-APPTTYPE:3", *facts.more,
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    entity = multipart(
        "alternative",
        part("text/plain; charset=US-ASCII", f"{facts.verb}\r\n"),
        part(f'text/calendar; method={facts.method}; charset="UTF-8"', ics, "quoted-printable"),
        boundary="=_alternative 0043A_=",
    )
    return mail(facts, f"{facts.verb}: {facts.summary}", entity, "X-Mailer: HCL Notes")


def zimbra(facts: Facts) -> bytes:
    """Zimbra: parameters in its own order, and a comment both ways."""
    ics = calendar(
        "BEGIN:VCALENDAR", "PRODID:Zimbra-Calendar-Provider", "VERSION:2.0", method(facts),
        "BEGIN:VEVENT", f"UID:{facts.uid}", f"SUMMARY:{facts.verb}: {escaped(facts.summary)}",
        f"COMMENT:{escaped(facts.comment)}" if facts.comment else "",
        f"ATTENDEE;CN={facts.name};ROLE=REQ-PARTICIPANT;PARTSTAT={facts.partstat}:"
        f"mailto:{facts.attendee}",
        f"DTSTART:{utc(facts.starts)}", f"ORGANIZER;CN=Leaders:mailto:{facts.recipient}",
        "STATUS:CONFIRMED", f"DTSTAMP:{utc(facts.dtstamp)}", sequence(facts), *facts.more,
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    entity = multipart(
        "alternative",
        part("text/plain; charset=utf-8", f"{facts.comment}\r\n", "7bit"),
        part("text/html; charset=utf-8", f"<html><body>{facts.comment}</body></html>", "7bit"),
        part(f"text/calendar; charset=utf-8; method={facts.method}; name=meeting.ics", ics, "7bit"),
        boundary="=_f2ad1c5b",
    )
    return mail(facts, f"{facts.verb}: {facts.summary}", entity)


CLIENTS: dict[str, Callable[[Facts], bytes]] = {
    "google": google,
    "google_notification": google_notification,
    "exchange": exchange,
    "outlook_com": outlook_com,
    "thunderbird": thunderbird,
    "apple": apple,
    "fastmail": fastmail,
    "nextcloud": nextcloud,
    "sogo": sogo,
    "domino": domino,
    "zimbra": zimbra,
}
