"""What a mail that came in is, and what of it matters: an answer by calendar, in words, or none.

Pure and total: any bytes give a ``Received``. The order of the limits matters: none of the parsers
behind them is safe with a mail that means harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from enum import StrEnum

from community.calendar.replies import LARGEST as LARGEST_CALENDAR
from community.core.text import clean_line
from community.inbound import bounds, parts, quoting
from community.inbound.headers import Header

LARGEST = bounds.LARGEST
_HEADER_OF_REFUSED = 32 * 1024  # octets read of a mail that breaks a bound: who sent it, and when
_ANSWERS = {"REPLY", "COUNTER", "REFRESH"}


class Kind(StrEnum):
    """What sort of mail it is."""

    CALENDAR = "calendar"
    WORDS = "words"
    AUTOMATIC = "automatic"  # out of office, a list, a loop; without a calendar
    REPORT = "report"  # of a delivery, or that it was read
    UNREADABLE = "unreadable"  # over a limit or broken: to be set aside
    HELP = "help"  # the answer is in a winmail.dat, which nobody but Outlook reads


@dataclass(frozen=True)
class Received:
    """One mail. Texts are printable; what is missing is ``""`` or None.

    ``reason`` is a short code for every kind but WORDS and CALENDAR. ``sender`` and ``reply_to``
    are normal addresses, empty when the field names none or several. ``subject`` and
    ``sender_name`` are single lines of 200 characters at most, ``date`` is aware UTC.
    ``authentication_results`` are the values as they came, the topmost first. ``is_automatic``:
    nobody may be answered; an answer by calendar can be automatic too, and counts all the same.
    ``calendar`` is UTF-8, from BEGIN:VCALENDAR to END:VCALENDAR; ``method`` what the part's header
    says, in capitals. ``words`` stand above the quoted mail, 4,000 characters at most; beside a
    calendar they are mostly the client's own sentence.
    """

    kind: Kind
    reason: str = ""
    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    subject: str = ""
    date: datetime | None = None
    authentication_results: tuple[str, ...] = ()
    auto_submitted: str = ""
    is_automatic: bool = False
    calendar: bytes | None = None
    method: str | None = None
    words: str = ""


def read(data: bytes) -> Received:
    """What this mail is. Never raises, and needs neither long nor much memory for any bytes."""
    reason = bounds.find_breach(data)
    try:
        if not reason:
            return _read(message_from_bytes(data, policy=compat32))
    except Exception:  # the library's parser has raised all kinds of things on hostile bytes
        reason = "broken"
    try:
        return _set_aside(data, reason)
    except Exception:  # then not even its header can be told
        return Received(Kind.UNREADABLE, reason)


def _set_aside(data: bytes, reason: str) -> Received:
    header = Header(BytesHeaderParser(policy=compat32).parsebytes(data[:_HEADER_OF_REFUSED]))
    return _described(header, Kind.UNREADABLE, reason)


def _described(header: Header, kind: Kind, reason: str = "") -> Received:
    sender, name = header.sender
    return Received(
        kind=kind,
        reason=reason,
        message_id=header.message_id,
        sender=sender,
        sender_name=name,
        reply_to=header.reply_to,
        subject=header.subject,
        date=header.date,
        authentication_results=header.authentication_results,
        auto_submitted=header.auto_submitted,
        is_automatic=bool(header.automatic) or kind in {Kind.AUTOMATIC, Kind.REPORT},
    )


def _read(message: Message) -> Received:
    header = Header(message)
    entities = list(parts.leaves(message))
    file = _calendar(entities)
    kind, reason = _kind(message, header, entities, file)
    found = _described(header, kind, reason)
    if kind in {Kind.REPORT, Kind.UNREADABLE}:
        return found  # nobody wrote it, or nobody can tell
    if kind == Kind.CALENDAR:
        found = replace(found, calendar=file.data, method=file.method)
    return replace(found, words=_words(entities))


def _kind(
    message: Message, header: Header, entities: list[Message], file: "_File"
) -> tuple[Kind, str]:
    """The first that applies. What people answer by calendar often bears the marks of a program,
    so these count only where no calendar is.
    """
    report = _report(message, header)
    table = (
        (header.goes_round, Kind.AUTOMATIC, "loop"),
        (bool(report), Kind.REPORT, report),
        (file.data is not None, Kind.CALENDAR, ""),
        (bool(file.reason), Kind.UNREADABLE, file.reason),
        (bool(header.automatic), Kind.AUTOMATIC, header.automatic),
        (any(map(_is_winmail, entities)), Kind.HELP, "winmail"),
    )
    return next(((kind, why) for applies, kind, why in table if applies), (Kind.WORDS, ""))


def _report(message: Message, header: Header) -> str:
    """What is reported, when this mail is a report."""
    if message.get_content_type() == "multipart/report":
        said = clean_line(str(message.get_param("report-type", ""))).lower()
        return "read_receipt" if said == "disposition-notification" else "delivery_report"
    return "delivery_report" if header.is_from_a_mail_server else ""


@dataclass(frozen=True)
class _File:
    data: bytes | None = None
    method: str | None = None
    reason: str = ""  # why there is none though one was there


def _calendar(entities: list[Message]) -> _File:
    """The best of the calendar files: clients send the same twice, and one copy may be broken."""
    reason = ""
    ranked = [(rank, part) for part in entities if (rank := _rank(part)) is not None]
    for _, part in sorted(ranked, key=lambda each: each[0]):
        octets = parts.content(part)
        if len(octets) > LARGEST_CALENDAR:
            reason = reason or "calendar_too_large"
            continue
        data, endless = parts.calendar(octets, parts.charset(part))
        if data is not None:
            return _File(data, _method(part))
        if endless:
            reason = reason or "no_end"
    return _File(reason=reason)


def _rank(part: Message) -> int | None:
    """How likely it is that the answer is in this part, 0 the most; None if it cannot be."""
    kind = part.get_content_type()
    if kind == "text/calendar":
        method = _method(part)
        return 0 if method in _ANSWERS else 1 if method else 2
    if kind in {"application/ics", "text/x-vcalendar", "application/calendar"}:
        return 3
    if _name(part).endswith((".ics", ".ical", ".vcs")):
        return 4
    # Some gateways make text of it.
    if kind == "text/plain" and parts.content(part)[:40].lstrip().startswith(b"BEGIN:VCALENDAR"):
        return 5
    return None


def _method(part: Message) -> str | None:
    said = part.get_param("method")
    text = clean_line(said).upper() if isinstance(said, str) else ""
    return text[:20] or None


def _name(part: Message) -> str:
    return str(part.get_filename() or "").strip().lower()


def _is_winmail(part: Message) -> bool:
    tnef = {"application/ms-tnef", "application/vnd.ms-tnef"}
    return part.get_content_type() in tnef or _name(part) == "winmail.dat"


def _words(entities: list[Message]) -> str:
    for text in _texts(entities):
        words = quoting.written_above(text)
        if words:
            return words
    return ""


def _texts(entities: list[Message]) -> Iterator[str]:
    """Plain text first; HTML where there is none, or nothing in it."""
    for kind in ("text/plain", "text/html"):
        for part in entities:
            attached = part.get_content_disposition() == "attachment"
            if part.get_content_type() == kind and not attached and _rank(part) is None:
                text = parts.text(parts.content(part), parts.charset(part))
                yield quoting.text_of_html(text) if kind == "text/html" else text
