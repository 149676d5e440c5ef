"""What an answer by calendar says (RFC 5546, 3.2.3), as clients really write it.

Pure: who may say it, and whether it is still true, is decided elsewhere.
"""

import html
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.prop import vDDDTypes, vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from community.calendar import reply_lines
from community.calendar.reply_lines import Line, Unreadable
from community.core.addresses import normal_address
from community.core.errors import Refused
from community.core.text import clean_line, clean_text, shorten
from community.rsvp.models import Partstat

__all__ = ["LARGEST", "Answer", "Reply", "ReplyMethod", "Unreadable", "parse"]

LARGEST = reply_lines.LARGEST
LONGEST_COMMENT, _LONGEST_UID = 2_000, 500
_MOST_SEQUENCE = 2**31 - 1
_MOST_GUESTS = 99
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_SPACES = re.compile(r"[\s_-]+")


class ReplyMethod(StrEnum):
    """What is asked of us (RFC 5546, 1.4)."""

    REPLY = "REPLY"
    COUNTER = "COUNTER"  # another time is proposed
    REFRESH = "REFRESH"  # the invite is asked for again
    OTHER = "OTHER"  # nothing that an attendee may send to an organizer


@dataclass(frozen=True)
class Answer:
    """One ATTENDEE line.

    ``attendee`` is a normal address, ``""`` when the line holds none. ``partstat`` is None for a
    word that is none of ours, for DELEGATED, and when two lines about one attendee disagree.
    ``comment`` is printable text of at most 2,000 characters; ``guests`` how many come along
    (0 to 99), None when nothing was said. A 0 may be no word of the attendee's: our invites hold
    X-NUM-GUESTS=0, and clients that send the whole line back repeat it.
    """

    attendee: str
    partstat: Partstat | None
    comment: str = ""
    guests: int | None = None


@dataclass(frozen=True)
class Reply:
    """What one calendar says.

    ``sequence`` is 0 to 2**31 - 1, ``dtstamp`` aware UTC in whole seconds; None when missing or
    unreadable. ``answers`` may be empty, and may name people who were never asked.
    ``recurrence``: it is about single occurrences of a series alone. ``proposed`` is the start and
    end (aware UTC) of a COUNTER, None when its time cannot be told for certain.
    """

    method: ReplyMethod
    uid: str
    sequence: int | None
    dtstamp: datetime | None
    answers: tuple[Answer, ...]
    recurrence: bool = False
    proposed: tuple[datetime, datetime] | None = None


def parse(data: bytes, method_of_header: str | None) -> Reply:
    """Read a VCALENDAR with METHOD REPLY, COUNTER or REFRESH.

    ``method_of_header`` is the ``method`` of the mail's part, used where the file has no METHOD.
    Raises Unreadable, and nothing else.
    """
    try:
        return _parse(data, method_of_header)
    except Unreadable:
        raise
    except Exception as error:  # whatever a library makes of hostile lines
        raise Unreadable("broken") from error


def _parse(data: bytes, method_of_header: str | None) -> Reply:
    lines = reply_lines.read_lines(data)
    method = _method(lines.methods, method_of_header)
    uids = {clean_line(each) for event in lines.events for each in _values(event, "UID")} - {""}
    if len(uids) != 1:
        raise Unreadable("several_uids" if uids else "no_uid")
    # A series answers with its master and perhaps exceptions; ours are single events.
    masters = [event for event in lines.events if not _values(event, "RECURRENCE-ID")]
    chosen = masters or lines.events
    first = chosen[0]
    return Reply(
        method=method,
        uid=uids.pop()[:_LONGEST_UID].strip(),
        sequence=_sequence(first),
        dtstamp=_dtstamp(first),
        answers=_answers(chosen),
        recurrence=not masters,
        proposed=_proposed(first) if method == ReplyMethod.COUNTER else None,
    )


def _method(in_file: list[str], of_header: str | None) -> ReplyMethod:
    """What the file says, since the file is what travels: a gateway may rename its part.

    One exception: old Outlooks write REPLY into a COUNTER.
    """
    said = {clean_line(each).upper() for each in in_file} - {""}
    if len(said) > 1:
        raise Unreadable("method_twice")
    header = clean_line(of_header or "").upper()
    method = said.pop() if said else header
    if method == ReplyMethod.REPLY and header == ReplyMethod.COUNTER:
        method = header
    try:
        return ReplyMethod(method)
    except ValueError:
        return ReplyMethod.OTHER


def _values(event: list[Line], name: str) -> list[str]:
    return [line.value for line in event if line.name == name]


def _sequence(event: list[Line]) -> int | None:
    for value in _values(event, "SEQUENCE")[:1]:
        text = value.strip()
        if text.isascii() and text.isdigit():
            return min(int(text[:20]), _MOST_SEQUENCE)
    return None


