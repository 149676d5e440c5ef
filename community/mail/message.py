"""A mail as facts, and as the exact bytes that go on the wire.

The body is made in :mod:`community.mail.mime`, the header lines here: on CPython before 3.11.10
``EmailMessage`` decodes an encoded word in a subject and writes the CR LF in it as a new header
(CVE-2024-6923), and it drops the quotes of a long display name when it folds, so that a member
called ``boss@example.org (...)`` becomes the sender.
"""

import base64
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from typing import Literal

from community.core.addresses import is_plain_address
from community.core.text import header_text, shorten
from community.mail.mime import body, boundary

LONGEST_SUBJECT = 200
LONGEST_NAME = 120

_NARROW = 60  # what an unfolded value may measure, so that "In-Reply-To: " still fits before it
_WORD = 52  # characters of encoded text in one RFC 2047 word: with its frame 64
_PRINTABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_MESSAGE_ID = re.compile(r"<?([!-;=?A-~]{1,200}@[!-;=?A-~]{1,200})>?")
_URL = re.compile(r"(?:https?|mailto):[!#-;=?-\[\]_a-z~]{1,900}")
_PLAIN_IN_Q = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")

_LONGEST_LINE = 998
_ALLOWED = b"\t\r\n" + bytes(range(0x20, 0x7F))


class UnsafeMail(Exception):
    """The bytes say something else than the mail does; it must not be sent."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one recipient.

    ``message_id`` and ``in_reply_to`` with or without angle brackets; ``date`` aware;
    ``calendar`` is a whole iCalendar object in UTF-8 whose METHOD is ``calendar_method``;
    ``list_unsubscribe`` is a URL, and ``list_unsubscribe_post`` promises that a POST to it with
    ``List-Unsubscribe=One-Click`` needs nothing more (RFC 8058).
    """

    message_id: str
    sender_name: str
    sender_address: str
    recipient_name: str
    recipient_address: str
    subject: str
    text: str
    html: str
    date: datetime
    calendar: bytes | None = None
    calendar_method: Literal["REQUEST", "CANCEL"] | None = None
    in_reply_to: str | None = None
    list_unsubscribe: str | None = None
    list_unsubscribe_post: bool = False
    reply_to: str | None = None
    picture: bytes | None = None  # a PNG that the HTML shows by mime.picture_id

    def __post_init__(self) -> None:
        if self.date.utcoffset() is None:
            raise ValueError("a mail's date needs a time zone")
        if (self.calendar is None) != (self.calendar_method is None):
            raise ValueError("a calendar part and its method come together")


