"""What presses at the door add up to: whether a head is in, since when and by whose hand.

Whichever way and however late presses arrive, the same presses lead to the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.press_models import DoorPress

PRESSES_KEPT = timedelta(days=30)
_KEEP = sa.insert(DoorPress).inline()


@dataclass(frozen=True)
class Pressed:
    """One press: when, by whom, and whether it lets in or takes that back."""

    at: datetime
    by: int | None
    lets_in: bool


def entry_of(presses: Iterable[Pressed]) -> Pressed | None:
    """The press by which a head is in; None for one that is not in.

    It is the first one that lets in after the last one that took it back.
    """
    pressed = list(presses)
    last_out = max((press.at for press in pressed if not press.lets_in), default=None)
    entries = (p for p in pressed if p.lets_in and (last_out is None or p.at > last_out))
    return min(entries, key=lambda press: (press.at, press.by or 0), default=None)


def keep_press(
    attendee_id: int, at: datetime, by: int, *, lets_in: bool, key: str | None = None
) -> None:
    """Note a press. Call it inside a use-case."""
    values = {"attendee_id": attendee_id, "at": at, "by": by, "lets_in": lets_in, "key": key}
    db.session.execute(_KEEP, values)


def presses_of(attendee: Attendee) -> list[Pressed]:
    """What was pressed about a head, and what is known of it without a press."""
    kept = sa.select(DoorPress.at, DoorPress.by, DoorPress.lets_in)
    rows = db.session.execute(kept.where(DoorPress.attendee_id == attendee.id))
    found = [Pressed(*row) for row in rows]
    if attendee.checked_in_at is not None:
        found.append(Pressed(attendee.checked_in_at, attendee.checked_in_by, lets_in=True))
    return found


def forget_entries(rsvp: Rsvp) -> None:
    """Nobody of a party has passed the door: it left, and comes back. Inside a use-case."""
    inside = [head for head in rsvp.attendees if head.checked_in_at is not None]
    for head in inside:
        head.checked_in_at = head.checked_in_by = None
    if inside:
        ids = [head.id for head in inside]
        rows_changed(sa.delete(DoorPress).where(DoorPress.attendee_id.in_(ids)))


@transactional
def forget_presses() -> int:
    """Let presses go that no phone sends again; says how many. Who is in stays."""
    old = DoorPress.at <= now() - PRESSES_KEPT
    return rows_changed(sa.delete(DoorPress).where(old))
