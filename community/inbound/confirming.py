"""Answers that were held: the invited person says on a page that they are theirs."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.calendar.aliases import bind_alias
from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Refused
from community.core.tokens import digest
from community.events.models import Event
from community.inbound.calendar_reply import OF_EFFECT
from community.rsvp.by_calendar import CalendarAnswer, Effect, answer_by_calendar
from community.rsvp.calendar_changes import MailHandled
from community.rsvp.models import Attendee, Rsvp


@dataclass(frozen=True)
class HeldAnswer:
    """A held answer, whose it would be, and the event that it is to."""

    mail: ReceivedMail
    head: Attendee
    rsvp: Rsvp
    event: Event

    @property
    def is_from_another_address(self) -> bool:
        """Whether it came from an address that is not known to be theirs."""
        return self.mail.detail == "another_address"


def find_held(token: str) -> HeldAnswer | None:
    """The held answer behind a mailed link, while it can be confirmed. Changes nothing."""
    found = sa.select(ReceivedMail).where(
        ReceivedMail.token_hash == digest(token),
        ReceivedMail.token_used_at.is_(None),
        ReceivedMail.token_expires_at > now(),
        ReceivedMail.verdict == ReceivedVerdict.HELD,
    )
    row = db.session.scalar(found)
    head = db.session.get(Attendee, row.attendee_id) if row and row.attendee_id else None
    if row is None or head is None:
        return None
    return HeldAnswer(row, head, head.rsvp, head.rsvp.event)


@transactional
def confirm_held(token: str) -> Effect:
    """Let a held answer count, and take later ones from the same address without asking.

    Refuses a dead link, and what the page of the answer would refuse: then the link stays good.
    """
    held = find_held(token)
    if held is None or held.mail.partstat is None:
        raise Refused("link_dead")
    row = db.session.get_one(
        ReceivedMail, held.mail.id, with_for_update=True, populate_existing=True
    )
    if row.token_used_at is not None:
        raise Refused("link_dead")
    row.token_used_at = row.handled_at = now()
    if held.is_from_another_address and held.head.position == 0:
        bind_alias(held.rsvp.person_id, row.answered_as)
    answer = CalendarAnswer(
        held.mail.partstat, row.reply_sequence, row.reply_stamp, row.received_at, proven=True
    )
    effect = answer_by_calendar(held.head.id, answer)
    row.verdict, row.detail = OF_EFFECT[effect], "confirmed"
    ids = (row.id, held.rsvp.id, held.event.id, held.head.id)
    record(MailHandled(*ids, row.verdict.value, row.trust, row.message_id))
    return effect
