"""Delivery reports (RFC 3464) that come back to the signed return path of a mail of ours."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from typing import Any

from community.inbound.bounds import find_breach
from community.mail.bounces import Verdict, note_bounce
from community.mail.return_path import returned_mail

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\S)")
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,120})>")
_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
_ORIGINAL = {"message/rfc822", "message/global"}
_ORIGINAL_HEADERS = {"text/rfc822-headers", "message/global-headers"}


@dataclass(frozen=True)
class Report:
    """What a report says: the Message-ID of the returned mail, and how its delivery stands.

    ``action`` is lower-case, such as ``failed`` or ``delayed``; ``status`` as in RFC 3463.
    """

    message_id: str
    action: str
    status: str
    said: str


def receive(recipient: str, data: bytes) -> Verdict:
    """Act on a mail that came to one of our return paths; anything else is ignored.

    Neither raises nor guesses, whatever the bytes are: only an outage of the database gets out.
    """
    mail_id = returned_mail(recipient)
    if mail_id is None:
        return Verdict.IGNORED
    report = read_report(data)
    if report is None or report.action not in {"failed", "delayed"}:
        return Verdict.IGNORED
    return note_bounce(
        mail_id,
        report.message_id,
        status=report.status,
        final=report.action == "failed",
        said=report.said,
    )


def read_report(data: bytes) -> Report | None:
    """The one report in a mail; None when it holds none, or is in any way ambiguous."""
    if find_breach(data):
        return None  # no honest report is like that
    try:
        return _read(message_from_bytes(data, policy=compat32))
    except Exception:  # the library's parser has raised all kinds of things on hostile bytes
        return None


def _read(message: Message) -> Report | None:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    if str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    parts = [part for part in message.get_payload() if isinstance(part, Message)]
    fields = [p for p in parts if p.get_content_type() in _STATUS_PARTS]
    headers = [found for p in parts if (found := _original_headers(p)) is not None]
    if len(fields) != 1 or len(headers) != 1:
        return None
    ids = headers[0].get_all("Message-ID", [])
    message_id = _MESSAGE_ID.fullmatch(str(ids[0]).strip()) if len(ids) == 1 else None
    recipients = _recipients(fields[0])
    # Our mails have one recipient each: a report on several is about somebody else's mail.
    if message_id is None or len(recipients) != 1:
        return None
    action = str(recipients[0]["Action"]).strip().lower()
    status = _STATUS.match(str(recipients[0]["Status"]).strip())
    if status is None:
        return None
    said = str(recipients[0].get("Diagnostic-Code", "")).partition(";")[2].strip()
    return Report(message_id[1], action, status[1], _printable(said))


def _recipients(part: Message) -> list[Message]:
    """The blocks of a delivery-status part that are about a recipient (RFC 3464 2.1)."""
    blocks: Any = part.get_payload()
    if not isinstance(blocks, list):
        return []
    return [block for block in blocks if "Action" in block and "Status" in block]


def _original_headers(part: Message) -> Message | None:
    kind = part.get_content_type()
    payload: Any = part.get_payload()
    if kind in _ORIGINAL and isinstance(payload, list) and len(payload) == 1:
        inner = payload[0]
        return inner if isinstance(inner, Message) else None
    if kind in _ORIGINAL_HEADERS:
        if isinstance(payload, list):  # some parsers read message/global-headers as a message
            return payload[0] if payload and isinstance(payload[0], Message) else None
        text = part.get_payload(decode=True)
        if isinstance(text, bytes):
            return HeaderParser(policy=compat32).parsestr(text.decode("utf-8", "replace"))
    return None


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
