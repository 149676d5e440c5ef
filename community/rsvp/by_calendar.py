"""Answering in one's calendar: the reply that comes back is an answer like that of the page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.rsvp.calendar_changes import (
    AnsweredOutdated,
    MaybeLeft,
    UnprovenAccepted,
    UnprovenLeft,
    WaitingAccepted,
)
from community.rsvp.guests import decline_as_guest
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus, Source
from community.rsvp.opening import require_alive
from community.rsvp.respond import leave, say_no, say_yes
from community.rsvp.transitions import LEAVABLE

_AHEAD = timedelta(minutes=10)  # by which a client's clock may be fast
_WAITS = (RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED)


class Effect(StrEnum):
    """What an answer by calendar did."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    OLDER = "older"  # something newer is known
    OUTDATED = "outdated"  # it is about a time that the event no longer has


@dataclass(frozen=True)
class CalendarAnswer:
    """One attendee's PARTSTAT with the numbers that order it (RFC 5546 section 2.1.5).

    ``sequence`` and ``stamp`` (aware UTC) may be missing. ``proven``: the mail is known to come
    from the attendee's own mailbox. ``by_another``: it says itself that it comes from elsewhere,
    as when somebody answers with an invitation that was forwarded to them.
    """

    partstat: Partstat
    sequence: int | None
    stamp: datetime | None
    received_at: datetime
    proven: bool = False
    by_another: bool = False

    def made_at(self, head: Attendee) -> datetime:
        """When it was given: what a clock that is missing or fast says does not count.

        Nor does the DTSTAMP of our own mail, which some clients give back with their answer.
        """
        stamp = self.stamp
        if stamp is None or stamp > self.received_at + _AHEAD or stamp == head.dtstamp:
            return self.received_at.replace(microsecond=0)
        return stamp


@transactional
def answer_by_calendar(attendee_id: int, answer: CalendarAnswer) -> Effect:
    """Let a reply count for the head of a party, or for one of its guests.

    Older replies, and those to an older time of the event, change nothing. Raises NotFound when
    the attendee is gone; refuses what the page would refuse.
    """
    event, head = _locked(attendee_id)
    sequence = _sequence(head, answer)
    if sequence < (head.rescheduled_sequence or 0):
        record(AnsweredOutdated(head.rsvp_id, event.id, head.id))
        return Effect.OUTDATED
    made_at = answer.made_at(head)
    order = (sequence, made_at)
    if head.answered_stamp is not None:
        known = (head.answered_sequence or 0, head.answered_stamp)
        if order < known:
            return Effect.OLDER
        if order == known and head.partstat == answer.partstat:
            return Effect.UNCHANGED
    if head.position == 0 and _answered_elsewhere(head.rsvp, made_at):
        return Effect.OLDER
    head.answered_sequence, head.answered_stamp = order
    if head.position:
        return _answer_of_guest(event, head, answer.partstat)
    return _answer_of_person(event, head.rsvp, answer)


def _locked(attendee_id: int) -> tuple[Event, Attendee]:
    event_id = db.session.scalar(
        sa.select(Rsvp.event_id).join(Attendee).where(Attendee.id == attendee_id)
    )
    if event_id is None:
        raise NotFound("attendee")
    event = lock_event(event_id)
    # Fresh under the lock, and locked: the worker may be noting that their invite has left.
    head = db.session.scalar(
        sa.select(Attendee)
        .where(Attendee.id == attendee_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if head is None:
        raise NotFound("attendee")
    db.session.refresh(head.rsvp)
    return event, head


def _sequence(head: Attendee, answer: CalendarAnswer) -> int:
    """That of the mail which was answered; no client can know one that we have not sent."""
    sent = max(head.sequence, 0)
    return sent if answer.sequence is None else max(0, min(answer.sequence, sent))


def _answered_elsewhere(rsvp: Rsvp, made_at: datetime) -> bool:
    """Whether an answer on the website is newer."""
    if rsvp.answered_at is None or rsvp.source == Source.CALENDAR:
        return False
    return rsvp.answered_at.replace(microsecond=0) > made_at  # a reply knows whole seconds alone


def _answer_of_person(event: Event, rsvp: Rsvp, answer: CalendarAnswer) -> Effect:
    match answer.partstat:
        case Partstat.ACCEPTED:
            return _accept(event, rsvp, by_another=answer.by_another and not answer.proven)
        case Partstat.DECLINED:
            return _decline(event, rsvp, proven=answer.proven)
        case Partstat.TENTATIVE:
            return _say_maybe(event, rsvp)
    return Effect.UNCHANGED


def _accept(event: Event, rsvp: Rsvp, *, by_another: bool) -> Effect:
    require_alive(event)  # also for who has a seat: they are not going to what is off
    was, known = rsvp.status, rsvp.head.partstat
    if was in _WAITS:
        # Their calendar shows a seat now: the mail that sets it right says where they are.
        record(WaitingAccepted(rsvp.id, event.id))
        return Effect.UNCHANGED
    rsvp = say_yes(rsvp.person_id, event.id, source=Source.CALENDAR)
    if rsvp.status == RsvpStatus.GOING:
        rsvp.head.partstat = Partstat.ACCEPTED
        if by_another and was != rsvp.status:
            record(UnprovenAccepted(rsvp.id, event.id))
    same = was == rsvp.status and known == rsvp.head.partstat
    return Effect.UNCHANGED if same else Effect.APPLIED


def _decline(event: Event, rsvp: Rsvp, *, proven: bool) -> Effect:
    was, known = rsvp.status, rsvp.head.partstat
    rsvp = say_no(rsvp.person_id, event.id, source=Source.CALENDAR)
    rsvp.head.partstat = Partstat.DECLINED
    if was != rsvp.status and not proven:
        record(UnprovenLeft(rsvp.id, event.id, was.value))
    same = was == rsvp.status and known == Partstat.DECLINED
    return Effect.UNCHANGED if same else Effect.APPLIED


def _say_maybe(event: Event, rsvp: Rsvp) -> Effect:
    require_alive(event)
    known = rsvp.head.partstat
    rsvp.head.partstat = Partstat.TENTATIVE
    if rsvp.status == RsvpStatus.GOING and not event.maybe_keeps_seat:
        leave(event, rsvp, source=Source.CALENDAR)
        record(MaybeLeft(rsvp.id, event.id))
        return Effect.APPLIED
    return Effect.UNCHANGED if known == Partstat.TENTATIVE else Effect.APPLIED


def _answer_of_guest(event: Event, guest: Attendee, partstat: Partstat) -> Effect:
    """A guest who declines is no longer with the party: their entry is cancelled for good."""
    if guest.rsvp.status not in LEAVABLE:
        raise NotFound("guest")
    require_alive(event)
    if partstat == Partstat.DECLINED:
        decline_as_guest(guest.id)
        return Effect.APPLIED
    known, guest.partstat = guest.partstat, partstat
    return Effect.UNCHANGED if known == partstat else Effect.APPLIED


def may_be_asked_again(head: Attendee) -> bool:
    """Whether the invite that somebody has is still right to be sent."""
    rsvp, event = head.rsvp, head.rsvp.event
    if head.dtstamp is None or not head.address:
        return False
    if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
        return False
    in_calendars = {RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.WAITLISTED, RsvpStatus.INVITED}
    return rsvp.status in (in_calendars if head.position == 0 else {RsvpStatus.GOING})
