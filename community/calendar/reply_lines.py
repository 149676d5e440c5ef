"""The content lines of an answer by calendar (RFC 5545, 3.1), of which only a few are ever looked
at, and within bounds.

The library reads each line by itself and never the whole file: of that it would keep the first
VTIMEZONE of a name for all mails to come, whoever made it up, and it loses lines that are a little
broken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline

LARGEST = 128 * 1024  # octets
MOST_EVENTS, MOST_COMPONENTS, MOST_ATTENDEES = 20, 50, 50
LONGEST_LINE = 8_000  # characters; only comments are ever longer

_NAME = re.compile(r"[ \t]*([A-Za-z0-9-]+)[ \t]*[:;]")
_BORDER = re.compile(r"[ \t]*(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]+)[ \t]*", re.IGNORECASE)
_KEPT = {
    "UID", "SEQUENCE", "DTSTAMP", "ATTENDEE", "COMMENT", "RECURRENCE-ID", "DTSTART", "DTEND",
    "DURATION", "METHOD",
}  # fmt: skip

# For lines that break the grammar, mostly by a quote too many in somebody's name.
_PARAMETER = re.compile(r";[ \t]*([A-Za-z0-9-]+)[ \t]*=[ \t]*\"?([^\";:,]*)")
_MAILTO = re.compile(r"mailto:[^\s;:\"<>,]+", re.IGNORECASE)


class Unreadable(Exception):
    """The calendar is none, or over a limit, or says two things; ``code`` is a short word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Line:
    """One property: its name in capitals, parameters by capital name, its value unescaped."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass
class Lines:
    """The lines of the one VCALENDAR: METHODs of the file, and what each VEVENT says itself."""

    methods: list[str] = field(default_factory=list)
    events: list[list[Line]] = field(default_factory=list)


def read_lines(data: bytes) -> Lines:
    """The lines that matter of a whole file. Raises Unreadable when it is over a limit."""
    if len(data) > LARGEST:
        raise Unreadable("calendar_too_large")
    found, inside = Lines(), _Inside()
    misplaced: list[Line] = []
    for text in unfolded(data):
        border = _BORDER.fullmatch(text)
        if border:
            if inside.pass_border(border[1].upper(), border[2].upper()):
                found.events.append([])
            continue
        name = _name(text)
        if name == "METHOD" and inside.depth == 1:
            found.methods.append(_line(name, text).value)
        elif name in _KEPT and inside.is_event:
            line = _line(name, text)
            (misplaced if name == "METHOD" else found.events[-1]).append(line)
    found.methods = found.methods or [line.value for line in misplaced]
    inside.check()
    _check_attendees(found)
    return found


def unfolded(data: bytes) -> Iterator[str]:
    """The lines, each whole: joined as octets, since some fold inside of a character.

    UTF-8, else Latin-1. LF and CR end lines too, and blank lines inside a fold are no end.
    """
    current: list[bytes] = []
    for octets in data.replace(b"\r", b"\n").split(b"\n"):
        if octets[:1] in {b" ", b"\t"} and current:
            current.append(octets[1:])
        elif octets:
            if current:
                yield _decoded(b"".join(current))
            current = [octets]
    if current:
        yield _decoded(b"".join(current))


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


class _Inside:
    """Which components a line is in, and how many there were."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._begun: list[str] = []

    @property
    def depth(self) -> int:
        return len(self._open)

    @property
    def is_event(self) -> bool:
        return self._open[-1:] == ["VEVENT"]

    def pass_border(self, border: str, name: str) -> bool:
        """Take note of a BEGIN or END; whether an event begins here."""
        if border == "END":
            while name in self._open and self._open.pop() != name:
                pass
            return False
        self._open.append(name)
        self._begun.append(name)
        if len(self._begun) > MOST_COMPONENTS:
            raise Unreadable("too_many_components")
        return name == "VEVENT"

    def check(self) -> None:
        calendars, events = self._begun.count("VCALENDAR"), self._begun.count("VEVENT")
        if calendars != 1 or self._begun[0] != "VCALENDAR":
            raise Unreadable("several_calendars" if calendars > 1 else "no_calendar")
        if events > MOST_EVENTS:
            raise Unreadable("too_many_events")
        if not events:
            raise Unreadable("no_event")


def _check_attendees(found: Lines) -> None:
    lines = [line for event in found.events for line in event]
    if sum(line.name == "ATTENDEE" for line in lines) > MOST_ATTENDEES:
        raise Unreadable("too_many_attendees")


def _name(text: str) -> str:
    found = _NAME.match(text)
    return found[1].upper() if found else ""


def _line(name: str, text: str) -> Line:
    if len(text) > LONGEST_LINE and name != "COMMENT":
        raise Unreadable("line_too_long")
    text = text[:LONGEST_LINE]
    try:
        _, parameters, value = Contentline(text).parts()  # type: ignore[no-untyped-call]  # has none
    except (ValueError, AssertionError):
        return _salvaged(name, text)
    if name == "ATTENDEE" and not value.strip():  # a quote swallowed it
        return _salvaged(name, text)
    return Line(name, {str(key).upper(): _one(each) for key, each in parameters.items()}, value)


def _one(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _salvaged(name: str, text: str) -> Line:
    """What can be told of a line that the library refuses."""
    parameters: dict[str, str] = {}
    for key, value in _PARAMETER.findall(text):
        if parameters.setdefault(key.upper(), value) != value:
            parameters[key.upper()] = ""  # said twice, and not the same
    addresses = _MAILTO.findall(text)
    plain = text.partition(":")[2]
    return Line(name, parameters, addresses[-1] if name == "ATTENDEE" and addresses else plain)
