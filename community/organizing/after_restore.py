"""What the clock would send once more after a restore: none of it starts by itself again."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.mail.holding import discard_held
from community.mail.models import Broadcast
from community.organizing.announcement_changes import AnnouncementStopped, AnnouncementUnscheduled
from community.organizing.announcement_models import Announcement, AnnouncementState
from community.organizing.announcements import end
from community.organizing.event_reminders import skip_due


@dataclass(frozen=True)
class Settled:
    """How many scheduled messages are drafts again, and how many due reminders are passed over."""

    drafts: int = 0
    skipped: int = 0


def settle_messages() -> Settled:
    """Let no message start that may have been sent after the backup was made.

    Also those whose time is to come are drafts again: what was restored may be a rehearsal beside
    the community itself, or the hosts may have sent them since. A reminder whose time is over is
    marked as one that came too late; those to come stay.
    """
    return Settled(_unschedule(), skip_due())


@transactional
def _unschedule() -> int:
    waiting = sa.select(Announcement).where(Announcement.state == AnnouncementState.SCHEDULED)
    found = db.session.scalars(waiting.order_by(Announcement.id).with_for_update()).all()
    for one in found:
        one.state, one.send_at = AnnouncementState.DRAFT, None
        record(AnnouncementUnscheduled(one.id, one.event_id))
    return len(found)


@transactional
def give_up_held(ids: Sequence[int] = ()) -> int:
    """Give held mails up, all without ``ids``; says how many. A message whose other mails are not
    made ends with them.
    """
    held = [] if ids else _held_messages()
    count = discard_held(ids)
    for one in held:
        record(AnnouncementStopped(one.id, one.event_id, end(one, AnnouncementState.STOPPED)))
    return count


def _held_messages() -> Sequence[Announcement]:
    news = sa.select(Broadcast.facts).where(
        Broadcast.held, Broadcast.kind == "announcement", Broadcast.finished_at.is_(None)
    )
    ids = [facts["announcement_id"] for facts in db.session.scalars(news)]
    under_way = sa.select(Announcement).where(
        Announcement.id.in_(ids), Announcement.state == AnnouncementState.SENDING
    )
    return db.session.scalars(under_way.order_by(Announcement.id).with_for_update()).all()