def _dtstamp(event: list[Line]) -> datetime | None:
    for line in event:
        if line.name == "DTSTAMP":
            at = _time(line)
            # RFC 5545 asks for UTC; who writes no "Z" means it.
            return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
    return None


def _time(line: Line) -> datetime | None:
    """Aware UTC; naive when the line does not tell its zone, None when it is no time."""
    try:
        value = vDDDTypes.from_ical(line.value.strip().upper())  # type: ignore[no-untyped-call]  # has none
        if not isinstance(value, datetime):
            return None  # a day
        value = value.replace(microsecond=0)
        if value.tzinfo is None:
            value = value.replace(tzinfo=_zone(line.parameters.get("TZID", "")))
        return value.astimezone(UTC) if value.tzinfo else value
    except (ValueError, OverflowError, ArithmeticError):
        return None


def _zone(name: str) -> ZoneInfo | None:
    """By its IANA name, Windows' name, or a path that ends in an IANA name (libical, Mozilla).

    Not by the library, which may know a stranger's zone of that name.
    """
    name = WINDOWS_TO_OLSON.get(name.strip(), name.strip())
    for each in (name, "/".join(name.split("/")[-2:])):
        with suppress(ValueError, OSError, ZoneInfoNotFoundError):  # names of folders and files too
            return ZoneInfo(each)
    return None


def _proposed(event: list[Line]) -> tuple[datetime, datetime] | None:
    times = {line.name: _time(line) for line in event if line.name in {"DTSTART", "DTEND"}}
    starts, ends = times.get("DTSTART"), times.get("DTEND")
    if starts is None or starts.tzinfo is None:
        return None
    if "DTEND" not in times:
        ends = _after(starts, _values(event, "DURATION"))
    if ends is None or ends.tzinfo is None or ends < starts:
        return None
    return starts, ends


def _after(starts: datetime, durations: list[str]) -> datetime | None:
    for value in durations[:1]:
        with suppress(ValueError, OverflowError):
            length: timedelta = vDuration.from_ical(value.strip().upper())  # type: ignore[no-untyped-call]  # has none
            return starts + length
    return None


def _answers(events: list[list[Line]]) -> tuple[Answer, ...]:
    found: dict[str, Answer] = {}
    for event in events:
        said = "\n".join(_values(event, "COMMENT"))
        for line in event:
            if line.name == "ATTENDEE":
                answer = _answer(line, said)
                before = found.get(answer.attendee)
                found[answer.attendee] = _agreed(before, answer) if before else answer
    return tuple(found.values())


def _agreed(one: Answer, other: Answer) -> Answer:
    """Of two lines about the same attendee what both can mean; an answer beats none."""
    if one.partstat == Partstat.NEEDS_ACTION:
        return other
    if other.partstat in {one.partstat, Partstat.NEEDS_ACTION}:
        return one
    return Answer(one.attendee, None, one.comment or other.comment)


def _answer(line: Line, comment: str) -> Answer:
    said = comment.strip() or _googles(line.parameters.get("X-RESPONSE-COMMENT", ""))
    text = clean_text(said[: 2 * LONGEST_COMMENT])
    return Answer(
        attendee=_address(line),
        partstat=_partstat(line.parameters.get("PARTSTAT")),
        comment=shorten(text, LONGEST_COMMENT),
        guests=_guests(line.parameters.get("X-NUM-GUESTS", "")),
    )


def _googles(comment: str) -> str:
    """Google escapes its parameter as HTML, and then as if it were a value."""
    return html.unescape(re.sub(r"\\([;,\\])", r"\1", comment)).replace("\\n", "\n")


def _address(line: Line) -> str:
    """From ``mailto:``, or the EMAIL parameter (RFC 7986, 6.2) where clients point elsewhere."""
    for written in (line.value, line.parameters.get("EMAIL", "")):
        scheme, colon, rest = written.strip().partition(":")
        text = rest if colon and scheme.strip().lower() == "mailto" else written
        in_angles = _IN_ANGLES.search(text)
        text = in_angles[1] if in_angles else unquote(text.partition("?")[0])
        try:
            return normal_address(text)
        except (Refused, ValueError):
            continue
    return ""


def _partstat(word: str | None) -> Partstat | None:
    if word is None:
        return Partstat.NEEDS_ACTION  # what RFC 5545, 3.2.12 says of silence
    try:
        return Partstat(_SPACES.sub("-", clean_line(word)).strip("-").upper())
    except ValueError:
        return None


def _guests(text: str) -> int | None:
    text = text.strip()
    return min(int(text[:4]), _MOST_GUESTS) if text.isascii() and text.isdigit() else None
