"""What an event's organizers read of mails that came in, and who owes answers to its questions."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor
from community.events.queries import require_editor
from community.organizing.reply_changes import RepliesReviewed
from community.rsvp.answering import asked_at
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

PAGE = 50
_MOST_OWING = 100


def list_replies(
    event_id: int, *, after: str = "", size: int = PAGE
) -> Page[tuple[ReceivedMail, str, bool]]:
    """Mails for attendees of an event, whom each is for, and whether its bytes are still here;
    the newest first.
    """
    query = (
        sa.select(ReceivedMail, Attendee.name, ReceivedMail.raw.is_not(None))
        .outerjoin(Attendee, Attendee.id == ReceivedMail.attendee_id)
        .where(ReceivedMail.event_id == event_id)
        .order_by(ReceivedMail.id.desc())
        .limit(size + 1)
    )
    if key := read_cursor(after, (int,)):
        query = query.where(ReceivedMail.id < key[0])
    found = [(mail, name or "", kept) for mail, name, kept in db.session.execute(query)]
    more = len(found) > size
    return Page(found[:size], cursor(found[size - 1][0].id) if more else None)


def get_reply(event_id: int, mail_id: int) -> ReceivedMail:
    """A mail for an attendee of the event. Raises NotFound for any other."""
    found = db.session.get(ReceivedMail, mail_id)
    if found is None or found.event_id != event_id:
        raise NotFound("mail")
    return found


@transactional
def read_replies(organizer_id: int, event_id: int, up_to: int) -> int:
    """Note that a host has read what came in words to the event, up to that mail; says how many.

    Raises NotFound for who may not edit the event, and for a mail about something else.
    """
    require_editor(organizer_id, event_id)
    get_reply(event_id, up_to)
    unread = sa.update(ReceivedMail).where(
        ReceivedMail.event_id == event_id, ReceivedMail.id <= up_to, is_unread()
    )
    count = rows_changed(unread.values(read_at=now()))
    if count:
        record(RepliesReviewed(event_id, up_to))
    return count


def is_unread() -> sa.ColumnElement[bool]:
    """Whether a mail was in words, and no host has said that they read it."""
    return sa.and_(
        ReceivedMail.verdict == ReceivedVerdict.TOLD_HOSTS, ReceivedMail.read_at.is_(None)
    )


def owing_answers(event_id: int) -> list[Rsvp]:
    """Parties that are going and have not answered what they must: a hundred at most.

    A calendar takes a seat and cannot answer questions.
    """
    required = [one for one in asked_at(event_id) if one.required]
    if not required:
        return []
    # Keys of what is kept are numbers, and a quotation mark inside a text is written \".
    kept = sa.cast(Attendee.answers, sa.Text)
    lacks = [
        sa.and_(
            ~kept.contains(f'"{one.id}":'),
            sa.true() if one.is_for_guests else Attendee.position == 0,
        )
        for one in required
    ]
    found = (
        sa.select(Rsvp)
        .where(
            Rsvp.event_id == event_id,
            Rsvp.status == RsvpStatus.GOING,
            Rsvp.id.in_(sa.select(Attendee.rsvp_id).where(sa.or_(*lacks))),
        )
        .options(joinedload(Rsvp.person))
        .order_by(Rsvp.id)
        .limit(_MOST_OWING)
    )
    return list(db.session.scalars(found))
