"""The parts of a mail that may hold an answer, decoded however badly they were encoded."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message

_BEGIN, _END = b"BEGIN:VCALENDAR", b"END:VCALENDAR"
_BASE64_OF_BEGIN = b"QkVHSU46VkNBTEVOREFS"
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_FOLD = re.compile(rb"\r?\n[ \t]")
_PADDING = re.compile(rb"=+")
# Others may be slow (punycode), or are no encodings of text at all.
_CHARSET = re.compile(
    r"(?:us-)?(?:ascii|utf|iso|latin|windows|cp\d|koi8|gb|big5|euc|shift|sjis|mac|tis|hz|ks_c)"
    r"[\w.:-]{0,30}",
    re.IGNORECASE | re.ASCII,
)
# Their octets may well be read as UTF-8, and are not meant so.
_SHIFTING = re.compile(r"utf-?_?(?:7|16|32)|iso-2022|hz", re.IGNORECASE)


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no others, in their order; those of an attached mail are not its own."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "message":
            continue
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield part


def content(part: Message) -> bytes:
    """The octets of a part, with its Content-Transfer-Encoding undone as far as that can be."""
    coding = str(part.get("content-transfer-encoding", "")).strip().lower()
    # Without that field the library hands out what was received.
    del part["content-transfer-encoding"]
    raw = part.get_payload(decode=True)
    part["content-transfer-encoding"] = coding
    if not isinstance(raw, bytes):
        return b""
    if coding == "quoted-printable":
        return quopri.decodestring(raw)
    if coding == "base64" and _BEGIN not in raw:  # some say so of plain text
        return _from_base64(raw)
    if raw.lstrip().startswith(_BASE64_OF_BEGIN):  # and some do not say so
        return _from_base64(raw)
    return raw


def charset(part: Message) -> str:
    """What the part says of itself, ``""`` if that is no encoding of text that we read."""
    said = str(part.get_content_charset("") or "")
    return said if _CHARSET.fullmatch(said) else ""


def text(data: bytes, declared: str) -> str:
    """In UTF-8, else as declared, else in Latin-1, which knows every octet."""
    first = [declared] if _SHIFTING.match(declared) else []
    for encoding in (*first, "utf-8-sig", declared):
        try:
            return data.decode(encoding)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def calendar(data: bytes, declared: str) -> tuple[bytes | None, bool]:
    """The iCalendar file in UTF-8, from its BEGIN to its last END; and whether its END is missing.

    Both ``None`` and ``False`` when nothing of that kind begins.
    """
    if _BEGIN not in data.upper() or not _is_utf8(data):
        data = text(data, declared).encode("utf-8", "replace")
    capitals = data.upper()
    begins, ends = capitals.find(_BEGIN), capitals.rfind(_END)
    if begins < 0:
        return None, False
    if ends < begins:
        return None, True
    return data[begins : ends + len(_END)] + b"\r\n", False


def _is_utf8(data: bytes) -> bool:
    try:
        _FOLD.sub(b"", data).decode("utf-8")  # some clients fold inside of a character
    except UnicodeDecodeError:
        return False
    return True


def _from_base64(raw: bytes) -> bytes:
    """Whatever can be read: several pieces, each with its padding, and what was cut off."""
    found = []
    for piece in _PADDING.split(_NOT_BASE64.sub(b"", raw)):
        whole = piece[:-1] if len(piece) % 4 == 1 else piece
        try:
            found.append(base64.b64decode(whole + b"=" * (-len(whole) % 4)))
        except binascii.Error:
            continue
    return b"".join(found)
