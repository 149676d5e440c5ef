"""Notices to guests who were given an address, each with a calendar entry of its own.

A guest hears of an event once the seat is theirs: while the party waits there is nothing to tell.
Nothing that the person who brings them typed for the hosts is in these mails.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa

from community.calendar.facts import Invite
from community.calendar.invites import calendar_key, message_id, next_cancel, next_request
from community.core.clock import now
from community.core.db import db
from community.core.types import JSONDict
from community.events.models import Event
from community.events.queries import get_event
from community.events.visibility import shown_to_answer, shown_to_anybody
from community.mail.kinds import Rendered
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import newest_by_calendar, queue_mail
from community.notices.facts import event_facts, is_elsewhere, is_moved, known_before, told
from community.notices.mails import compose, kind
from community.notices.rsvp import render_with_invite, send_with_invite
from community.privacy.changes import AnswerFolded
from community.rsvp.changes import (
    AnswerEdited,
    GuestDeclined,
    PartyChanged,
    SeatAdded,
    SeatGiven,
    SeatLeft,
    SeatRemoved,
)
from community.rsvp.guests import guest_token
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.party import DroppedGuest
from community.rsvp.queries import get_rsvp

_HAS_NOT_LEFT = {MailState.QUEUED, MailState.FAILED, MailState.HELD}


def tell_seated(change: SeatGiven | SeatAdded) -> None:
    """Somebody brings you along: with an invite that asks, for nobody has asked them yet."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    for guest in _with_address(rsvp.guests):
        _invite(guest, rsvp, event)


def tell_changed_party(change: PartyChanged | AnswerEdited) -> None:
    """Who is new in a party hears of it, and who is no longer with it, too."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    if _goes(rsvp):
        for guest in _with_address(rsvp.guests):
            if guest.dtstamp is None:
                _invite(guest, rsvp, event)
    if isinstance(change, PartyChanged):
        for dropped in change.dropped:
            _tell_dropped(dropped, rsvp, event)


def tell_left(change: SeatLeft | SeatRemoved) -> None:
    """The whole party does not come: nor do its guests, who knew of it once it was going."""
    if change.was != RsvpStatus.GOING:
        return
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    for guest in _told(rsvp.guests):
        invite = next_cancel(guest, event, partstat=guest.partstat)
        _send("guest_left", guest, rsvp, event, invite)


def tell_folded(change: AnswerFolded) -> None:
    """The answer that brought them gave way to another one of the same person."""
    if change.was != RsvpStatus.GOING:
        return
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    host = get_rsvp(change.kept_rsvp_id).person
    for guest in _told(rsvp.guests):
        invite = next_cancel(guest, event, partstat=guest.partstat)
        _send("guest_left", guest, rsvp, event, invite, brought_by=host.name)


def tell_of_decline(change: GuestDeclined) -> None:
    """Both are told: the guest, whose calendar lets the event go, and who brought them."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    _tell_dropped(change.dropped, rsvp, event)
    send_with_invite("guest_declined", rsvp, event, None, guest=change.dropped.name)


def tell_guests_changed(event: Event, rsvps: Sequence[Rsvp], facts: JSONDict) -> None:
    """The event is another than the guests of these parties know it: one query for all of them.

    See :mod:`community.notices.events`.
    """
    guests = [(guest, rsvp) for rsvp in rsvps if _goes(rsvp) for guest in _told(rsvp.guests)]
    if not guests:
        return
    last = newest_by_calendar([calendar_key(guest) for guest, _ in guests])
    for guest, rsvp in guests:
        _tell_changed(event, guest, rsvp, facts, last.get(calendar_key(guest)))