def to_bytes(mail: Mail) -> bytes:
    """The mail in RFC 5322 form: CR LF, 7-bit, the same bytes every time.

    Without a calendar part multipart/alternative(plain, html); with one the layout that Gmail,
    Outlook and Apple take for an invite: mixed(alternative(plain, html, calendar), invite.ics).
    Raises :exc:`UnsafeMail`.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(mail)).encode("ascii")
    text, calendar = wrapped(mail.text), _calendar(mail)
    data = head + body(
        mail.message_id, text, mail.html, calendar, mail.calendar_method, picture=mail.picture
    )
    _check(mail, data)
    return data


def _headers(mail: Mail) -> list[tuple[str, str]]:
    headers = [
        ("From", _mailbox(mail.sender_name, mail.sender_address)),
        ("To", _mailbox(mail.recipient_name, mail.recipient_address)),
        ("Subject", _unstructured(shorten(header_text(mail.subject), LONGEST_SUBJECT))),
        ("Date", format_datetime(mail.date.astimezone(UTC))),
        ("Message-ID", _message_id(mail.message_id)),
    ]
    if mail.reply_to is not None:
        headers.append(("Reply-To", _mailbox("", mail.reply_to)))
    if mail.in_reply_to is not None:
        first = _message_id(mail.in_reply_to)
        headers += [("In-Reply-To", first), ("References", first)]
    if mail.list_unsubscribe is not None:
        if not _URL.fullmatch(mail.list_unsubscribe):
            raise UnsafeMail("List-Unsubscribe is not a URL in ASCII")
        headers.append(("List-Unsubscribe", f"<{mail.list_unsubscribe}>"))
        if mail.list_unsubscribe_post:
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    # RFC 3834 5, and the header by which Exchange is told not to answer "out of office".
    headers += [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("MIME-Version", "1.0"),
    ]
    return headers


def _calendar(mail: Mail) -> bytes | None:
    if mail.calendar is None:
        return None
    data = mail.calendar.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if not _is_utf8(data):
        raise UnsafeMail("the calendar part is not UTF-8")
    if re.findall(rb"(?m)^METHOD:(.*)\r$", data) != [str(mail.calendar_method).encode()]:
        # Outlook shows "not supported calendar message" when header and body disagree.
        raise UnsafeMail("the calendar part has another METHOD than the mail")
    return data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def wrapped(text: str, width: int = 76) -> str:
    """Prose broken at spaces; long addresses stay whole and indents are kept."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if len(line) <= width:
            lines.append(line)
            continue
        indent = re.match(r"\s*(?:[-*•] )?", line)
        hanging = " " * len(indent[0]) if indent else ""
        lines += textwrap.wrap(
            line,
            width,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _mailbox(name: str, address: str) -> str:
    if not is_plain_address(address):
        raise UnsafeMail("an address is not plain")
    name = shorten(header_text(name), LONGEST_NAME)
    if not name:
        return address
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    # Never a long quoted string: a fold inside one is where parsers lose the quotes.
    short = len(quoted) <= _NARROW and _is_plain(name)
    phrase = quoted if short else _encoded(name)
    last = phrase.rpartition("\r\n")[2]
    gap = " " if len(last) + len(address) < _NARROW else "\r\n "
    return f"{phrase}{gap}<{address}>"


def _unstructured(text: str) -> str:
    return text if len(text) <= _NARROW and _is_plain(text) else _encoded(text)


def _is_plain(text: str) -> bool:
    return bool(_PRINTABLE.fullmatch(text)) and "=?" not in text


def _encoded(text: str) -> str:
    """RFC 2047 words, one a line, each holding whole characters; Q or B, whichever is shorter."""
    if not text:
        return ""
    mark, encode = ("q", _q) if len(_q(text)) <= len(_b(text)) else ("b", _b)
    return "\r\n ".join(f"=?utf-8?{mark}?{encode(chunk)}?=" for chunk in _chunks(text, encode))


def _q(text: str) -> str:
    return "".join(
        c if c in _PLAIN_IN_Q else "_" if c == " " else "".join(f"={o:02X}" for o in c.encode())
        for c in text
    )


def _b(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _chunks(text: str, encode: Callable[[str], str]) -> list[str]:
    chunks = [""]
    for character in text:
        if len(encode(chunks[-1] + character)) > _WORD:
            chunks.append("")
        chunks[-1] += character
    return chunks


def _message_id(text: str) -> str:
    found = _MESSAGE_ID.fullmatch(text)
    if found is None:
        raise UnsafeMail("a Message-ID is not in the form of RFC 5322 3.6.4")
    return f"<{found[1]}>"


def _check(mail: Mail, data: bytes) -> None:
    """Read the header as a receiver would, and see that the parts are those of the layout."""
    head, _, rest = data.partition(b"\r\n\r\n")
    message = BytesParser(policy=compat32).parsebytes(head + b"\r\n\r\n", headersonly=True)
    if sorted(message.keys()) != _template(mail):
        raise UnsafeMail("the headers are not those of the template")
    wanted = {"From": mail.sender_address, "To": mail.recipient_address, "Reply-To": mail.reply_to}
    for name, address in wanted.items():
        read = [found for _, found in getaddresses(message.get_all(name, []))]
        if read != ([] if address is None else [address]):
            raise UnsafeMail(f"{name} would be read as another address")
    marks = {"a": 3} if mail.calendar is None else {"a": 4, "m": 3}
    marks |= {"r": 3} if mail.picture is not None else {}
    for which, count in marks.items():
        if rest.count(f"--{boundary(mail.message_id, which)}".encode()) != count:
            raise UnsafeMail("the parts are not those of the layout")
    _check_lines(data)


def _check_lines(data: bytes) -> None:
    """RFC 5322 2.1.1, 2.3: short lines of printable ASCII, each ending in CR LF."""
    lines = data.split(b"\r\n")
    if data.translate(None, _ALLOWED) or max(map(len, lines)) > _LONGEST_LINE:
        raise UnsafeMail("a line is too long, or not ASCII")
    if not len(lines) - 1 == data.count(b"\r") == data.count(b"\n"):
        raise UnsafeMail("a line does not end in CR LF")


def _template(mail: Mail) -> list[str]:
    """The names of the mail's headers, sorted."""
    top = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
    top += ["Auto-Submitted", "X-Auto-Response-Suppress"]
    top += ["Reply-To"] if mail.reply_to is not None else []
    top += ["In-Reply-To", "References"] if mail.in_reply_to is not None else []
    if mail.list_unsubscribe is not None:
        top += ["List-Unsubscribe"]
        top += ["List-Unsubscribe-Post"] if mail.list_unsubscribe_post else []
    return sorted(top)
