"""The attendee list as JSON, written while it is read."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from community.core.types import JSONDict
from community.organizing.export_rows import Asked, Attending, Line, asked_columns, iso, said
from community.rsvp.answers import YES, Given
from community.rsvp.question_models import QuestionKind

_CHUNK = 16 * 1024
_SEVERAL = {QuestionKind.SEVERAL_OF, QuestionKind.DIETARY}
_write = json.JSONEncoder(ensure_ascii=False).encode


def json_of(attending: Attending) -> Iterator[bytes]:
    """``{"attendees": [...]}`` in UTF-8, in pieces of some kilobytes; keys are the columns.

    Guests are a list. Times are ISO 8601 in the event's zone, None where there is none. A question
    for the person has one answer; one that guests are asked, too, has a list of all heads'.
    """
    asked = asked_columns(attending.event)
    zone = ZoneInfo(attending.event.timezone)
    piece, size = ['{"attendees": ['], 0
    separator = "\n"
    for line in attending:
        text = _write(_object(line, zone, asked))
        piece += (separator, text)
        separator, size = ",\n", size + len(text)
        if size > _CHUNK:
            yield "".join(piece).encode()
            piece, size = [], 0
    piece.append("\n]}\n")
    yield "".join(piece).encode()


def _object(line: Line, zone: ZoneInfo, asked: list[Asked]) -> dict[str, Any]:
    return {
        "name": line.name,
        "email": line.email,
        "organization": line.organization,
        "job_title": line.job_title,
        "status": line.status,
        "party_size": line.party_size,
        "guests": line.guests,
        "dietary": line.dietary,
        "note": line.note,
        "answered_at": iso(line.answered_at, zone) or None,
        "checked_in_at": iso(line.checked_in_at, zone) or None,
        "source": line.source,
        **{one.heading: _answer(line, one) for one in asked},
    }


def _answer(line: Line, asked: Asked) -> Any:
    given = said(line, asked.key)
    # Guests may have been asked once, and what they said then is not lost.
    if asked.is_for_guests or any(given):
        return [_value(given.get(number)) for number in range(1 + len(line.brought))]
    return _value(given.get(0))


def _value(kept: JSONDict | None) -> Any:
    if kept is None:
        return None
    given = Given.of(kept)
    if given.kind == QuestionKind.NUMBER:
        return as_number(given.text)
    if given.kind == QuestionKind.YES_NO:
        return given.text == YES
    if given.kind in _SEVERAL:
        return [*(label for _id, label in given.options), *([given.text] if given.text else [])]
    return given.words


def as_number(text: str) -> int | float | str:
    """The number that a text says; the text where a float would say another one."""
    if "." not in text:
        return int(text)
    return float(text) if Decimal(repr(float(text))) == Decimal(text) else text
