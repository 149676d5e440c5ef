"""Reminders of an event, so many hours or days before it: each is sent once for each date.

A reminder that is due claims its date by a row that the database holds once
(``announcements``: event, readers, minutes, start), in the transaction that freezes who gets it.
Whatever the worker's clock does, a second one finds that row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.events.changes import EventCloned, EventDrafted
from community.events.models import Event, EventFormat, EventStatus
from community.events.queries import get_event, lock_event, require_editor
from community.organizing.announcement_changes import (
    ReminderAdded,
    ReminderRemoved,
    ReminderSuspended,
)
from community.organizing.announcement_models import (
    Announcement,
    AnnouncementState,
    EventReminder,
    Reminds,
)
from community.organizing.announcements import start
from community.rsvp.models import RsvpStatus

MOST = 10
LONGEST = timedelta(days=60)
_DAY = 24 * 60
# What an event in a room with so many seats has from the start: a dinner.
DEFAULTS = ((Reminds.UNDECIDED, 7 * _DAY), (Reminds.GOING, 2 * _DAY))
READERS = {Reminds.GOING: RsvpStatus.GOING, Reminds.UNDECIDED: RsvpStatus.INVITED}


@transactional
def add_reminder(
    organizer_id: int, event_id: int, reminds: Reminds, *, minutes: int
) -> EventReminder:
    """Have the event reminded of. One that is there already is switched on.

    Refuses more than ten, and one whose time is over.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    if not 0 < minutes <= LONGEST.total_seconds() / 60:
        raise Refused("reminder_too_early", field="count")
    if event.starts_at - timedelta(minutes=minutes) <= now():
        raise Refused("reminder_over", field="count")
    known = list_reminders(event.id)
    one = next((r for r in known if (r.reminds, r.minutes) == (reminds, minutes)), None)
    if one is None:
        if len(known) >= MOST:
            raise Refused("too_many_reminders", most=MOST)
        one = EventReminder(event_id=event.id, reminds=reminds, minutes=minutes)
        db.session.add(one)
        db.session.flush()
    elif one.is_on:
        return one
    one.is_on, one.created_at = True, now()
    record(ReminderAdded(event.id, reminds.value, minutes))
    return one


@transactional
def switch_on(organizer_id: int, event_id: int, reminder_id: int) -> EventReminder:
    """Send a reminder again that was switched off. Refuses one whose time is over."""
    require_editor(organizer_id, event_id)
    one = _get(event_id, reminder_id)
    return add_reminder(organizer_id, event_id, one.reminds, minutes=one.minutes)


@transactional
def switch_off(organizer_id: int, event_id: int, reminder_id: int) -> EventReminder:
    """Keep a reminder and do not send it."""
    require_editor(organizer_id, event_id)
    lock_event(event_id)
    one = _get(event_id, reminder_id)
    if one.is_on:
        one.is_on = False
        record(ReminderSuspended(event_id, one.reminds.value, one.minutes))
    return one


@transactional
def remove_reminder(organizer_id: int, event_id: int, reminder_id: int) -> None:
    """Let an event have a reminder no more."""
    require_editor(organizer_id, event_id)
    lock_event(event_id)
    one = _get(event_id, reminder_id)
    record(ReminderRemoved(event_id, one.reminds.value, one.minutes))
    db.session.delete(one)


def add_defaults(change: EventDrafted) -> None:
    """What a dinner has from the start: in a room, with so many seats."""
    event = get_event(change.event_id)
    if event.format == EventFormat.IN_PERSON and event.capacity is not None:
        for reminds, minutes in DEFAULTS:
            db.session.add(EventReminder(event_id=event.id, reminds=reminds, minutes=minutes))


def copy_reminders(change: EventCloned) -> None:
    """A copy of an event has its reminders, switched on or off as they are."""
    for one in list_reminders(change.source_id):
        copied = {"reminds": one.reminds, "minutes": one.minutes, "is_on": one.is_on}
        db.session.add(EventReminder(event_id=change.event_id, **copied))


def list_reminders(event_id: int) -> Sequence[EventReminder]:
    """An event's reminders, the earliest first."""
    query = sa.select(EventReminder).where(EventReminder.event_id == event_id)
    order = (EventReminder.minutes.desc(), EventReminder.reminds)
    return db.session.scalars(query.order_by(*order)).all()


def runs_of(event: Event) -> dict[tuple[Reminds, int], Announcement]:
    """What became of the event's reminders for its present date."""
    query = sa.select(Announcement).where(
        Announcement.event_id == event.id,
        Announcement.reminds.is_not(None),
        Announcement.starts_at == event.starts_at,
    )
    return {
        (one.reminds, one.minutes): one
        for one in db.session.scalars(query)
        if one.reminds is not None and one.minutes is not None and not _may_yet_come(one, event)
    }


