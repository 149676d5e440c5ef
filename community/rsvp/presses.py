"""Presses at the door that a phone kept while the network was dead, and sends when it can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.membership.models import Person
from community.rsvp.changes import CheckedIn, CheckInReverted
from community.rsvp.checkin import OPEN_BEFORE, get_attendee, require_open_door
from community.rsvp.codes import require_going
from community.rsvp.entries import entry_of, keep_press, presses_of
from community.rsvp.models import Attendee
from community.rsvp.press_models import LONGEST_KEY, DoorPress

MOST = 500  # presses in one request
KEY = rf"^[0-9a-f-]{{8,{LONGEST_KEY}}}$"  # what a phone draws by lot
_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Press:
    """One press as a phone has it. ``key`` is drawn by lot, ``at`` aware, by the phone's clock."""

    key: str
    attendee_id: int
    lets_in: bool
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a press: how the head stands after it, or why it did nothing.

    ``since`` is None for a head that is not in; ``by`` names who let it in.
    """

    key: str
    attendee_id: int
    since: datetime | None = None
    by: str = ""
    refused: Refused | None = None


@transactional
def take_presses(actor_id: int, event_id: int, presses: Sequence[Press]) -> list[Outcome]:
    """Do what was pressed, each press once however often it is sent; the first press wins.

    Times that cannot be are moved to the nearest that can: the door was not open before, and
    nobody presses in the future; a head's presses keep their order. Refuses as a whole while the
    door is not open, and a single press about whoever is not going any more, which did nothing.
    """
    event = require_open_door(actor_id, event_id)
    opened, moment = event.starts_at - OPEN_BEFORE, now()
    outcomes = {}
    # By head, so that two phones that send the same heads wait for each other in one order.
    for press in sorted(presses[:MOST], key=lambda one: (one.attendee_id, one.at)):
        at = min(max(press.at, opened), moment)
        outcomes[press.key] = _take(actor_id, event_id, press, at)
    return [outcomes[press.key] for press in presses[:MOST]]


def _take(actor_id: int, event_id: int, press: Press, at: datetime) -> Outcome:
    try:
        db.session.execute(
            sa.select(Attendee.id).where(Attendee.id == press.attendee_id).with_for_update()
        )
        attendee = get_attendee(event_id, press.attendee_id)
        require_going(attendee)
    except NotFound:
        return Outcome(press.key, press.attendee_id, refused=Refused("head_gone"))
    except Refused as refused:
        return Outcome(press.key, press.attendee_id, refused=refused)
    if not _is_known(press.key):
        _apply(actor_id, attendee, press, at)
    by = db.session.get(Person, attendee.checked_in_by) if attendee.checked_in_by else None
    return Outcome(press.key, attendee.id, attendee.checked_in_at, by.name if by else "")


def _is_known(key: str) -> bool:
    known = sa.select(DoorPress.id).where(DoorPress.key == key)
    return db.session.scalar(known) is not None


def _apply(actor_id: int, attendee: Attendee, press: Press, at: datetime) -> None:
    if at != press.at:  # moved: after those that were moved there before
        taken = {one.at for one in presses_of(attendee)}
        while at in taken:
            at += _NEXT
    keep_press(attendee.id, at, actor_id, lets_in=press.lets_in, key=press.key)
    entry = entry_of(presses_of(attendee))
    became = (entry.at, entry.by) if entry else (None, None)
    if became == (attendee.checked_in_at, attendee.checked_in_by):
        return
    change = sa.update(Attendee).where(Attendee.id == attendee.id)
    rows_changed(change.values(checked_in_at=became[0], checked_in_by=became[1]))
    db.session.refresh(attendee, ["checked_in_at", "checked_in_by"])
    fact = CheckedIn if entry else CheckInReverted
    record(fact(attendee.rsvp_id, attendee.rsvp.event_id, attendee.id))
