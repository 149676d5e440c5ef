"""To which of our addresses a mail was sent, when the gateway does not say: out of its headers."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from community.core.current import settings

_LARGEST_HEADERS = 64 * 1024  # octets that are looked at; ours come far before
_MOST_LINES = 20  # of one name
# What the last mail server noted of the envelope, the latest first; then what the sender wrote.
_NOTED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_WRITTEN = ("To", "Cc")
_ADDRESS = re.compile(r"[^\s<>(),;:\"\\@\[\]]{1,64}@[A-Za-z0-9.-]{1,255}")


def recipient_of(data: bytes) -> str:
    """The address of ours in a raw mail's headers, as ``rsvp+KEY@…``; ``""`` when there is none.

    Never raises. Whoever writes such an address into a header knows its secret: there is nothing
    to win by it.
    """
    try:
        headers = BytesHeaderParser(policy=compat32).parsebytes(data[:_LARGEST_HEADERS])
        found = [address for address in _addresses(headers) if _is_ours(address)]
    except Exception:  # the library's parser has raised all kinds of things on hostile bytes
        return ""
    return found[0] if found else ""


def _addresses(headers: Message) -> Iterator[str]:
    for name in (*_NOTED, *_WRITTEN):
        for value in headers.get_all(name, [])[:_MOST_LINES]:
            yield from _ADDRESS.findall(str(value).replace("%2B", "+").replace("%2b", "+"))


def _is_ours(address: str) -> bool:
    """Whether it is one of our mailboxes with a key behind + or -."""
    name, _, host = address.lower().rpartition("@")
    for mailbox in (settings().rsvp_address, settings().bounce_address):
        local, _, domain = mailbox.lower().rpartition("@")
        if local and host == domain and name.startswith((f"{local}+", f"{local}-")):
            return True
    return False
