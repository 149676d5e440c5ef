"""What a mail's bounce changes: the mail has failed, and its address may have to be left alone."""

import re
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, transactional
from community.core.text import clean_line, shorten
from community.core.tokens import same
from community.mail.failures import LONGEST_REASON
from community.mail.models import Bounce, MailState, OutboxMail, SuppressionReason
from community.mail.suppressions import suppress

WINDOW = timedelta(days=30)
ENOUGH = 3
# RFC 3463 3.2, as far as it is about the recipient: .7 and .8 are about the sender's address.
_NOBODY_THERE = re.compile(r"5\.1\.(?!7$|8$)\d{1,3}")
_ON_ITS_WAY = {MailState.QUEUED, MailState.SENDING, MailState.SENT}


class Verdict(StrEnum):
    """What was made of a report."""

    IGNORED = "ignored"
    NOTED = "noted"  # kept for the operator, and nothing else
    FAILED = "failed"  # the mail has failed; its address was counted already today
    SCORED = "scored"  # the mail has failed, and that counts against its address
    SUPPRESSED = "suppressed"  # as above, and once too often


@transactional
def note_bounce(mail_id: int, message_id: str, *, status: str, final: bool, said: str) -> Verdict:
    """Take note of a report about a mail, if ``message_id`` proves that its sender had the mail.

    ``status`` is an enhanced code (RFC 3463); ``final`` says that the server has given up. The
    same report again, and any other of that kind about this mail, is ignored.
    """
    mail = db.session.scalar(
        sa.select(OutboxMail)
        .where(OutboxMail.id == mail_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if mail is None or not same(mail.message_id, message_id):
        return Verdict.IGNORED
    if not mail.recipient:
        return Verdict.IGNORED  # its reader was erased meanwhile
    hard = final and status.startswith("5.")
    seen = sa.select(Bounce.id).where(Bounce.mail_id == mail.id, Bounce.is_hard == hard)
    if db.session.scalar(seen) is not None:
        return Verdict.IGNORED
    details = shorten(clean_line(f"bounced {status}: {said}"), LONGEST_REASON)
    bounce = Bounce(
        mail_id=mail.id,
        address=mail.recipient,
        is_hard=hard,
        status=status,
        details=details,
        at=now(),
    )
    db.session.add(bounce)
    if not hard:
        return Verdict.NOTED
    if mail.state in _ON_ITS_WAY:
        # Without its lease a worker that still holds it changes nothing any more.
        mail.state, mail.lease, mail.last_error = MailState.FAILED, None, details
    return _score(bounce)


def _score(bounce: Bounce) -> Verdict:
    today = bounce.at.date()
    scores = sa.select(Bounce.scored_on).where(
        Bounce.address == bounce.address, Bounce.scored_on > (bounce.at - WINDOW).date()
    )
    days = set(db.session.scalars(scores))
    if today in days:
        return Verdict.FAILED
    bounce.scored_on = today
    db.session.flush()  # two at once: the second starts over and finds the first
    if not _NOBODY_THERE.fullmatch(bounce.status) and len(days) + 1 < ENOUGH:
        return Verdict.SCORED
    suppress(bounce.address, SuppressionReason.BOUNCED, bounce.details)
    return Verdict.SUPPRESSED
