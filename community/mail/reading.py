"""Reads spooled mails back for the development mailbox."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from pathlib import Path

from community.core.text import clean_line

LARGEST = 5_000_000  # bytes read of one mail; ours measure some ten thousand
_ID = re.compile("[0-9a-f-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class ReadMail:
    """What a reader sees of one spooled mail.

    ``sender`` and ``recipient`` as in the header, ``Name <address>``; ``at`` aware UTC; line ends
    are ``\\n``, except in ``calendar``, the text/calendar part exactly as it was sent.
    """

    id: str
    subject: str
    sender: str
    recipient: str
    at: datetime
    text: str
    html: str
    calendar: str | None
    headers: list[tuple[str, str]]


def read_mail(path: Path) -> ReadMail:
    """The mail in one ``.eml`` file; ``id`` is the file's stem. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    # The older policy, which never fails on a broken header; nothing read here is sent again.
    message = message_from_bytes(data, policy=compat32)
    headers = list(_headers(message))
    by_name = {name.lower(): value for name, value in reversed(headers)}
    return ReadMail(
        id=path.stem,
        subject=by_name.get("subject", ""),
        sender=by_name.get("from", ""),
        recipient=by_name.get("to", ""),
        at=_instant(by_name.get("date", "")) or written_at,
        text=_part(message, "text/plain") or "",
        html=_with_pictures(_part(message, "text/html") or "", message),
        calendar=_part(message, "text/calendar", exact=True),
        headers=headers,
    )


def list_mails(folder: Path, limit: int = 200) -> list[ReadMail]:
    """The newest ``limit`` mails of the spool, the newest first; none if there is no spool."""
    dated = []
    for path in folder.glob("*.eml"):
        try:
            dated.append((path.stat().st_mtime_ns, path))
        except OSError:
            continue  # removed meanwhile
    mails = []
    for _, path in sorted(dated, reverse=True)[:limit]:
        try:
            mails.append(read_mail(path))
        except OSError:
            continue
    return mails


def find_mail(folder: Path, mail_id: str) -> ReadMail | None:
    """The mail with that id, if the id is one of ours and there is such a file."""
    if not _ID.fullmatch(mail_id):
        return None  # never a path
    try:
        return read_mail(folder / f"{mail_id}.eml")
    except OSError:
        return None


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    # Not by the newer policy: it puts a space between the two encoded words of a long name.
    for name, raw in message.raw_items():
        try:
            value = str(make_header(decode_header(raw)))
        except (HeaderParseError, LookupError, ValueError):
            value = str(raw)
        yield name, clean_line(value)


def _part(message: Message, content_type: str, *, exact: bool = False) -> str | None:
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if (
            part.get_content_type() == content_type
            and part.get_content_disposition() != "attachment"
            and isinstance(payload, bytes)
        ):
            text = _decoded(payload, part.get_content_charset("utf-8"))
            return text if exact else text.replace("\r\n", "\n")
    return None


def _with_pictures(html: str, message: Message) -> str:
    """The HTML as a mail program shows it: with the pictures that are in the mail itself."""
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() == "image/png" and isinstance(payload, bytes):
            data = b64encode(payload).decode("ascii")
            name = str(part.get("Content-ID", "")).strip("<> ")
            html = html.replace(f'"cid:{name}"', f'"data:image/png;base64,{data}"')
    return html


def _decoded(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
