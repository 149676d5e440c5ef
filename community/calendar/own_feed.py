"""A person's own events as their calendar subscription shows them.

Each has the UID and SEQUENCE of the person's invite, so that programs see one event and not two.
There is no ORGANIZER: whoever has the file must not be able to answer by it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.calendar.facts import Published
from community.calendar.feed_files import FeedState
from community.calendar.ics import MOST_EVENTS
from community.calendar.publishing import KEPT, published
from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.text import gettext
from community.events.models import Event, EventStatus
from community.events.visibility import shown_to_answer
from community.rsvp.models import Attendee, Decision, Rsvp, RsvpStatus

Ts = TypeVarTuple("Ts")  # the columns of a query

# What stands in the calendar of somebody who is invited by mail; declined and left ones do not.
_SHOWN = (RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.WAITLISTED, RsvpStatus.INVITED)


def own_state(person_id: int) -> FeedState:
    """Where a person's own feed stands: two queries that load no event."""
    since = now() - KEPT
    facts = (Event.id, Event.version, Event.changed_at, Rsvp.status)
    entry = (Attendee.uid, Attendee.sequence, Attendee.dtstamp)
    rows = db.session.execute(_own(person_id, since, sa.select(*facts, *entry)))
    # Of an answer that was taken back nothing is shown any more: that was a change, too.
    decided = sa.select(sa.func.max(Decision.at)).join(Rsvp).where(Rsvp.person_id == person_id)
    latest = (
        sa.func.max(Event.changed_at),
        sa.func.max(Attendee.dtstamp),
        sa.func.max(sa.case((Event.ends_at <= since, Event.ends_at))),
        decided.scalar_subquery(),
    )
    query = _joined(sa.select(*latest)).where(Rsvp.person_id == person_id)
    changed, stamped, left, answered = db.session.execute(query).one()
    times = [changed, stamped, left and left + KEPT, answered]
    return FeedState(tuple(map(tuple, rows)), max(filter(None, times), default=None))


def own_events(person_id: int) -> Sequence[Published]:
    """The person's coming events and those of the last thirty days, soonest first."""
    query = _own(person_id, now() - KEPT, sa.select(Rsvp, Event, Attendee))
    rows = db.session.execute(query.options(selectinload(Event.venue)))
    return [own_event(rsvp, event, head) for rsvp, event, head in rows]


def _own(person_id: int, since: datetime, query: sa.Select[*Ts]) -> sa.Select[*Ts]:
    mine = (Rsvp.person_id == person_id, Rsvp.status.in_(_SHOWN))
    coming = (Event.ends_at > since, Event.status != EventStatus.DRAFT)
    shown = _joined(query).where(*mine, *coming)
    return shown.order_by(Event.starts_at, Event.id).limit(MOST_EVENTS)


def _joined(query: sa.Select[*Ts]) -> sa.Select[*Ts]:
    """Answers with their events and the attendee that is the person."""
    head = sa.and_(Attendee.rsvp_id == Rsvp.id, Attendee.position == 0)
    return query.select_from(Rsvp).join(Event, Rsvp.event_id == Event.id).join(Attendee, head)


def own_event(rsvp: Rsvp, event: Event, head: Attendee) -> Published:
    """One event as the person who gave the answer has it; a place alone for who has a seat."""
    facts = published(event, shown_to_answer(event, rsvp.status))
    stamps = [facts.last_modified, head.dtstamp, rsvp.answered_at]
    newest = max(stamp for stamp in stamps if stamp)
    return replace(
        facts,
        uid=head.uid,
        sequence=max(head.sequence, 0),
        last_modified=newest.replace(microsecond=0),
        summary=facts.summary if facts.cancelled else _title(rsvp.status, facts.summary),
        tentative=rsvp.status != RsvpStatus.GOING,
    )


def get_entry(rsvp: Rsvp) -> Published:
    """The entry of one answer. Raises NotFound when there is none: who left or was removed."""
    if rsvp.status not in _SHOWN:
        raise NotFound("event")
    return own_event(rsvp, rsvp.event, rsvp.head)


def _title(status: RsvpStatus, title: str) -> str:
    """Few programs show STATUS:TENTATIVE, so the title says what is not certain."""
    match status:
        case RsvpStatus.WAITLISTED:
            return gettext("Waitlist: %(title)s", title=title)
        case RsvpStatus.OFFERED:
            return gettext("Seat held: %(title)s", title=title)
        case RsvpStatus.INVITED:
            return gettext("Invited: %(title)s", title=title)
    return title