def _may_yet_come(one: Announcement, event: Event) -> bool:
    """It was left out by a clock that was wrong."""
    is_left_out = one.state == AnnouncementState.SKIPPED
    return is_left_out and now() < due_at(event, one.minutes or 0)


def due_at(event: Event, minutes: int) -> datetime:
    """When a reminder of the event is due, with the event as it is now."""
    return event.starts_at - timedelta(minutes=minutes)


def send_due() -> int:
    """Begin every reminder that is due; says how many were looked at and dealt with."""
    return sum(_begin(reminder_id) for reminder_id in _due(now()))


def skip_due() -> int:
    """Pass over every reminder that is due for an event to come; says how many.

    After a restore nobody knows which of them have left.
    """
    moment = now()
    return sum(_begin(reminder_id, skip=True) for reminder_id in _due(moment, begun=False))


def _due(moment: datetime, *, begun: bool = True) -> list[int]:
    """The ids of reminders that are due and have no run; also of events that began, if asked."""
    waiting = (
        sa.select(
            EventReminder.id,
            EventReminder.minutes,
            EventReminder.created_at,
            Event.starts_at,
            sa.func.coalesce(Event.published_at, Event.created_at).label("known_at"),
        )
        .join(Event, Event.id == EventReminder.event_id)
        .outerjoin(
            Announcement,
            sa.and_(
                Announcement.event_id == Event.id,
                Announcement.reminds == EventReminder.reminds,
                Announcement.minutes == EventReminder.minutes,
                Announcement.starts_at == Event.starts_at,
            ),
        )
        .where(
            EventReminder.is_on,
            Event.status == EventStatus.PUBLISHED,
            Event.starts_at > (moment - LONGEST if begun else moment),
            Event.starts_at <= moment + LONGEST,
            _is_unclaimed(),
        )
        .order_by(Event.starts_at)
    )
    rows = db.session.execute(waiting.add_columns(Announcement.state)).all()
    db.session.rollback()
    return [
        row.id
        for row in rows
        if row.starts_at - timedelta(minutes=row.minutes) <= moment
        and not (row.state is not None and _is_too_late(row, row.starts_at, row.known_at, moment))
    ]


def _is_unclaimed() -> sa.ColumnElement[bool]:
    return sa.or_(Announcement.id.is_(None), Announcement.state == AnnouncementState.SKIPPED)


@transactional
def _begin(reminder_id: int, *, skip: bool = False) -> bool:
    """Claim the reminder's date, and freeze who gets it; whether nobody had before.

    One that comes too late is marked and not sent: after more than half its time before the event,
    or when it was due before there was anything to remind of. A mark is no claim: a clock that was
    wrong and is right again finds that it is not too late. With ``skip`` it is stopped for good.
    """
    one = db.session.get(EventReminder, reminder_id)
    if one is None:
        return False
    event = lock_event(one.event_id)
    moment, due = now(), due_at(event, one.minutes)
    if not one.is_on or event.status != EventStatus.PUBLISHED or due > moment:
        return False
    run = _claim(one, event)
    if run is None:
        return False
    if skip:
        run.state, run.finished_at = AnnouncementState.STOPPED, moment
    elif _is_too_late(one, event.starts_at, event.published_at or event.created_at, moment):
        run.state, run.finished_at = AnnouncementState.SKIPPED, moment
    else:
        run.finished_at = None
        start(run, event)
    return True


def _is_too_late(
    one: EventReminder | sa.Row[Any], starts_at: datetime, known_at: datetime, moment: datetime
) -> bool:
    lead = timedelta(minutes=one.minutes)
    due, known_since = starts_at - lead, max(one.created_at, known_at)
    return moment >= starts_at or moment > due + lead / 2 or due < known_since


def _claim(one: EventReminder, event: Event) -> Announcement | None:
    """The row that sends it; None if there is one for this date. Under the event's lock."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(Announcement).values(
        event_id=event.id,
        segment={"status": [READERS[one.reminds].value]},
        reminds=one.reminds,
        minutes=one.minutes,
        starts_at=event.starts_at,
        state=AnnouncementState.SENDING,
        created_at=now(),
    )
    columns = ["event_id", "reminds", "minutes", "starts_at"]
    once = row.on_conflict_do_nothing(index_elements=columns).returning(Announcement.id)
    new = db.session.scalar(once)
    mine = sa.select(Announcement).where(
        Announcement.event_id == event.id,
        Announcement.reminds == one.reminds,
        Announcement.minutes == one.minutes,
        Announcement.starts_at == event.starts_at,
        sa.or_(Announcement.id == new, Announcement.state == AnnouncementState.SKIPPED),
    )
    return db.session.scalar(mine.execution_options(populate_existing=True))


def _get(event_id: int, reminder_id: int) -> EventReminder:
    one = db.session.get(EventReminder, reminder_id, populate_existing=True)
    if one is None or one.event_id != event_id:
        raise NotFound("reminder")
    return one
