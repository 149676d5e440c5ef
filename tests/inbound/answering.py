"""Answers to an attendee's own invite, as Google writes them, and other mails to their address."""

from datetime import UTC, datetime, timedelta

from community.calendar.invites import organizer_address
from community.core.clock import now
from community.rsvp.models import Attendee

SERVER = "mx.example.org"  # what our own mail server calls itself
GENUINE = f"{SERVER}; dkim=pass header.d=example.com; dmarc=pass header.from=example.com"
DOUBTFUL = f"{SERVER}; dmarc=fail (p=none) header.from=example.com"
BY_GOOGLE = f"{SERVER}; dkim=pass header.d=google.com"
SAYS_ITSELF = GENUINE.replace(SERVER, "mx.elsewhere.example")
FORGED = f"{SERVER}; dmarc=fail (p=reject) header.from=example.com"


def a_reply(
    head: Attendee,
    partstat: str = "ACCEPTED",
    *,
    method: str = "REPLY",
    sender: str = "",
    attendee: str = "",
    uid: str = "",
    sequence: int | None = None,
    at: datetime | None = None,
    comment: str = "",
    proof: str = GENUINE,
    extra: str = "",
    guests: int = 0,
) -> bytes:
    """What a calendar sends for ``head``, half a minute from now unless told otherwise."""
    stamp = (at or now() + timedelta(seconds=30)).astimezone(UTC)
    address = attendee or head.address
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        "DTSTART:20270716T223000Z",
        "DTEND:20270717T013000Z",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:mailto:{organizer_address(head)}",
        f"UID:{uid or head.uid}",
        f"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT={partstat};X-NUM-GUESTS={guests}:mailto:{address}",
        *([f"COMMENT:{comment}"] if comment else []),
        f"SEQUENCE:{head.sequence if sequence is None else sequence}",
        "SUMMARY:Accepted: Dinner",
        *([extra] if extra else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    head_lines = [
        *([f"Authentication-Results: {proof}"] if proof else []),
        f"From: Somebody <{sender or address}>",
        f"To: {organizer_address(head)}",
        f"Message-ID: <{stamp:%Y%m%d%H%M%S}-{partstat}@calendar.example>",
        "Subject: Accepted: Dinner",
        "MIME-Version: 1.0",
        f'Content-Type: text/calendar; charset="UTF-8"; method={method}',
        "",
    ]
    return "\r\n".join([*head_lines, *lines]).encode()


def in_words(head: Attendee, words: str, *extra: str) -> bytes:
    """A mail that somebody typed, above what they answer."""
    lines = [
        *extra,
        f"From: Somebody <{head.address}>",
        f"To: {organizer_address(head)}",
        "Message-ID: <typed@example.com>",
        "Subject: Re: You are going",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        words,
        "",
        "On Mon, 2 Nov 2026, Community Network wrote:",
        "> Hello,",
        "",
    ]
    return "\r\n".join(lines).encode()
