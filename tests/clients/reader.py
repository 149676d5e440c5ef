"""Raw mail and calendar files as a receiver reads them; nothing of the program is used here.

RFC 5322 and 2045 by the standard library, RFC 5545 by hand, zones by their name or by what the
file itself says of them: the readers of real clients differ, and so do these.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.tz import tzical

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^":;]*)')
_ESCAPE = re.compile(r"\\([\\;,nN])")

Zone = Callable[["File", str], tzinfo]


@dataclass(frozen=True)
class Part:
    """One leaf of a mail: ``inside`` is the type of the multipart around it."""

    kind: str
    inside: str
    method: str | None  # of the Content-Type, as written
    name: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """A mail as its receiver has it; addresses are bare and in lower case."""

    sender: str
    recipient: str
    message_id: str
    answers: str  # In-Reply-To
    references: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Value:
    """One property: parameters without their quotes, the value as written."""

    parameters: dict[str, str]
    raw: str

    @property
    def text(self) -> str:
        """The value of a TEXT, unescaped."""
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.raw)

    @property
    def address(self) -> str:
        """Of a calendar address; ``""`` when it is none."""
        scheme, _, rest = self.raw.partition(":")
        plain = scheme.lower() == "mailto" and re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", rest)
        return rest.lower() if plain else ""


@dataclass
class Event:
    """A VEVENT."""

    values: dict[str, list[Value]] = field(default_factory=dict)

    def get(self, name: str) -> Value | None:
        return next(iter(self.values.get(name, [])), None)

    def text(self, name: str) -> str:
        value = self.get(name)
        return value.text if value else ""

    @property
    def sequence(self) -> int:
        return int(self.text("SEQUENCE") or 0)

    @property
    def dtstamp(self) -> datetime:
        return datetime.strptime(self.text("DTSTAMP"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@dataclass
class File:
    """A VCALENDAR: its method as written, its events, and the text of its zones."""

    method: str = ""
    events: list[Event] = field(default_factory=list)
    zones: str = ""
    has_bare_line_feeds: bool = False


@dataclass(frozen=True)
class Entry:
    """What somebody sees who looks at an event in their calendar."""

    uid: str
    starts_at: datetime  # aware UTC
    ends_at: datetime
    summary: str
    location: str
    about: str  # the first paragraph of the description
    partstat: str


@dataclass(frozen=True)
class Kept:
    """An entry with what a client compares the next message with. Cancelled ones stay, unseen."""

    entry: Entry
    sequence: int
    dtstamp: datetime
    organizer: str
    is_cancelled: bool


class Calendar:
    """What the four clients have in common: one mailbox, and entries by their UID."""

    zone: Zone

    def __init__(self, address: str) -> None:
        self.address = address.lower()
        self.kept: dict[str, Kept] = {}

    def shown(self) -> set[Entry]:
        """What its owner sees."""
        return {kept.entry for kept in self.kept.values() if not kept.is_cancelled}

    def receive(self, raw: bytes) -> None:
        """Take notice of one mail."""
        raise NotImplementedError

    def keep(self, file: File, event: Event, *, cancelled: bool) -> None:
        """Put the entry in the place of what was there."""
        me = attendee(event, self.address) or next(iter(event.values.get("ATTENDEE", [])), None)
        organizer = event.get("ORGANIZER")
        entry = Entry(
            uid=event.text("UID"),
            starts_at=instant(file, event, "DTSTART", self.zone),
            ends_at=instant(file, event, "DTEND", self.zone),
            summary=event.text("SUMMARY"),
            location=event.text("LOCATION"),
            about=event.text("DESCRIPTION").partition("\n\n")[0],
            partstat=me.parameters.get("PARTSTAT", "NEEDS-ACTION") if me else "",
        )
        self.kept[entry.uid] = Kept(
            entry, event.sequence, event.dtstamp, organizer.address if organizer else "", cancelled
        )


@lru_cache(maxsize=4096)
def read_mail(raw: bytes) -> Mail:
    """A mail, taken apart."""
    message = message_from_bytes(raw, policy=compat32)
    return Mail(
        sender=parseaddr(str(message["From"]))[1].lower(),
        recipient=parseaddr(str(message["To"]))[1].lower(),
        message_id=str(message["Message-ID"] or "").strip(),
        answers=str(message["In-Reply-To"] or "").strip(),
        references=str(message["References"] or "").strip(),
        parts=tuple(_leaves(message, "")),
    )


def _leaves(message: Message, inside: str) -> Iterator[Part]:
    kind = message.get_content_type()
    if message.is_multipart():
        for part in message.get_payload():
            assert isinstance(part, Message)
            yield from _leaves(part, kind)
        return
    method = message.get_param("method")
    data = message.get_payload(decode=True)
    assert isinstance(data, bytes)
    yield Part(kind, inside, None if method is None else str(method), name_of(message), data)


def name_of(part: Message) -> str:
    """The file name of a part."""
    return str(part.get_filename() or part.get_param("name") or "")


@lru_cache(maxsize=4096)
def read_file(data: bytes) -> File:
    """A calendar file. What does not belong to a VEVENT or VTIMEZONE is not looked at."""
    text = data.decode()
    file = File(has_bare_line_feeds=re.search(r"(?<!\r)\n", text) is not None)
    inside: list[str] = []
    zones: list[str] = []
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, parameters, raw = match[1].upper(), match[2], match[3]
        if name == "BEGIN":
            inside.append(raw.upper())
            if raw.upper() == "VEVENT":
                file.events.append(Event())
        if "VTIMEZONE" in inside:
            zones.append(line)
        elif name not in {"BEGIN", "END"}:
            _note(file, inside, name, parameters, raw)
        if name == "END" and inside:
            inside.pop()
    file.zones = "\n".join(zones)
    return file


def _note(file: File, inside: list[str], name: str, parameters: str, raw: str) -> None:
    pairs = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(parameters)}
    if inside == ["VCALENDAR"] and name == "METHOD":
        file.method = raw
    elif inside == ["VCALENDAR", "VEVENT"]:
        file.events[-1].values.setdefault(name, []).append(Value(pairs, raw))


def instant(file: File, event: Event, name: str, zone: Zone) -> datetime:
    """A DTSTART or DTEND as aware UTC."""
    value = event.get(name)
    assert value is not None, f"the event has no {name}"
    if value.raw.endswith("Z"):
        return datetime.strptime(value.raw, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    local = datetime.strptime(value.raw, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone comes now
    return local.replace(tzinfo=zone(file, value.parameters["TZID"])).astimezone(UTC)


def by_name(_file: File, name: str) -> tzinfo:
    """As clients do that know the names of the world's zones."""
    return ZoneInfo(name)


def by_file(file: File, name: str) -> tzinfo:
    """As Outlook does, which goes by the VTIMEZONE beside the event; without it, it is UTC."""
    return _zones(file.zones).get(name, UTC) if file.zones else UTC


@lru_cache(maxsize=64)
def _zones(text: str) -> dict[str, tzinfo]:
    read = tzical(io.StringIO(text))
    return {name: read.get(name) for name in read.keys()}  # noqa: SIM118 - it is no mapping


def attendee(event: Event, address: str) -> Value | None:
    """The ATTENDEE with this address, the owner of a mailbox."""
    return next((one for one in event.values.get("ATTENDEE", []) if one.address == address), None)
