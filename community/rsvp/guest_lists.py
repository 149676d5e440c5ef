"""Guest lists: handed in, checked row by row, and invited by the worker when an organizer says so.

Each batch is one transaction: what became of its rows is saved together with their invitations
and the cursor behind them, so that whoever is killed half-way goes on where the last one ended.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.origin import Origin, acting
from community.core.text import clean_text
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.rsvp.changes import InvitationsAsked
from community.rsvp.guest_list_queries import get_guest_list
from community.rsvp.guest_texts import read_guests
from community.rsvp.guest_verdicts import judge
from community.rsvp.invitation_models import OPEN, GuestList, GuestListState, GuestRow
from community.rsvp.inviting import Invitee, invite, require_invitable

BATCH = 25  # everybody else who answers this event waits for a batch
_KEPT = timedelta(days=30)
_rows_table: sa.Table = GuestRow.metadata.tables["guest_rows"]
_WAITING = (GuestListState.CHECKED, GuestListState.RUNNING)


@transactional
def hand_in(
    organizer_id: int,
    event_id: int,
    people: str,
    *,
    message: str = "",
    reserve_until: datetime | None = None,
) -> GuestList:
    """Keep a list and say of each row what it would do; nobody is invited yet.

    ``people`` are lines or CSV, see :func:`guest_texts.read_guests`. Refuses an event that nobody
    can be invited to, and a text with no row or too many.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    require_invitable(event, reserve_until)
    rows = judge(event.id, read_guests(people))
    one = GuestList(
        event_id=event.id,
        person_id=organizer_id,
        message=clean_text(message),
        reserve_until=reserve_until,
        typed=people.replace("\x00", ""),  # PostgreSQL refuses NUL
        size=len(rows),
    )
    db.session.add(one)
    db.session.flush()
    insert_many(_rows_table, [{"list_id": one.id, **row} for row in rows])
    return one


@transactional
def send_invitations(organizer_id: int, event_id: int, list_id: int) -> GuestList:
    """Have the people of a list invited by the worker. Twice is once."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    one = get_guest_list(event_id, list_id, lock=True)
    if one.state in {GuestListState.RUNNING, GuestListState.DONE}:
        return one
    require_invitable(event, one.reserve_until)
    if one.state == GuestListState.STOPPED:
        raise Refused("guest_list_stopped")
    if not _left(one):
        raise Refused("nobody_to_invite")
    one.state = GuestListState.RUNNING
    record(InvitationsAsked(one.id, event.id))
    return one


@transactional
def put_away(organizer_id: int, event_id: int, list_id: int) -> GuestList:
    """Invite nobody more of a list; who was invited stays invited."""
    require_editor(organizer_id, event_id)
    one = get_guest_list(event_id, list_id, lock=True)
    if one.state in _WAITING:
        _end(one, GuestListState.STOPPED)
    return one


@transactional
def invite_batch(list_id: int) -> int | None:
    """Invite the next people of a list; the number of the last row that is dealt with.

    None when nobody is left, or when the list was put away, or the event is over or off.
    """
    found = db.session.get(GuestList, list_id)
    if found is None:
        return None
    event = lock_event(found.event_id)
    one = get_guest_list(event.id, list_id, lock=True)
    if one.state != GuestListState.RUNNING or not _may_go_on(event, one):
        return None
    rows = db.session.scalars(
        sa.select(GuestRow)
        .where(GuestRow.list_id == one.id, GuestRow.number > one.cursor, GuestRow.verdict.in_(OPEN))
        .order_by(GuestRow.number)
        .limit(BATCH)
    ).all()
    with acting(Origin(one.person_id, "invitation")):
        for row in rows:
            who = Invitee(row.address, row.name)
            row.verdict = invite(event, who, one.person_id, one.message, one.reserve_until)
    if len(rows) < BATCH:
        one.cursor = one.size
        _end(one, GuestListState.DONE)
        return None
    one.cursor = rows[-1].number
    return one.cursor


def _may_go_on(event: Event, one: GuestList) -> bool:
    try:
        require_invitable(event, one.reserve_until)
    except Refused:
        _end(one, GuestListState.STOPPED)
        return False
    return True


def _end(one: GuestList, state: GuestListState) -> None:
    one.state, one.finished_at, one.typed = state, now(), ""


def _left(one: GuestList) -> bool:
    some = sa.select(GuestRow.number).where(GuestRow.list_id == one.id, GuestRow.verdict.in_(OPEN))
    return db.session.scalar(some.limit(1)) is not None


@transactional
def forget_old_lists() -> int:
    """Delete lists a month after they were made, with their addresses; says how many."""
    old = sa.select(GuestList.id).where(
        GuestList.created_at <= now() - _KEPT, GuestList.state != GuestListState.RUNNING
    )
    rows_changed(sa.delete(GuestRow).where(GuestRow.list_id.in_(old)))
    return rows_changed(sa.delete(GuestList).where(GuestList.id.in_(old)))
