"""The four simulated calendar clients, and what they are asked."""

from collections.abc import Sequence

from tests.clients.apple import Apple
from tests.clients.google import Google
from tests.clients.outlook import Outlook
from tests.clients.reader import Calendar, read_file, read_mail
from tests.clients.thunderbird import Thunderbird

CLIENTS: tuple[type[Calendar], ...] = (Google, Outlook, Apple, Thunderbird)

__all__ = ["CLIENTS", "Apple", "Google", "Outlook", "Thunderbird", "told", "uid_of"]


def told(client: type[Calendar], address: str, mails: Sequence[bytes]) -> Calendar:
    """A calendar of that kind after these mails."""
    calendar = client(address)
    for raw in mails:
        calendar.receive(raw)
    return calendar


def uid_of(raw: bytes) -> str:
    """Of the entry that a mail is about; ``""`` for one without a calendar part."""
    parts = [part for part in read_mail(raw).parts if part.kind == "text/calendar"]
    return read_file(parts[0].data).events[0].text("UID") if parts else ""
