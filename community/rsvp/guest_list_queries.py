"""Reads about guest lists. They are for the hosts of the event, and the edges see to that."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor
from community.rsvp.invitation_models import GuestList, GuestRow, GuestVerdict

PAGE = 100
_LARGEST_ID = 2**31 - 1  # what a column of ids holds on PostgreSQL


def get_guest_list(event_id: int, list_id: int, *, lock: bool = False) -> GuestList:
    """A list of that event as the database has it now. Raises NotFound, also for another's."""
    wanted = sa.select(GuestList).where(
        GuestList.id == min(list_id, _LARGEST_ID), GuestList.event_id == event_id
    )
    if lock:
        wanted = wanted.with_for_update()
    one = db.session.scalar(wanted.execution_options(populate_existing=True))
    if one is None:
        raise NotFound("guest list")
    return one


def typed_in(one: GuestList) -> str:
    """The text as it was handed in; ``""`` once the list is done."""
    text = sa.select(GuestList.typed).where(GuestList.id == one.id)
    return db.session.scalar(text) or ""


def latest_lists(event_id: int, most: int = 10) -> Sequence[GuestList]:
    """The newest lists of an event, newest first."""
    newest = sa.select(GuestList).where(GuestList.event_id == event_id)
    return db.session.scalars(newest.order_by(GuestList.id.desc()).limit(most)).all()


def count_verdicts(list_id: int) -> dict[str, int]:
    """How many rows of a list have each verdict; absent ones are left out."""
    counted = (
        sa.select(GuestRow.verdict, sa.func.count())
        .where(GuestRow.list_id == list_id)
        .group_by(GuestRow.verdict)
    )
    return {verdict.value: count for verdict, count in db.session.execute(counted)}


def list_guests(list_id: int, verdict: str = "", after: str = "") -> Page[GuestRow]:
    """The rows in order of the text, a page at a time; all, or those of one verdict."""
    query = sa.select(GuestRow).where(GuestRow.list_id == list_id)
    if verdict:
        query = query.where(GuestRow.verdict == GuestVerdict(verdict))
    if key := read_cursor(after, (int,)):
        query = query.where(GuestRow.number > key[0])
    rows = list(db.session.scalars(query.order_by(GuestRow.number).limit(PAGE + 1)))
    more = cursor(rows[PAGE - 1].number) if len(rows) > PAGE else None
    return Page(rows[:PAGE], more)