def _tell_changed(
    event: Event, guest: Attendee, rsvp: Rsvp, facts: JSONDict, last: OutboxMail | None
) -> None:
    if last is not None and last.facts["event_version"] >= facts["version"]:
        return  # it was written after the change and states it already
    before = facts["before"] if last is None else known_before(last)
    known = facts["before"] if last is None else told(last.facts)
    after = told(event_facts(event, shown_to_answer(event, rsvp.status)))
    moved = is_moved(known, after)
    partstat = Partstat.NEEDS_ACTION if moved else guest.partstat
    bump = moved or is_elsewhere(known, after) or "clocks" in facts
    invite = next_request(guest, event, partstat=partstat, bump=bump, moved=moved)
    # The new mail supersedes one that has not left: so it says again that they are expected.
    unsent = last is not None and last.kind == "guest_going" and last.state in _HAS_NOT_LEFT
    said = {"before": before, "clocks": "clocks" in facts}
    _send("guest_going" if unsent else "guest_changed", guest, rsvp, event, invite, **said)


def tell_guests_cancelled(event: Event, rsvp: Rsvp) -> None:
    """The event is off, for a party's guests, too."""
    for guest in _told(rsvp.guests) if _goes(rsvp) else ():
        invite = next_cancel(guest, event, partstat=guest.partstat)
        _send("guest_cancelled", guest, rsvp, event, invite, message=event.cancel_message)


def _goes(rsvp: Rsvp) -> bool:
    return rsvp.status == RsvpStatus.GOING


def _with_address(guests: Iterable[Attendee]) -> Iterable[Attendee]:
    return (guest for guest in guests if guest.address)


def _told(guests: Iterable[Attendee]) -> Iterable[Attendee]:
    """Those to whom a mail about this seat was ever queued, and who know of it as far as we do."""
    return (guest for guest in _with_address(guests) if guest.dtstamp is not None)


def _invite(guest: Attendee, rsvp: Rsvp, event: Event) -> None:
    invite = next_request(guest, event, partstat=Partstat.NEEDS_ACTION)
    _send("guest_going", guest, rsvp, event, invite)


def _tell_dropped(dropped: DroppedGuest, rsvp: Rsvp, event: Event) -> None:
    """For somebody whose row is gone: what their calendar needs is in the change."""
    if not dropped.address or dropped.dtstamp is None:
        return
    guest = Attendee(
        id=dropped.attendee_id,
        name=dropped.name,
        address=dropped.address,
        uid=dropped.uid,
        reply_key=dropped.reply_key,
        sequence=dropped.sequence,
        dtstamp=dropped.dtstamp,
        partstat=Partstat.DECLINED,
    )
    invite = next_cancel(guest, event, partstat=Partstat.DECLINED)
    _send("guest_left", guest, rsvp, event, invite)


def _send(
    name: str, guest: Attendee, rsvp: Rsvp, event: Event, invite: Invite, **facts: object
) -> None:
    assert guest.address is not None
    going = invite.method == "REQUEST"
    may_know = shown_to_answer(event, rsvp.status) if going else shown_to_anybody(event)
    queue_mail(
        name,
        to=guest.address,
        name=guest.name,
        facts={
            **event_facts(event, may_know),
            "brought_by": rsvp.person.name,
            "guest_token": guest_token(guest, rsvp),
            "attendee_id": guest.id,
            "invite": invite.to_json(),
            **facts,
        },
        event_id=event.id,
        calendar_key=calendar_key(guest),
        message_id=message_id(invite),
        urgency=3,
        deadline=max(event.starts_at, now() + timedelta(minutes=10)),
    )


def _render_leaving(mail: OutboxMail) -> Rendered:
    """With the CANCEL only if an earlier mail about this entry was tried: the row may be gone."""
    tried = sa.select(OutboxMail.id).where(
        OutboxMail.calendar_key == mail.calendar_key,
        OutboxMail.id < mail.id,
        OutboxMail.attempts > 0,
    )
    known = db.session.scalar(tried.limit(1)) is not None
    invite = Invite.from_json(mail.facts["invite"]) if known else None
    return Rendered(compose(mail, invite=invite))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("guest_going", render_with_invite)
    kind("guest_changed", render_with_invite)
    kind("guest_cancelled", render_with_invite)
    kind("guest_left", _render_leaving)
    kind("guest_declined", render_with_invite)
