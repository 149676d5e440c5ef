"""Mails that came in for an attendee, as rows, and the token of one that was held."""

from typing import Any

import sqlalchemy as sa

from community.calendar.received_models import ReceivedMail, ReceivedSource, ReceivedVerdict
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.tokens import digest, new_token
from community.rsvp.calendar_changes import AnswerDoubted, WordsReceived
from community.rsvp.models import Attendee, Partstat


@transactional
def a_received(head_id: int, **facts: Any) -> ReceivedMail:
    """A mail that was handled: words that were passed on, or an answer that was held."""
    head = db.session.get_one(Attendee, head_id)
    row = ReceivedMail(
        source=ReceivedSource.PIPE,
        digest=new_token(),
        attendee_id=head.id,
        rsvp_id=head.rsvp_id,
        event_id=head.rsvp.event_id,
        handled_at=now(),
        **{
            "recipient": "rsvp@localhost",
            "raw": b"Subject: Hello\r\n\r\n",
            "verdict": ReceivedVerdict.TOLD_HOSTS,
            "words": "",
            **facts,
        },
    )
    db.session.add(row)
    db.session.flush()
    if row.verdict == ReceivedVerdict.HELD:
        record(AnswerDoubted(row.id, head.rsvp_id, head.rsvp.event_id, head.id))
    elif row.words:
        record(WordsReceived(row.id, head.rsvp_id, head.rsvp.event_id))
    return row


def a_held(
    head_id: int, partstat: Partstat = Partstat.ACCEPTED, *, as_: str = "", **facts: Any
) -> ReceivedMail:
    """An answer that waits; ``as_`` the other address that it came from."""
    return a_received(
        head_id,
        verdict=ReceivedVerdict.HELD,
        detail="another_address" if as_ else "forged",
        partstat=partstat,
        answered_as=as_,
        **facts,
    )


@transactional
def token_of(mail: ReceivedMail) -> str:
    """What the worker does when it renders the mail that asks."""
    token = new_token()
    held = sa.update(ReceivedMail).where(ReceivedMail.id == mail.id)
    db.session.execute(held.values(token_hash=digest(token)))
    return token
