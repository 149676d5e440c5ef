"""What becomes of one mail for an attendee: who may answer, how, and in which order.

The order of the decisions is that of the house's reference on calendars: key, limits, UID,
attendee, proof of the sender, and only then the answer itself.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.calendar.replies import Answer, Reply, ReplyMethod, Unreadable, parse
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, record, transactional
from community.core.errors import NotFound
from community.core.text import clean_text, ngettext
from community.inbound.authentication import Trust, trust
from community.inbound.chosen import chosen_answer, is_theirs
from community.inbound.reading import Kind, Received, read
from community.rsvp.by_calendar import (
    CalendarAnswer,
    Effect,
    answer_by_calendar,
    may_be_asked_again,
)
from community.rsvp.calendar_changes import (
    AnswerDoubted,
    AnsweredOutdated,
    AnswerRejected,
    MailHandled,
    WordsReceived,
)
from community.rsvp.models import Attendee, Partstat

LONGEST_WORDS = 4000
_ACTED = (
    ReceivedVerdict.APPLIED,
    ReceivedVerdict.UNCHANGED,
    ReceivedVerdict.TOLD_HOSTS,
    ReceivedVerdict.HELD,
    ReceivedVerdict.RESENT,
    ReceivedVerdict.OUTDATED,
)
_MOST_ASKED = 3
_PROVEN = {Trust.PASS.value, Trust.GOOGLE.value}
OF_EFFECT = {
    Effect.APPLIED: ReceivedVerdict.APPLIED,
    Effect.UNCHANGED: ReceivedVerdict.UNCHANGED,
    Effect.OLDER: ReceivedVerdict.OUTDATED,
    Effect.OUTDATED: ReceivedVerdict.RESENT,
}


@dataclass(frozen=True)
class Reading:
    """A mail as far as it can be read without knowing of anybody; ``fault`` says what cannot."""

    said: Received
    reply: Reply | None = None
    fault: str = ""


def read_all(data: bytes) -> Reading:
    """Read a mail and the calendar in it. Asks no database and never raises."""
    said = read(data)
    if said.kind == Kind.UNREADABLE:
        return Reading(said, fault=said.reason or "unreadable")
    if said.kind != Kind.CALENDAR or said.calendar is None:
        return Reading(said)
    try:
        return Reading(said, parse(said.calendar, said.method))
    except Unreadable as unreadable:
        return Reading(said, fault=unreadable.code)


@transactional
def act(mail_id: int, reading: Reading) -> ReceivedMail:
    """Do what the mail asks for, and note what that was. Refuses what the answer's page would."""
    row = db.session.get_one(ReceivedMail, mail_id, with_for_update=True, populate_existing=True)
    if row.verdict is None:
        _write_down(row, reading)
        verdict, detail = _decide(row, reading)
        _settle(row, verdict, detail)
    return row


@transactional
def note_refusal(mail_id: int, reading: Reading, code: str) -> ReceivedMail:
    """Note that an answer was refused. Whoever accepted is told: their calendar shows a seat."""
    row = db.session.get_one(ReceivedMail, mail_id, with_for_update=True, populate_existing=True)
    if row.verdict is not None:
        return row  # the same mail, handed in twice at once
    _write_down(row, reading)
    head = _head(row)
    if reading.reply is not None and head is not None:
        chosen = chosen_answer(reading.reply, head)
        if chosen is not None:
            row.partstat, row.words = chosen.partstat, _comment(chosen)
    _settle(row, ReceivedVerdict.REFUSED, code)
    if row.partstat == Partstat.ACCEPTED and head is not None and code != "not_found":
        record(AnswerRejected(head.rsvp_id, head.rsvp.event_id, head.id, code))
    return row


def _settle(row: ReceivedMail, verdict: ReceivedVerdict, detail: str) -> None:
    row.verdict, row.detail, row.handled_at = verdict, detail[:40], now()


def _write_down(row: ReceivedMail, reading: Reading) -> None:
    said, reply = reading.said, reading.reply
    row.message_id = said.message_id[:200]
    row.from_address = said.sender[:254]
    row.words = clean_text(said.words)[:LONGEST_WORDS] if said.kind == Kind.WORDS else ""
    if reply is not None:
        row.method = reply.method.value[:20]
        row.reply_sequence, row.reply_stamp = reply.sequence, reply.dtstamp


def _decide(row: ReceivedMail, reading: Reading) -> tuple[ReceivedVerdict, str]:
    said, head = reading.said, _head(row)
    if reading.fault:
        return ReceivedVerdict.POISON, reading.fault
    if head is None or head.rsvp.person.erased_at is not None or not head.address:
        raise NotFound("attendee")
    match said.kind:
        case Kind.CALENDAR if reading.reply is not None:
            return _decide_reply(row, said, reading.reply, head)
        case Kind.WORDS if _came_before(row):
            return ReceivedVerdict.UNCHANGED, "same_message"
        case Kind.WORDS if not said.is_automatic and row.words:
            return _pass_on(row, head, "words")
        case Kind.HELP:
            record(AnswerRejected(head.rsvp_id, head.rsvp.event_id, head.id, "winmail"))
            return ReceivedVerdict.REFUSED, "winmail"
    return ReceivedVerdict.FILED, said.reason or said.kind.value


def _pass_on(row: ReceivedMail, head: Attendee, detail: str) -> tuple[ReceivedVerdict, str]:
    elsewhere = _is_from_elsewhere(row, head)
    record(WordsReceived(row.id, head.rsvp_id, head.rsvp.event_id, elsewhere))
    return ReceivedVerdict.TOLD_HOSTS, f"{detail}_elsewhere" if elsewhere else detail


