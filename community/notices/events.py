"""Notices about an event to everybody who has it in a calendar, made in batches by the worker."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.calendar.facts import Invite
from community.calendar.invites import calendar_key, next_cancel, next_request
from community.core.clock import now
from community.core.db import db
from community.core.types import JSONDict
from community.events.changes import ClocksChanged, EventCancelled, EventEdited
from community.events.models import Event, EventStatus
from community.events.queries import get_event, lock_event
from community.events.visibility import shown_to_answer
from community.mail.broadcasts import queue_broadcast, register_expander
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import newest_about, newest_by_calendar
from community.membership.models import Person
from community.notices.facts import (
    as_anybody_knows,
    event_facts,
    is_elsewhere,
    is_moved,
    known_before,
    told,
)
from community.notices.guests import tell_guests_cancelled, tell_guests_changed
from community.notices.mails import kind
from community.notices.rsvp import render_with_invite, send_with_invite
from community.rsvp.models import Partstat, Rsvp, RsvpStatus, Source
from community.rsvp.queries import place_in_line

_SHOWN = {"title", "summary", "venue_id", "format", "online_link"}
# What those who are not going may see no difference of.
_INSIDE = {"venue_id", "online_link"}
# Mails that tell of an answer.
_ANSWERS = {"seat_given", "waitlisted", "event_invitation", "invitation_reminder"}
# What such a mail says beside that, and a newer one in its place must say again.
_SAID = ("promoted", "word", "inviter", "until")
_HAS_NOT_LEFT = {MailState.QUEUED, MailState.FAILED, MailState.HELD}
_IN_CALENDARS = (
    RsvpStatus.GOING,
    RsvpStatus.OFFERED,
    RsvpStatus.WAITLISTED,
    RsvpStatus.INVITED,
)
_CONCERNED = (*_IN_CALENDARS, RsvpStatus.REQUESTED)
_SAID_NO = (RsvpStatus.DECLINED, RsvpStatus.WITHDRAWN)


def tell_of_edit(change: EventEdited) -> None:
    """Have the new time, place or wording told, unless nothing that people see has changed."""
    event = get_event(change.event_id)
    if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
        return
    seen = _SHOWN & set(change.fields)
    if change.moved or change.elsewhere or seen:
        facts = {
            "event_id": event.id,
            "before": change.before,
            "version": event.version,
            "inside": not change.moved and seen <= _INSIDE,
        }
        queue_broadcast("event_changed", facts)


def tell_of_clocks(change: ClocksChanged) -> None:
    """Have every calendar get the event anew: its hour in other zones is another one."""
    event = get_event(change.event_id)
    if event.status == EventStatus.PUBLISHED and event.ends_at > now():
        facts = {"event_id": event.id, "before": change.before, "version": event.version}
        queue_broadcast("event_changed", {**facts, "inside": False, "clocks": True})


def tell_of_cancelling(change: EventCancelled) -> None:
    """Have it told that the event is off."""
    queue_broadcast("event_cancelled", {"event_id": change.event_id})


def _expand_changed(facts: JSONDict, cursor: int, size: int) -> int | None:
    event = lock_event(facts["event_id"])
    rsvps = _next_concerned(event, cursor, size)
    if event.status == EventStatus.PUBLISHED:
        last = _newest_mails(event, rsvps)
        for rsvp in filter(_hears, rsvps):
            _tell_changed(event, rsvp, facts, last.get(rsvp.id))
        tell_guests_changed(event, rsvps, facts)
    return rsvps[-1].id if rsvps else None


def _newest_mails(event: Event, rsvps: Sequence[Rsvp]) -> dict[int, OutboxMail]:
    """By RSVP, the newest mail that told its person of the event: two queries for all of them."""
    entries = newest_by_calendar([calendar_key(r.head) for r in rsvps if _may_have_entry(r)])
    others = [rsvp.person_id for rsvp in rsvps if not _may_have_entry(rsvp)]
    mails = newest_about(event.id, others, kinds=("requested", "event_changed"))
    found = {
        rsvp.id: entries.get(calendar_key(rsvp.head))
        if _may_have_entry(rsvp)
        else mails.get(rsvp.person_id)
        for rsvp in rsvps
    }
    return {rsvp_id: mail for rsvp_id, mail in found.items() if mail is not None}


def _tell_changed(event: Event, rsvp: Rsvp, facts: JSONDict, last: OutboxMail | None) -> None:
    if last is not None and last.facts["event_version"] >= facts["version"]:
        return  # it was written after the change and states it already
    # Several edits may have been made by now, and the first of their broadcasts tells of them
    # all: so what counts is what this person was told, and not what the one edit changed.
    before = _known_first(rsvp, facts) if last is None else known_before(last)
    after = _told_now(event, rsvp)
    if _declined_there(rsvp):
        before = as_anybody_knows(before)
        if not is_moved(before, after):
            return  # another time may suit them; what else is new is nothing to them
    same_link = before.get("link", "") == after["link"]
    if facts.get("inside") and same_link and not is_elsewhere(before, after):
        return  # they do not see what has changed
    invite = _news_for_calendar(event, rsvp, facts, last)
    unsent = last is not None and last.kind in _ANSWERS and last.state in _HAS_NOT_LEFT
    if last is not None and unsent and not _declined_there(rsvp):
        # The new mail supersedes it: so it must say again that the seat is theirs, and not only
        # that the time is new.
        extra = {name: last.facts[name] for name in _SAID if name in last.facts}
        if last.kind == "waitlisted":
            extra |= {"place": place_in_line(rsvp), "held_for_hours": event.offer_hours}
        send_with_invite(last.kind, rsvp, event, invite, before=before, **extra)
    else:
        status, clocks = rsvp.status.value, "clocks" in facts
        said: JSONDict = {"status": status, "before": before, "clocks": clocks}
        send_with_invite("event_changed", rsvp, event, invite, **said)


def _news_for_calendar(
    event: Event, rsvp: Rsvp, facts: JSONDict, last: OutboxMail | None
) -> Invite | None:
    if not _may_have_entry(rsvp):
        return None
    before = _known_first(rsvp, facts) if last is None else told(last.facts)
    after = _told_now(event, rsvp)
    moved = is_moved(before, after)
    # A new time asks again (RFC 6638 section 3.2.8); who waits stays tentative.
    asked_again = moved and rsvp.status != RsvpStatus.WAITLISTED
    partstat = Partstat.NEEDS_ACTION if asked_again else rsvp.head.partstat
    # By other rules of the zone the wall time is no new one, and nobody is asked again; but a
    # calendar that keeps the instant must take the new one for newer.
    bump = moved or is_elsewhere(before, after) or "clocks" in facts
    return next_request(rsvp.head, event, partstat=partstat, bump=bump, moved=moved)


def _known_first(rsvp: Rsvp, facts: JSONDict) -> JSONDict:
    """What the person saw of the event before the edit, if no mail has told them of it yet."""
    before: JSONDict = facts["before"]
    return before if rsvp.status == RsvpStatus.GOING else as_anybody_knows(before)


def _told_now(event: Event, rsvp: Rsvp) -> JSONDict:
    return told(event_facts(event, shown_to_answer(event, rsvp.status)))


def _expand_cancelled(facts: JSONDict, cursor: int, size: int) -> int | None:
    event = lock_event(facts["event_id"])
    rsvps = _next_concerned(event, cursor, size)
    for rsvp in filter(_hears, rsvps):
        head = rsvp.head
        cancel = _may_have_entry(rsvp)
        invite = next_cancel(head, event, partstat=head.partstat) if cancel else None
        send_with_invite("event_cancelled", rsvp, event, invite, message=event.cancel_message)
        tell_guests_cancelled(event, rsvp)
    return rsvps[-1].id if rsvps else None


def _may_have_entry(rsvp: Rsvp) -> bool:
    """Whether the event may stand in the person's calendar.

    The calendar of somebody who asks to come knows nothing, or that they left before.
    """
    stays = rsvp.status in _IN_CALENDARS or _declined_there(rsvp)
    return stays and rsvp.head.dtstamp is not None


def _declined_there(rsvp: Rsvp) -> bool:
    """Whether the person said no in their calendar, which keeps the event: minds change there."""
    by_calendar = rsvp.status in _SAID_NO and rsvp.source == Source.CALENDAR
    return by_calendar and rsvp.head.address is not None and rsvp.person.erased_at is None


def _hears(rsvp: Rsvp) -> bool:
    """Whether there is anybody to tell: who declined may have been erased since.

    A walk-in may have given no address.
    """
    if rsvp.head.address is None:
        return False
    return rsvp.status not in _SAID_NO or _declined_there(rsvp)


def _next_concerned(event: Event, cursor: int, size: int) -> Sequence[Rsvp]:
    """The next ``size`` answers after ``cursor``, fresh: the event is locked."""
    concerned = Rsvp.status.in_(_CONCERNED)
    has_declined = sa.and_(Rsvp.status.in_(_SAID_NO), Rsvp.source == Source.CALENDAR)
    return db.session.scalars(
        sa.select(Rsvp)
        .where(Rsvp.event_id == event.id, Rsvp.id > cursor, sa.or_(concerned, has_declined))
        .order_by(Rsvp.id)
        .limit(size)
        .options(
            selectinload(Rsvp.attendees), selectinload(Rsvp.person).selectinload(Person.addresses)
        )
        .execution_options(populate_existing=True)
    ).all()


def register_kinds() -> None:
    """Make the mails and broadcasts of this module known."""
    kind("event_changed", render_with_invite)
    kind("event_cancelled", render_with_invite)
    register_expander("event_changed", _expand_changed)
    register_expander("event_cancelled", _expand_cancelled)
