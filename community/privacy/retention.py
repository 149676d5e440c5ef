"""What is let go by itself once it has served: run by the worker, a batch at a time.

Each function is done when it says 0, and goes on where it was when the worker died. What other
modules let go is listed in ``community.ops.worker.HOUSEKEEPING`` beside these.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from community.core.clock import now
from community.core.current import settings
from community.core.db import db, rows_changed, transactional
from community.events.models import Event
from community.mail.models import Bounce, MailState, OutboxMail
from community.membership.models import KnownBrowser, Membership, Person, PersonAddress
from community.organizing.announcement_models import Announcement
from community.organizing.saved_view_models import SavedView
from community.privacy.message_holdings import without_words
from community.rsvp.models import Attendee, Decision, Rsvp

BATCH = 500
MAILS_KEPT = timedelta(days=30)
BROWSERS_KEPT = timedelta(days=400)
BOUNCES_KEPT = timedelta(days=90)  # they count for thirty
_OVER = (MailState.SENT, MailState.FAILED, MailState.SUPERSEDED, MailState.STOPPED)
# Literals, so that SQLite sees that the partial index holds these rows.
_NOT_WIPED = sa.text("outbox.recipient <> ''")
_HAS_ANSWERS = sa.cast(Attendee.answers, sa.String) != "{}"


def forget_answers() -> int:
    """Empty what attendees of events that ended ``RETENTION_DAYS`` ago wrote; says of how many.

    Dietary needs, answers, notes and words to the host go, those of guests, too, and addresses
    of guests who are no members: somebody else gave them to us. Who came stays. Saved views of the
    list go with what they seek, and words of hosts that said whom a message was for.
    """
    return until_done(_forget_some_answers)


def forget_facts_of_mails() -> int:
    """Empty mails that ended thirty days ago, their recipients included; says how many.

    What was last said about an event to come is needed until that is over, too.
    """
    return until_done(_forget_some_facts)


def forget_browsers() -> int:
    """Forget browsers in which nobody signed in for 400 days; says how many."""
    return until_done(_forget_some_browsers)


def forget_bounces() -> int:
    """Forget reports of mail servers after ninety days; says how many. Suppressions stay."""
    return until_done(_forget_some_bounces)


def until_done(some: Callable[[], int | None]) -> int:
    """Do batch after batch until there is none; how many rows that were."""
    done = 0
    while (count := some()) is not None:
        done += count
    return done


@transactional
def _forget_some_answers() -> int | None:
    """A batch of one event's; None when no event is left.

    An event that was moved to a later day after that is gone through again.
    """
    moment = now()
    ended = Event.ends_at <= moment - timedelta(days=settings().retention_days)
    untouched = sa.or_(
        Event.answers_forgotten_at.is_(None), Event.answers_forgotten_at <= Event.ends_at
    )
    event_id = db.session.scalar(
        sa.select(Event.id).where(ended, untouched).order_by(Event.ends_at, Event.id).limit(1)
    )
    if event_id is None:
        return None
    done = _empty_attendees(event_id) + _empty_rsvps(event_id)
    done += _drop_views(event_id) + _empty_segments(event_id)
    if not done:
        noted = sa.update(Event).where(Event.id == event_id)
        rows_changed(noted.values(answers_forgotten_at=moment))
    return done


def _empty_attendees(event_id: int) -> int:
    some = (
        sa.select(Attendee.id)
        .join(Rsvp)
        .where(
            Rsvp.event_id == event_id,
            sa.or_(Attendee.dietary != "", _HAS_ANSWERS, _is_strange_guest()),
        )
        .order_by(Attendee.id)
        .limit(BATCH)
    )
    ids = db.session.scalars(some).all()
    theirs = Attendee.id.in_(ids)
    rows_changed(sa.update(Attendee).where(theirs, _is_strange_guest()).values(address=None))
    return rows_changed(sa.update(Attendee).where(theirs).values(dietary="", answers={}))


def _is_strange_guest() -> sa.ColumnElement[bool]:
    """A guest with an address that is no member's."""
    member = (
        sa.select(sa.literal(1))
        .select_from(PersonAddress)
        .join(Person)
        .where(
            PersonAddress.address == Attendee.address,
            PersonAddress.verified_at.is_not(None),
            Person.membership == Membership.ACTIVE,
        )
    )
    return sa.and_(Attendee.position > 0, Attendee.address.is_not(None), ~sa.exists(member))


def _empty_rsvps(event_id: int) -> int:
    said = sa.exists().where(Decision.rsvp_id == Rsvp.id, Decision.word != "")
    some = (
        sa.select(Rsvp.id)
        .where(Rsvp.event_id == event_id, sa.or_(Rsvp.note != "", said))
        .order_by(Rsvp.id)
        .limit(BATCH)
    )
    ids = db.session.scalars(some).all()
    rows_changed(sa.update(Decision).where(Decision.rsvp_id.in_(ids)).values(word=""))
    return rows_changed(sa.update(Rsvp).where(Rsvp.id.in_(ids)).values(note=""))


def _drop_views(event_id: int) -> int:
    """What was sought in the answers may be in them, or a name."""
    return rows_changed(sa.delete(SavedView).where(SavedView.event_id == event_id))


def _empty_segments(event_id: int) -> int:
    """Whom a message was for, in such words. One that is not sent has no readers after that."""
    said = sa.select(Announcement.id, Announcement.segment)
    rows = db.session.execute(said.where(Announcement.event_id == event_id)).all()
    ids = [row.id for row in rows if without_words(row.segment) != row.segment]
    return rows_changed(sa.update(Announcement).where(Announcement.id.in_(ids)).values(segment={}))


@transactional
def _forget_some_facts() -> int | None:
    cutoff = now() - MAILS_KEPT
    to_come = sa.select(Event.id).where(Event.ends_at > cutoff)
    some = (
        sa.select(OutboxMail.id)
        .where(
            _NOT_WIPED,
            OutboxMail.due_at <= cutoff,
            OutboxMail.state.in_(_OVER),
            sa.or_(OutboxMail.event_id.is_(None), OutboxMail.event_id.not_in(to_come)),
        )
        .order_by(OutboxMail.due_at)
        .limit(BATCH)
    )
    ids = db.session.scalars(some).all()
    # A failed one can no longer be tried again: there is nothing left to write.
    stopped = sa.case(
        (OutboxMail.state == MailState.FAILED, MailState.STOPPED), else_=OutboxMail.state
    )
    wiped = sa.update(OutboxMail).where(OutboxMail.id.in_(ids))
    values: dict[str, Any] = {
        "facts": {},
        "recipient": "",
        "recipient_name": "",
        "body": None,
        "state": stopped,
    }
    return rows_changed(wiped.values(values)) or None


@transactional
def _forget_some_browsers() -> int | None:
    old = sa.select(KnownBrowser.id).where(KnownBrowser.used_at <= now() - BROWSERS_KEPT)
    ids = db.session.scalars(old.order_by(KnownBrowser.used_at).limit(BATCH)).all()
    return rows_changed(sa.delete(KnownBrowser).where(KnownBrowser.id.in_(ids))) or None


@transactional
def _forget_some_bounces() -> int | None:
    old = sa.select(Bounce.id).where(Bounce.at <= now() - BOUNCES_KEPT)
    ids = db.session.scalars(old.order_by(Bounce.id).limit(BATCH)).all()
    return rows_changed(sa.delete(Bounce).where(Bounce.id.in_(ids))) or None