def _is_from_elsewhere(row: ReceivedMail, head: Attendee) -> bool:
    """Whether the mail itself says that somebody else may have sent it."""
    if row.answered_as and not is_theirs(row.answered_as, head):
        return True
    return row.trust not in _PROVEN and not is_theirs(row.from_address, head)


def _decide_reply(
    row: ReceivedMail, said: Received, reply: Reply, head: Attendee
) -> tuple[ReceivedVerdict, str]:
    if reply.uid != head.uid:
        return ReceivedVerdict.REFUSED, "another_uid"
    if reply.method == ReplyMethod.REFRESH:
        return _send_again(head)
    chosen = chosen_answer(reply, head)
    if reply.method == ReplyMethod.OTHER or reply.recurrence or chosen is None:
        return ReceivedVerdict.DROPPED, _why_dropped(reply)
    _write_down_answer(row, said, reply, chosen)
    if _came_before(row):
        return ReceivedVerdict.UNCHANGED, "same_message"
    if reply.method == ReplyMethod.COUNTER:
        return _pass_on(row, head, "another_time")
    return _weigh(row, head, chosen)


def _send_again(head: Attendee) -> tuple[ReceivedVerdict, str]:
    if not may_be_asked_again(head):
        return ReceivedVerdict.REFUSED, "no_invite"
    record(AnsweredOutdated(head.rsvp_id, head.rsvp.event_id, head.id, moved=False))
    return ReceivedVerdict.RESENT, "asked_for"


def _came_before(row: ReceivedMail) -> bool:
    """Whether the same message was acted on before, and only came another way this time."""
    if not row.message_id:
        return False
    same = [
        getattr(ReceivedMail, name).is_not_distinct_from(getattr(row, name))
        for name in ("attendee_id", "message_id", "method", "partstat", "reply_stamp", "words")
    ]
    found = sa.select(ReceivedMail.id).where(
        *same, ReceivedMail.id != row.id, ReceivedMail.verdict.in_(_ACTED)
    )
    return db.session.scalar(found.limit(1)) is not None


def _why_dropped(reply: Reply) -> str:
    if reply.method == ReplyMethod.OTHER:
        return "method"
    return "recurrence" if reply.recurrence else "no_attendee"  # our invites recur never


def _write_down_answer(row: ReceivedMail, said: Received, reply: Reply, chosen: Answer) -> None:
    row.answered_as = chosen.attendee[:254]
    row.words = "\n\n".join(filter(None, [_comment(chosen), _guests(row, chosen)]))
    row.partstat = chosen.partstat
    if reply.method == ReplyMethod.COUNTER:
        # Gmail and Outlook call it "propose a new time": for the hosts to read, it moves nothing.
        row.partstat = Partstat.TENTATIVE
        row.proposed_start, row.proposed_end = reply.proposed or (None, None)
    row.trust = trust(
        said.authentication_results,
        authserv_id=settings().authserv_id or None,
        attendee=chosen.attendee,
        sender=said.sender,
    ).value


def _comment(chosen: Answer) -> str:
    return clean_text(chosen.comment)[:LONGEST_WORDS]


def _guests(row: ReceivedMail, chosen: Answer) -> str:
    """How many a calendar says come along. Seats need names, so it is for the hosts to read."""
    head, count = _head(row), chosen.guests or 0
    if head is None or head.position or count <= len(head.rsvp.guests):
        return ""
    return ngettext("(And %(num)s guest.)", "(And %(num)s guests.)", count)


def _weigh(row: ReceivedMail, head: Attendee, chosen: Answer) -> tuple[ReceivedVerdict, str]:
    """Whether an answer counts at once, or waits for the invited person's word."""
    if chosen.partstat is None:
        return ReceivedVerdict.FILED, "no_answer"
    if not is_theirs(chosen.attendee, head):
        return _hold(row, head, "another_address")
    if row.trust == Trust.FAIL.value:
        return _hold(row, head, "forged")
    return _apply(row, head, chosen.partstat)


def _hold(row: ReceivedMail, head: Attendee, detail: str) -> tuple[ReceivedVerdict, str]:
    """Keep it until they say that it was them. Nobody is asked so more than three times a day."""
    row.detail = detail
    held = sa.select(sa.func.count()).where(
        ReceivedMail.attendee_id == head.id,
        ReceivedMail.verdict == ReceivedVerdict.HELD,
        ReceivedMail.received_at > now() - timedelta(days=1),
    )
    if (db.session.scalar(held) or 0) < _MOST_ASKED:
        record(AnswerDoubted(row.id, head.rsvp_id, head.rsvp.event_id, head.id))
    return ReceivedVerdict.HELD, detail


def _apply(row: ReceivedMail, head: Attendee, partstat: Partstat) -> tuple[ReceivedVerdict, str]:
    answer = CalendarAnswer(
        partstat,
        row.reply_sequence,
        row.reply_stamp,
        row.received_at,
        proven=row.trust in _PROVEN,
        by_another=not is_theirs(row.from_address, head),
    )
    rsvp, head_id = head.rsvp, head.id
    effect = answer_by_calendar(head_id, answer)
    if effect in {Effect.APPLIED, Effect.UNCHANGED} and row.words:
        elsewhere = answer.by_another and not answer.proven
        record(WordsReceived(row.id, rsvp.id, rsvp.event_id, elsewhere))
    verdict = OF_EFFECT[effect]
    if effect == Effect.APPLIED:
        about = (row.id, rsvp.id, rsvp.event_id, head_id)
        record(MailHandled(*about, verdict.value, row.trust, row.message_id))
    return verdict, rsvp.status.value


def _head(row: ReceivedMail) -> Attendee | None:
    return db.session.get(Attendee, row.attendee_id) if row.attendee_id is not None else None
