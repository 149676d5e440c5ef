"""Messages of hosts for tests, written and sent by the use-cases of the desk."""

from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.organizing.announcement_models import (
    Announcement,
    EventReminder,
    Recipient,
    Reminds,
)
from community.organizing.announcement_queries import Progress, progress_of
from community.organizing.announcements import draft_announcement, send_announcement
from community.organizing.event_reminders import add_reminder
from community.organizing.segments import Segment
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.invitations import owner_of
from tests.factories.people import a_member

GOING = Segment(statuses=("going",))


def an_event_with_going(count: int, **facts: Any) -> Event:
    """A dinner to which so many members go."""
    event = an_event(**facts)
    for _ in range(count):
        say_yes(a_member().id, event.id)
    return event


def a_message(event: Event, segment: Segment = GOING, **words: str) -> Announcement:
    """A draft to whoever goes."""
    said = {"subject": "News of {event}", "body": "Dear {first_name}, bring a coat.", **words}
    return draft_announcement(owner_of(event), event.id, segment, **said)


def a_sent_message(event: Event, segment: Segment = GOING, **words: str) -> Announcement:
    """One whose readers stand fast; their mails are not made."""
    one = a_message(event, segment, **words)
    return send_announcement(owner_of(event), event.id, one.id)


def a_reminder(
    event: Event, reminds: Reminds = Reminds.GOING, *, hours: float = 48
) -> EventReminder:
    """A reminder so many hours before an event."""
    return add_reminder(owner_of(event), event.id, reminds, minutes=int(hours * 60))


def as_stored(one: Announcement) -> Announcement:
    """As the database has it now."""
    db.session.rollback()
    return db.session.get_one(Announcement, one.id, populate_existing=True)


def how_far(one: Announcement) -> Progress:
    """The figures as the database has them now."""
    return progress_of(as_stored(one))


def became(one: Announcement) -> dict[int, tuple[str, str]]:
    """By person, what became of each reader, and why."""
    db.session.rollback()
    found = sa.select(Recipient).where(Recipient.announcement_id == one.id)
    rows = db.session.scalars(found.execution_options(populate_existing=True))
    return {row.person_id: (row.state.value, row.why.value if row.why else "") for row in rows}
