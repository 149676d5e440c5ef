"""Mails with a fault in them: what no sender may do, for the controls."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP, compat32

Change = Callable[[bytes], bytes]
_CALENDARS = {"text/calendar", "application/ics"}


def with_calendar(raw: bytes, change: Change) -> bytes:
    """The mail with another calendar file in both of its places."""
    message = message_from_bytes(raw, policy=compat32)
    for part in message.walk():
        if part.get_content_type() in _CALENDARS:
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            part.set_payload(base64.encodebytes(change(data)).decode())
    return message.as_bytes(policy=SMTP)


def with_header(raw: bytes, change: Callable[[Message], None]) -> bytes:
    """The mail with another header on its text/calendar part."""
    message = message_from_bytes(raw, policy=compat32)
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            change(part)
    return message.as_bytes(policy=SMTP)


def replaced(before: bytes, after: bytes) -> Change:
    """A change of the first place that has it; one has it, or the control is void."""

    def change(data: bytes) -> bytes:
        assert before in data, before
        return data.replace(before, after)

    return change


def other_uid(data: bytes) -> bytes:
    """Another UID in each message."""
    stamp = re.findall(rb"\r\nDTSTAMP:(\w+)", data)[-1]
    return re.sub(rb"\r\nUID:", b"\r\nUID:" + stamp + b"-", data)


def falling_sequence(data: bytes) -> bytes:
    """As if numbers were counted down."""
    return re.sub(
        rb"\r\nSEQUENCE:(\d+)", lambda found: b"\r\nSEQUENCE:%d" % (100 - int(found[1])), data
    )


def same_sequence(data: bytes) -> bytes:
    """As if nobody counted."""
    return re.sub(rb"\r\nSEQUENCE:\d+", b"\r\nSEQUENCE:0", data)


def older_dtstamp(data: bytes) -> bytes:
    """As if clocks went backwards."""
    fixed = datetime(2026, 1, 1, tzinfo=UTC)

    def mirrored(found: re.Match[bytes]) -> bytes:
        stamp = datetime.strptime(found[1].decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return f"\r\nDTSTAMP:{fixed - (stamp - fixed):%Y%m%dT%H%M%SZ}".encode()

    return re.sub(rb"\r\nDTSTAMP:(\w+)", mirrored, data)


def switched_method(data: bytes) -> bytes:
    """REQUEST for CANCEL, CANCEL for REQUEST."""
    to = b"CANCEL" if b"METHOD:REQUEST" in data else b"REQUEST"
    return re.sub(rb"METHOD:\w+", b"METHOD:" + to, data)


def without_zones(data: bytes) -> bytes:
    """Without its VTIMEZONE."""
    return re.sub(rb"BEGIN:VTIMEZONE.*END:VTIMEZONE\r\n", b"", data, flags=re.DOTALL)
