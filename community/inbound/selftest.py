"""The answer to a test invite: that it came, what it says, and what our mail server found of it."""

import re
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from community.calendar.received_models import ReceivedSource
from community.calendar.selftest import note_answer, selftest_key
from community.core.text import clean_line
from community.inbound.bounds import find_breach

_CALENDARS = {"text/calendar", "application/ics"}
_FOLD = re.compile(rb"\r?\n[ \t]")
_PARTSTAT = re.compile(rb"PARTSTAT=\"?([A-Za-z-]{1,20})", re.IGNORECASE)
_FOUND = re.compile(r"\b(?:dkim|spf|dmarc|arc)=[a-z]{1,12}\b")
_SERVER = re.compile(r"\s*([A-Za-z0-9.-]{1,100})")


def take_answer(recipient: str, data: bytes, *, source: ReceivedSource) -> str | None:
    """A short word on what became of a mail to a test invite's address; None for any other mail.

    Only an outage of the database is raised.
    """
    key = selftest_key(recipient)
    if key is None:
        return None
    try:
        partstat, found = _read(data)
    except Exception:  # the library's parser has raised all kinds of things on hostile bytes
        return "unreadable"
    if not partstat:
        return "no_answer"  # out of office, or a mail by hand
    known = note_answer(key, partstat=partstat, source=source, found=found)
    return "selftest" if known else "unknown_key"


def _read(data: bytes) -> tuple[str, str]:
    """PARTSTAT, and the findings of the last mail server."""
    if find_breach(data):
        return "", ""
    message = message_from_bytes(data, policy=compat32)
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() not in _CALENDARS or not isinstance(payload, bytes):
            continue
        if said := _PARTSTAT.search(_FOLD.sub(b"", payload)):
            return said[1].decode("ascii").upper(), _found(message)
    return "", ""


def _found(message: Message) -> str:
    """Without the addresses that such a line names, too."""
    results = clean_line(str(message.get("Authentication-Results", "")))
    server = _SERVER.match(results)
    if server is None:
        return ""
    return f"{server[1]}: {' '.join(dict.fromkeys(_FOUND.findall(results)))}"[:200]
