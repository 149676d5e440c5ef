"""The door without a network: the list that a phone keeps, and the presses that it sends later."""

from typing import Annotated, Literal

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from community.core.clock import now
from community.core.errors import Refused
from community.organizing.door import (
    every_head,
    get_event_at_door,
    how_door_stands,
)
from community.rsvp.checkin import Door
from community.rsvp.presses import KEY, MOST, Outcome, Press, take_presses
from community.web.access import event_door, signed_in_person, viewer
from community.web.assets import FOLDER
from community.web.wording import worded

_WORKER = FOLDER / "js" / "worker" / "door.js"
_LONGEST = 200_000  # characters of presses in one request


class _SentPress(BaseModel):
    """One press as a phone sends it: ``in`` or ``out``, and when by its clock."""

    key: Annotated[str, Field(pattern=KEY)]
    head: Annotated[int, Field(strict=True, ge=1, lt=2**31)]
    way: Literal["in", "out"]
    at: AwareDatetime


_SENT = TypeAdapter(Annotated[list[_SentPress], Field(max_length=MOST)])


@event_door
def door_heads(slug: str) -> ResponseReturnValue:
    """Everybody who is expected, and what a phone needs to send presses; none while it is shut."""
    event = get_event_at_door(viewer(), slug)
    is_open = how_door_stands(event) == Door.OPEN
    heads = [
        {
            "id": head.attendee_id,
            "party": head.party_id,
            "name": head.name,
            "with": head.guest_of,
            "at": head.at.isoformat() if head.at else "",
            "by": head.let_in_by,
        }
        for head in (every_head(event) if is_open else [])
    ]
    stamp = now().isoformat()
    return _json({"open": is_open, "now": stamp, "csrf": generate_csrf(), "heads": heads})


@event_door
def send_presses(slug: str) -> ResponseReturnValue:
    """Do what was pressed while the network was dead; answers what became of each press."""
    event = get_event_at_door(viewer(), slug)
    try:
        presses = _presses(request.form.get("presses", ""))
        outcomes = take_presses(signed_in_person().id, event.id, presses)
    except Refused as refused:
        return _json({"error": worded(refused)}), 422
    return _json({"presses": [_told(outcome) for outcome in outcomes]})


@event_door
def door_worker(slug: str) -> ResponseReturnValue:
    """The script that opens the door's page without a network; it may do so for that page alone."""
    response = Response(_WORKER.read_bytes(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for("organize.check_in", slug=slug)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _presses(text: str) -> list[Press]:
    """What a phone sent. Refuses anything else, whole."""
    try:
        sent = _SENT.validate_json(text[: _LONGEST + 1])
    except ValidationError:
        raise Refused("presses_unreadable") from None
    return [Press(one.key, one.head, one.way == "in", one.at) for one in sent]


def _told(outcome: Outcome) -> dict[str, object]:
    at = outcome.since.isoformat() if outcome.since else ""
    why = worded(outcome.refused) if outcome.refused else ""
    return {"key": outcome.key, "at": at, "by": outcome.by, "refused": why}


def _json(facts: dict[str, object]) -> Response:
    response = jsonify(facts)
    response.headers["Cache-Control"] = "no-store"
    return response
