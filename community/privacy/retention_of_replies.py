"""What is let go of mails that came in: their bytes after thirty days, and then what they said.

As in :mod:`community.privacy.retention`, it is done when it says 0, a batch at a time.
"""

from datetime import timedelta

import sqlalchemy as sa

from community.calendar.received_models import ReceivedMail
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, rows_changed, transactional
from community.events.models import Event
from community.privacy.retention import BATCH, until_done

RAW_KEPT = timedelta(days=30)


def forget_received() -> int:
    """Empty mails received thirty days ago, and delete those about events long over; says of how
    many. What somebody wrote stays for the hosts until the event's answers are let go of, too.
    """
    return until_done(_delete_some) + until_done(_empty_some)


@transactional
def _delete_some() -> int | None:
    ended = now() - timedelta(days=settings().retention_days)
    to_come = sa.select(Event.id).where(Event.ends_at > ended)
    old = sa.select(ReceivedMail.id).where(
        ReceivedMail.received_at <= now() - RAW_KEPT,
        sa.or_(ReceivedMail.event_id.is_(None), ReceivedMail.event_id.not_in(to_come)),
    )
    ids = db.session.scalars(old.order_by(ReceivedMail.id).limit(BATCH)).all()
    return rows_changed(sa.delete(ReceivedMail).where(ReceivedMail.id.in_(ids))) or None


@transactional
def _empty_some() -> int | None:
    old = sa.select(ReceivedMail.id).where(
        ReceivedMail.received_at <= now() - RAW_KEPT, ReceivedMail.raw.is_not(None)
    )
    ids = db.session.scalars(old.order_by(ReceivedMail.id).limit(BATCH)).all()
    emptied = sa.update(ReceivedMail).where(ReceivedMail.id.in_(ids))
    return rows_changed(emptied.values(raw=None)) or None
