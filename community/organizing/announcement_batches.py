"""The readers of an announcement, batch by batch, and who of them is passed over, and why.

What became of a reader is saved together with their mail: whoever is killed half-way goes on with
those who still wait, and nobody gets it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.mail.models import SuppressionReason
from community.mail.suppressions import find_suppressions
from community.membership.mail_wishes import who_refuses
from community.membership.models import Person
from community.membership.wish_models import MailCategory, MailWish
from community.organizing.announcement_models import (
    Announcement,
    AnnouncementState,
    PassedOver,
    Recipient,
    RecipientState,
    Reminds,
)
from community.organizing.announcements import end
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.reminding import PAUSE

BATCH = 100
# Whose answer stands, so that news of the event follows from it. All others may do without.
CONCERNED = frozenset(
    {RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED}
)
_LEFT = frozenset(
    {
        RsvpStatus.DECLINED,
        RsvpStatus.WITHDRAWN,
        RsvpStatus.REMOVED,
        RsvpStatus.REFUSED,
        RsvpStatus.LAPSED,
    }
)


@dataclass(frozen=True)
class Batch:
    """Readers whose turn it is: those with ``why`` get no mail."""

    announcement: Announcement
    event: Event
    readers: Sequence[tuple[Recipient, Rsvp]]
    last_id: int | None


def take_batch(announcement_id: int) -> Batch | None:
    """The next readers, under the announcement's lock; those passed over are left out and noted.

    None when nobody waits any more, or when it was stopped. Call it inside a use-case.
    """
    found = db.session.get(Announcement, announcement_id)
    if found is None:
        return None
    if found.reminds == Reminds.UNDECIDED:
        event = lock_event(found.event_id)  # their mails carry an invite of the next SEQUENCE
    else:
        event = db.session.get_one(Event, found.event_id, populate_existing=True)
    one = db.session.get_one(
        Announcement, announcement_id, with_for_update={"of": Announcement}, populate_existing=True
    )
    if one.state != AnnouncementState.SENDING:
        return None
    if is_off(one, event):
        end(one, AnnouncementState.STOPPED)
        return None
    rows = _next(one)
    if not rows:
        one.state, one.finished_at = AnnouncementState.SENT, now()
        return None
    readers = list(_still_meant(one, rows))
    return Batch(one, event, readers, rows[-1][1].id)


def is_off(one: Announcement, event: Event) -> bool:
    """Whether the event was called off after sending began, or a reminder is for another time."""
    if one.reminds is not None and (event.starts_at != one.starts_at or event.starts_at <= now()):
        return True
    if event.status == EventStatus.CANCELLED:
        assert one.started_at is not None
        return event.cancelled_at is None or event.cancelled_at >= one.started_at
    return event.status != EventStatus.PUBLISHED


def has_left(then: RsvpStatus, status: RsvpStatus) -> bool:
    """Whether somebody has gone away since: a seat instead of a place in line is no such thing."""
    return status != then and status in _LEFT


def note_made(recipient: Recipient, mail_id: int) -> None:
    """There is a mail to this reader."""
    recipient.state, recipient.mail_id = RecipientState.MADE, mail_id


def pass_over(recipient: Recipient, why: PassedOver) -> None:
    """This reader gets none."""
    recipient.state, recipient.why = RecipientState.PASSED_OVER, why


def _next(one: Announcement) -> Sequence[sa.Row[Recipient, Person, Rsvp]]:
    waiting = (
        sa.select(Recipient, Person, Rsvp)
        .join(Person, Person.id == Recipient.person_id)
        .outerjoin(
            Rsvp, sa.and_(Rsvp.person_id == Recipient.person_id, Rsvp.event_id == one.event_id)
        )
        .where(Recipient.announcement_id == one.id, Recipient.state == RecipientState.WAITING)
        .order_by(Recipient.person_id)
        .limit(BATCH)
        .options(
            selectinload(Rsvp.attendees),
            # By the answer, which holds on to the person until their mail is made.
            selectinload(Rsvp.person).selectinload(Person.addresses),
        )
        .execution_options(populate_existing=True)
    )
    return db.session.execute(waiting).all()


def _still_meant(
    one: Announcement, rows: Sequence[sa.Row[Recipient, Person, Rsvp]]
) -> Sequence[tuple[Recipient, Rsvp]]:
    people = [row[1] for row in rows]
    suppressed = find_suppressions([person.address for person in people])
    ids = [person.id for person in people]
    refusing = who_refuses(MailCategory.MESSAGES).where(MailWish.person_id.in_(ids))
    refused = set(db.session.scalars(refusing))
    kept = []
    for recipient, person, rsvp in rows:
        why = _why_not(one, recipient, person, rsvp)
        news = rsvp is not None and rsvp.status not in CONCERNED
        found = suppressed.get(person.address)
        if why is None and found and (news or found.reason == SuppressionReason.BOUNCED):
            why = PassedOver.SUPPRESSED
        if why is None and news and one.reminds is None and person.id in refused:
            why = PassedOver.UNWANTED
        if why is None:
            kept.append((recipient, rsvp))
        else:
            pass_over(recipient, why)
    return kept


def _why_not(
    one: Announcement, recipient: Recipient, person: Person, rsvp: Rsvp | None
) -> PassedOver | None:
    if not person.address:
        return PassedOver.ERASED if person.erased_at is not None else PassedOver.NO_ADDRESS
    if rsvp is None or has_left(recipient.status, rsvp.status):
        return PassedOver.LEFT
    if one.reminds == Reminds.GOING and rsvp.status != RsvpStatus.GOING:
        return PassedOver.LEFT
    if one.reminds == Reminds.UNDECIDED:
        if rsvp.status != RsvpStatus.INVITED:
            return PassedOver.ANSWERED
        asked = max(filter(None, (rsvp.invited_at, rsvp.reminded_at)), default=None)
        if asked is not None and asked > now() - PAUSE:
            return PassedOver.LATELY
    return None
