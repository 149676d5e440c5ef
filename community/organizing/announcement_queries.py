"""Reads about announcements: how far one is, who got it, and whom one could be shown as."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.pages import Page, cursor, read_cursor
from community.events.models import Event
from community.mail.models import MailState, OutboxMail, Suppression, SuppressionReason
from community.membership.mail_wishes import who_refuses
from community.membership.models import Person, PersonAddress
from community.membership.wish_models import MailCategory
from community.organizing.announcement_batches import CONCERNED
from community.organizing.announcement_models import (
    Announcement,
    PassedOver,
    Recipient,
    RecipientState,
)
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp.models import Rsvp, RsvpStatus

PAGE, EARLIER, FOUND = 50, 20, 8
# What an organizer reads of a reader: by the state of their row, or of their mail.
GROUPS = ("waiting", "queued", "sent", "failed", "passed_over")
_OF_MAIL = {
    MailState.QUEUED: "queued",
    MailState.SENDING: "queued",
    MailState.HELD: "queued",
    MailState.SENT: "sent",
    MailState.FAILED: "failed",
    MailState.SUPERSEDED: "passed_over",
    MailState.STOPPED: "passed_over",
}


@dataclass(frozen=True)
class Progress:
    """How many readers are in each group, and why how many of them were passed over."""

    size: int
    groups: dict[str, int] = field(default_factory=dict)
    reasons: dict[PassedOver, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many a mail is still to leave for."""
        return self.groups.get("waiting", 0) + self.groups.get("queued", 0)

    @property
    def sent(self) -> int:
        """How many mails have left."""
        return self.groups.get("sent", 0)


@dataclass(frozen=True)
class Got:
    """One reader: who, in which group, and what the mail server or we say of it."""

    person_id: int
    name: str
    address: str
    status: RsvpStatus
    group: str
    why: PassedOver | None
    error: str
    sent_at: datetime | None


def progress_of(one: Announcement) -> Progress:
    """How far an announcement is, at this moment."""
    return progress_of_all([one]).get(one.id, Progress(0))


def progress_of_all(these: Sequence[Announcement]) -> dict[int, Progress]:
    """The same for several by id; those without a reader are left out."""
    query = (
        sa.select(
            Recipient.announcement_id,
            Recipient.state,
            Recipient.why,
            OutboxMail.state,
            sa.func.count(),
        )
        .outerjoin(OutboxMail, OutboxMail.id == Recipient.mail_id)
        .where(Recipient.announcement_id.in_([one.id for one in these]))
        .group_by(Recipient.announcement_id, Recipient.state, Recipient.why, OutboxMail.state)
    )
    groups: dict[int, Counter[str]] = defaultdict(Counter)
    reasons: dict[int, Counter[PassedOver]] = defaultdict(Counter)
    for number, state, why, mail_state, count in db.session.execute(query):
        group = _group(state, mail_state)
        groups[number][group] += count
        if group == "passed_over":
            reasons[number][why or PassedOver.STOPPED] += count
    return {
        number: Progress(found.total(), dict(found), dict(reasons[number]))
        for number, found in groups.items()
    }


def _group(state: RecipientState, mail_state: MailState | None) -> str:
    if state != RecipientState.MADE:
        return state.value
    return _OF_MAIL[mail_state] if mail_state else "sent"  # its row is gone, long after


def list_readers(one: Announcement, group: str = "", after: str = "") -> Page[Got]:
    """Who gets it, in order of their ids, a page at a time; ``group`` narrows."""
    query = (
        sa.select(Recipient, Person, OutboxMail)
        .join(Person, Person.id == Recipient.person_id)
        .outerjoin(OutboxMail, OutboxMail.id == Recipient.mail_id)
        .where(Recipient.announcement_id == one.id)
    )
    if group in GROUPS:
        query = query.where(_in_group(group))
    if key := read_cursor(after, (int,)):
        query = query.where(Recipient.person_id > key[0])
    query = query.order_by(Recipient.person_id).limit(PAGE + 1)
    rows = db.session.execute(query.options(selectinload(Person.addresses))).all()
    found = [_got(*row) for row in rows]
    more = cursor(found[PAGE - 1].person_id) if len(found) > PAGE else None
    return Page(found[:PAGE], more)


