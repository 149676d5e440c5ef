"""Messages to those who answered an event: written, looked at, sent now or later, and stopped.

Who gets one is frozen when sending begins (:func:`start`); the worker then makes the mails, see
:mod:`community.organizing.announcement_batches`.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, clean_text
from community.events.drafts import instant
from community.events.models import Event, EventStatus
from community.events.queries import get_event, require_editor
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import retry_mails, stop_mails
from community.membership.models import Person
from community.organizing.announcement_changes import (
    AnnouncementDeleted,
    AnnouncementDrafted,
    AnnouncementEdited,
    AnnouncementRetryAsked,
    AnnouncementScheduled,
    AnnouncementStarted,
    AnnouncementStopped,
    AnnouncementTestAsked,
    AnnouncementUnscheduled,
)
from community.organizing.announcement_models import (
    Announcement,
    AnnouncementState,
    PassedOver,
    Recipient,
    RecipientState,
)
from community.organizing.placeholders import parse
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp.models import Rsvp

LATEST = timedelta(days=366)
_UNDER_WAY = (AnnouncementState.SENDING, AnnouncementState.SENT)
_MOST_RETRIED = 10_000


@transactional
def draft_announcement(
    organizer_id: int, event_id: int, segment: Segment, *, subject: str, body: str
) -> Announcement:
    """Keep a message to a segment; nobody gets it yet.

    Refuses an event that nobody knows of yet, a segment without anybody, and words with a
    placeholder that does not exist.
    """
    require_editor(organizer_id, event_id)
    event = get_event(event_id)
    if event.status == EventStatus.DRAFT:
        raise Refused("event_is_draft")
    one = Announcement(event_id=event.id, person_id=organizer_id)
    _fill(one, event, segment, subject, body)
    db.session.add(one)
    db.session.flush()
    record(AnnouncementDrafted(one.id, event.id))
    return one


@transactional
def edit_announcement(
    organizer_id: int,
    event_id: int,
    announcement_id: int,
    segment: Segment,
    *,
    subject: str,
    body: str,
) -> Announcement:
    """Change a message that is not on its way. Refuses as :func:`draft_announcement` does."""
    one = _get_mine(organizer_id, event_id, announcement_id)
    _require_draft(one)
    _fill(one, get_event(event_id), segment, subject, body)
    record(AnnouncementEdited(one.id, event_id))
    return one


@transactional
def delete_announcement(organizer_id: int, event_id: int, announcement_id: int) -> None:
    """Throw a draft away."""
    one = _get_mine(organizer_id, event_id, announcement_id)
    _require_draft(one)
    record(AnnouncementDeleted(one.id, event_id))
    db.session.delete(one)


@transactional
def send_test(organizer_id: int, event_id: int, announcement_id: int) -> None:
    """Send the message to whoever asks for that, and to nobody else."""
    one = _get_mine(organizer_id, event_id, announcement_id)
    if one.reminds is not None:
        raise NotFound("announcement")
    record(AnnouncementTestAsked(one.id, event_id, organizer_id))


@transactional
def send_announcement(
    organizer_id: int, event_id: int, announcement_id: int, *, at: datetime | None = None
) -> Announcement:
    """Send a draft now, or ``at`` a wall time in the event's zone. Twice is once.

    Refuses a time that is over or more than a year away, any for an event that is off, and a
    segment without anybody.
    """
    one, event = _get_mine(organizer_id, event_id, announcement_id), get_event(event_id)
    if one.state != AnnouncementState.DRAFT:
        return one
    _require_somebody(event, whom(one))
    if at is None:
        start(one, event)
        return one
    if event.status != EventStatus.PUBLISHED:
        raise Refused("send_now_it_is_off")
    send_at = instant("send_at", at, event.timezone)
    if send_at <= now():
        raise Refused("send_in_past")
    if send_at > now() + LATEST:
        raise Refused("send_too_late")
    one.state, one.send_at = AnnouncementState.SCHEDULED, send_at
    record(AnnouncementScheduled(one.id, event.id, send_at.isoformat()))
    return one


@transactional
def stop_announcement(organizer_id: int, event_id: int, announcement_id: int) -> int:
    """Send nothing more of a message; says how many do not get it who were to.

    One that waits for its time becomes a draft again. What a mail server has stays there.
    """
    one = _get_mine(organizer_id, event_id, announcement_id)
    if one.state == AnnouncementState.SCHEDULED:
        one.state, one.send_at = AnnouncementState.DRAFT, None
        record(AnnouncementUnscheduled(one.id, event_id))
        return 0
    if one.state not in _UNDER_WAY:
        return 0
    unsent = end(one, AnnouncementState.STOPPED)
    record(AnnouncementStopped(one.id, event_id, unsent))
    return unsent


@transactional
def retry_failed(organizer_id: int, event_id: int, announcement_id: int) -> int:
    """Try the mails again that failed; says how many."""
    one = _get_mine(organizer_id, event_id, announcement_id)
    failed = mails_of(one).where(OutboxMail.state == MailState.FAILED)
    ids = db.session.scalars(failed.order_by(OutboxMail.id).limit(_MOST_RETRIED)).all()
    if not ids or one.state == AnnouncementState.STOPPED:
        raise Refused("nothing_to_retry")
    record(AnnouncementRetryAsked(one.id, event_id, len(ids)))
    return retry_mails(ids)


def start_due() -> int:
    """Begin what waits for its time, when that has come; says how many did."""
    due = sa.select(Announcement.id).where(
        Announcement.state == AnnouncementState.SCHEDULED, Announcement.send_at <= now()
    )
    ids = db.session.scalars(due.order_by(Announcement.send_at, Announcement.id)).all()
    db.session.rollback()
    return sum(_start_scheduled(announcement_id) for announcement_id in ids)


@transactional
def _start_scheduled(announcement_id: int) -> bool:
    """Whether it was its turn still: nobody took it back, and no other worker began it."""
    one = db.session.get(
        Announcement, announcement_id, with_for_update={"of": Announcement}, populate_existing=True
    )
    if one is None or one.state != AnnouncementState.SCHEDULED:
        return False
    event = get_event(one.event_id)
    if _comes_to_nothing(one, event):
        record(AnnouncementStopped(one.id, event.id, end(one, AnnouncementState.STOPPED)))
    else:
        start(one, event)
    return True


def _comes_to_nothing(one: Announcement, event: Event) -> bool:
    """Whether the event is off, is over too soon, or nobody knows any more whom it is for."""
    assert one.send_at is not None
    if event.status != EventStatus.PUBLISHED or one.send_at < event.ends_at <= now():
        return True
    try:
        whom(one)
    except Refused:
        return True
    return False


def whom(one: Announcement) -> Segment:
    """Whom it is for. Refuses one of which that is not known whole any more: the words by which
    somebody was looked for may be gone, and without them it would go to everybody.
    """
    segment = Segment.from_args(one.segment)
    if not one.segment or set(segment.to_args()) != set(one.segment):
        raise Refused("readers_missing")
    return segment


def start(one: Announcement, event: Event) -> int:
    """Freeze who gets it, and have their mails made. Inside a use-case that has locked its row."""
    meant = (
        sa.select(sa.literal(one.id), Rsvp.person_id, Rsvp.status, _waiting())
        .join(Person, Person.id == Rsvp.person_id)
        .where(Rsvp.id.in_(rsvp_ids(event, whom(one))))
        .where(Person.erased_at.is_(None))
    )
    columns = ["announcement_id", "person_id", "status", "state"]
    db.session.flush()
    db.session.execute(sa.insert(Recipient).from_select(columns, meant))
    counted = sa.select(sa.func.count()).where(Recipient.announcement_id == one.id)
    one.size = db.session.scalar(counted) or 0
    one.started_at, one.state = now(), AnnouncementState.SENDING
    if one.size:
        record(AnnouncementStarted(one.id, event.id, one.size))
    else:
        one.finished_at, one.state = now(), AnnouncementState.SENT
    return one.size


def _waiting() -> sa.Label[RecipientState]:
    return sa.literal(RecipientState.WAITING, Recipient.__table__.c.state.type).label("state")


def end(one: Announcement, state: AnnouncementState) -> int:
    """Nothing more of it leaves: says how many mails and readers that were."""
    waiting = sa.update(Recipient).where(
        Recipient.announcement_id == one.id, Recipient.state == RecipientState.WAITING
    )
    passed_over = {"state": RecipientState.PASSED_OVER, "why": PassedOver.STOPPED}
    unsent = rows_changed(waiting.values(passed_over))
    unsent += stop_mails(mails_of(one), "the hosts stopped this message")
    one.state, one.finished_at = state, now()
    return unsent


def mails_of(one: Announcement) -> sa.Select[int]:
    """A SELECT of the ids of its mails."""
    made = sa.select(OutboxMail.id).join(Recipient, Recipient.mail_id == OutboxMail.id)
    return made.where(Recipient.announcement_id == one.id)


def get_announcement(event_id: int, announcement_id: int, *, lock: bool = False) -> Announcement:
    """An event's announcement of that id. Raises NotFound."""
    query = sa.select(Announcement).where(
        Announcement.id == announcement_id, Announcement.event_id == event_id
    )
    if lock:
        query = query.with_for_update(of=Announcement).execution_options(populate_existing=True)
    one = db.session.scalar(query)
    if one is None:
        raise NotFound("announcement")
    return one


def count_reached(event: Event, segment: Segment) -> int:
    """How many would get a message to the segment now."""
    meant = sa.select(sa.func.count()).select_from(rsvp_ids(event, segment).subquery())
    return db.session.scalar(meant) or 0


def _get_mine(organizer_id: int, event_id: int, announcement_id: int) -> Announcement:
    require_editor(organizer_id, event_id)
    return get_announcement(event_id, announcement_id, lock=True)


def _fill(one: Announcement, event: Event, segment: Segment, subject: str, body: str) -> None:
    subject, body = clean_line(subject), clean_text(body)
    if not subject:
        raise Refused("subject_missing")
    if not body:
        raise Refused("body_missing")
    parse(subject, "subject")
    parse(body, "body")
    _require_somebody(event, segment)
    one.segment, one.subject, one.body = segment.to_args(), subject, body


def _require_somebody(event: Event, segment: Segment) -> None:
    if not segment.to_args():
        raise Refused("readers_missing")
    if not count_reached(event, segment):
        raise Refused("nobody_to_write_to")


def _require_draft(one: Announcement) -> None:
    if one.state != AnnouncementState.DRAFT:
        raise Refused("announcement_on_its_way")
