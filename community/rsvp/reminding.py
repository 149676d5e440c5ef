"""Reminding invited people who have not answered: all or chosen ones, never twice in a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.origin import Origin, acting
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_text
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor
from community.membership.models import Person
from community.rsvp.changes import PersonReminded, RemindersAsked
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.opening import require_alive

PAUSE = timedelta(hours=24)
PAGE = 100


@dataclass(frozen=True)
class Undecided:
    """How many are invited and have not answered, and for how many of them it is too soon."""

    all: int
    lately: int
    seats: int  # kept for them

    @property
    def due(self) -> int:
        """How many would be written to now."""
        return self.all - self.lately


def count_undecided(event_id: int) -> Undecided:
    """The figures as they are now."""
    lately = sa.func.count().filter(Rsvp.reminded_at > now() - PAUSE)
    seats = sa.func.coalesce(
        sa.func.sum(Rsvp.party_size).filter(Rsvp.reserved_until.is_not(None)), 0
    )
    counted = sa.select(sa.func.count(), lately, seats).where(*_undecided(event_id))
    return Undecided(*db.session.execute(counted).one())


def list_undecided(event_id: int, after: str = "") -> Page[Rsvp]:
    """Who has not answered, in the order in which they were invited, a page at a time."""
    query = sa.select(Rsvp).where(*_undecided(event_id))
    if key := read_cursor(after, (int,)):
        query = query.where(Rsvp.ticket > key[0])
    query = query.options(selectinload(Rsvp.person).selectinload(Person.addresses))
    rows = list(db.session.scalars(query.order_by(Rsvp.ticket).limit(PAGE + 1)))
    more = cursor(rows[PAGE - 1].ticket) if len(rows) > PAGE else None
    return Page(rows[:PAGE], more)


def was_reminded_lately(rsvp: Rsvp, moment: datetime) -> bool:
    """Whether it is too soon to write again."""
    return rsvp.reminded_at is not None and rsvp.reminded_at > moment - PAUSE


@transactional
def remind(
    organizer_id: int, event_id: int, *, chosen: Sequence[int] | None = None, word: str = ""
) -> int:
    """Have everybody reminded who has not answered, or those of the RSVPs ``chosen``.

    Says how many that are now; who answers, or was reminded in the last 24 hours, is left out when
    the mails are made. Refuses when nobody is left.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if event.status == EventStatus.DRAFT:
        raise Refused("event_is_draft")
    require_alive(event)
    due = sa.select(sa.func.count()).where(*_undecided(event.id), *_due(chosen))
    count = db.session.scalar(due) or 0
    if not count:
        raise Refused("nobody_to_remind")
    kept = None if chosen is None else tuple(sorted(set(chosen)))
    record(RemindersAsked(event.id, organizer_id, kept, clean_text(word)))
    return count


@transactional
def remind_batch(
    event_id: int,
    asked_by: int,
    cursor_at: int,
    size: int,
    *,
    chosen: Sequence[int] | None,
    word: str,
) -> int | None:
    """Remind the next ``size`` after the RSVP ``cursor_at``; the last one's id, None at the end.

    The day's pause is looked at here, under the event's lock, so that two who press the button at
    the same moment write to nobody twice.
    """
    event = lock_event(event_id)
    if not _is_to_come(event):
        return None
    rsvps = db.session.scalars(
        sa.select(Rsvp)
        .where(*_undecided(event.id), *_due(chosen), Rsvp.id > cursor_at)
        .order_by(Rsvp.id)
        .limit(size)
        .options(
            selectinload(Rsvp.attendees), selectinload(Rsvp.person).selectinload(Person.addresses)
        )
        .execution_options(populate_existing=True)
    ).all()
    with acting(Origin(asked_by, "invitation")):
        for rsvp in rsvps:
            record(PersonReminded(rsvp.id, event.id, asked_by, word))
    ids = [rsvp.id for rsvp in rsvps]
    rows_changed(sa.update(Rsvp).where(Rsvp.id.in_(ids)).values(reminded_at=now()))
    return ids[-1] if len(ids) == size else None


def _undecided(event_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.INVITED


def _due(chosen: Sequence[int] | None) -> list[sa.ColumnElement[bool]]:
    rested = sa.or_(Rsvp.reminded_at.is_(None), Rsvp.reminded_at <= now() - PAUSE)
    return [rested] if chosen is None else [rested, Rsvp.id.in_(chosen)]


def _is_to_come(event: Event) -> bool:
    return event.status == EventStatus.PUBLISHED and event.ends_at > now()