def _got(recipient: Recipient, person: Person, mail: OutboxMail | None) -> Got:
    return Got(
        person.id,
        person.name,
        person.address,
        recipient.status,
        _group(recipient.state, mail.state if mail else None),
        recipient.why,
        mail.last_error if mail else "",
        mail.sent_at if mail else None,
    )


def _in_group(group: str) -> sa.ColumnElement[bool]:
    made = Recipient.state == RecipientState.MADE
    states = [state for state, name in _OF_MAIL.items() if name == group]
    mailed = sa.and_(made, OutboxMail.state.in_(states))
    match group:
        case "waiting":
            return Recipient.state == RecipientState.WAITING
        case "passed_over":
            return sa.or_(Recipient.state == RecipientState.PASSED_OVER, mailed)
        case "sent":
            return sa.or_(mailed, sa.and_(made, Recipient.mail_id.is_(None)))
    return mailed


def list_announcements(event_id: int, after: str = "") -> Page[Announcement]:
    """What was written about an event, reminders included, the newest first."""
    query = sa.select(Announcement).where(Announcement.event_id == event_id)
    if key := read_cursor(after, (int,)):
        query = query.where(Announcement.id < key[0])
    query = query.options(selectinload(Announcement.person))
    rows = list(db.session.scalars(query.order_by(Announcement.id.desc()).limit(EARLIER + 1)))
    more = cursor(rows[EARLIER - 1].id) if len(rows) > EARLIER else None
    return Page(rows[:EARLIER], more)


def count_unwilling(event: Event, segment: Segment) -> int:
    """How many of those meant would be passed over now: by their wish, or for their address."""
    news = Rsvp.status.not_in(CONCERNED)
    bounced = Suppression.reason == SuppressionReason.BOUNCED
    suppressed = sa.exists().where(
        PersonAddress.person_id == Rsvp.person_id,
        PersonAddress.is_primary,
        Suppression.address == PersonAddress.address,
        sa.or_(news, bounced),
    )
    refused = sa.and_(news, Rsvp.person_id.in_(who_refuses(MailCategory.MESSAGES)))
    meant = sa.select(sa.func.count()).where(Rsvp.id.in_(rsvp_ids(event, segment)))
    return db.session.scalar(meant.where(sa.or_(suppressed, refused))) or 0


def find_readers(event: Event, segment: Segment, q: str = "") -> Sequence[Rsvp]:
    """The first of those meant whose name or address has ``q`` in it, by name."""
    query = (
        sa.select(Rsvp)
        .join(Person, Person.id == Rsvp.person_id)
        .outerjoin(
            PersonAddress,
            sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary),
        )
        .where(Rsvp.id.in_(rsvp_ids(event, segment)))
    )
    for word in q.split()[:6]:
        named = [column.icontains(word, autoescape=True) for column in _SEARCHED]
        query = query.where(sa.or_(*named))
    query = query.options(selectinload(Rsvp.person).selectinload(Person.addresses))
    return db.session.scalars(query.order_by(Person.sort_name, Rsvp.id).limit(FOUND)).all()


_SEARCHED = (Person.name, PersonAddress.address)


def find_reader(event: Event, segment: Segment, rsvp_id: int | None) -> Rsvp | None:
    """One of those meant by the id of their answer; without one, the first of all."""
    if rsvp_id is None:
        return next(iter(find_readers(event, segment)), None)
    query = sa.select(Rsvp).where(Rsvp.id == rsvp_id, Rsvp.id.in_(rsvp_ids(event, segment)))
    return db.session.scalar(query)
