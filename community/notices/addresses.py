"""Notices about a change of address, to the old mailbox and to the new one."""

from datetime import timedelta

import sqlalchemy as sa

from community.calendar.facts import Invite
from community.calendar.invites import calendar_key, next_cancel, next_request
from community.core.addresses import domain_of
from community.core.clock import now
from community.core.db import db
from community.core.types import JSONDict
from community.events.models import Event, EventStatus
from community.events.queries import lock_event
from community.mail.kinds import Rendered
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import newest_by_calendar, queue_mail
from community.membership.changes import AddressAsked, AddressChanged
from community.membership.models import Pending
from community.membership.queries import get_person
from community.notices.facts import event_facts, known_before
from community.notices.mails import compose, kind, plain_kind
from community.notices.membership import render_pending
from community.notices.rsvp import render_with_invite, send_with_invite
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import place_in_line
from community.rsvp.readdressing import (
    answers_to_come,
    begin_new_entry,
    lock_answer,
    readdress,
    readdress_past,
)

_SOON = 1  # somebody waits for the link, or should hear of a theft
_ON_ITS_WAY = (MailState.SENDING, MailState.SENT)
_IN_CALENDARS = {
    RsvpStatus.GOING,
    RsvpStatus.OFFERED,
    RsvpStatus.WAITLISTED,
    RsvpStatus.INVITED,
}


def tell_both(change: AddressAsked) -> None:
    """The old mailbox hears of it at once, the new one gets the link.

    If the new address is somebody's already, they hear that instead; what was typed as a name
    greets nobody in a mailbox that is not proven.
    """
    pending = db.session.get_one(Pending, change.pending_id)
    _tell_owner("address_asked", pending)
    queue_mail(
        "address_taken" if change.is_taken else "address_confirm",
        to=pending.address,
        name="",
        facts={"pending_id": pending.id, "address": pending.address},
        urgency=_SOON,
        deadline=pending.expires_at,
    )


def tell_old_address(change: AddressChanged) -> None:
    """The last mail to the old mailbox, with what to do if its owner did not want this."""
    _tell_owner("address_changed", db.session.get_one(Pending, change.pending_id))


def invite_anew(change: AddressChanged) -> None:
    """Take every coming event out of the old mailbox's calendar and put it into the new one's.

    To a calendar another address is another attendee: the old entry (UID, reply key) is cancelled
    where it is, and a new one begins.
    """
    pending = db.session.get_one(Pending, change.pending_id)
    for event_id, rsvp_id in answers_to_come(change.person_id):
        event = lock_event(event_id)
        _follow(event, lock_answer(rsvp_id), pending)
    readdress_past(change.person_id, pending.address)


def _tell_owner(kind_of_mail: str, pending: Pending) -> None:
    person = get_person(pending.payload["person_id"])
    queue_mail(
        kind_of_mail,
        to=pending.payload["was"],
        name=person.name,
        facts={"new_address": masked(pending.address)},
        person_id=person.id,
        urgency=_SOON,
    )


def _follow(event: Event, rsvp: Rsvp, pending: Pending) -> None:
    head = rsvp.head
    key = calendar_key(head)
    last = newest_by_calendar([key]).get(key)
    if not _is_in_calendar(rsvp, last):
        readdress(rsvp, pending.address)
        return
    was_known = head.invited_at is not None
    cancel = next_cancel(head, event, partstat=head.partstat)
    readdress(rsvp, pending.address)
    begin_new_entry(head)
    _take_out(rsvp, event, cancel, was_known=was_known)
    if event.status == EventStatus.PUBLISHED:  # or the news that it is off goes there anyway
        _put_in(rsvp, event, last)


def _is_in_calendar(rsvp: Rsvp, last: OutboxMail | None) -> bool:
    """Whether the newest calendar message put the event there, and did not take it away."""
    if rsvp.head.dtstamp is None:
        return False
    if last is None:
        return rsvp.status in _IN_CALENDARS
    return bool(last.facts["invite"]["method"] == "REQUEST")


def _take_out(rsvp: Rsvp, event: Event, cancel: Invite, *, was_known: bool) -> None:
    queue_mail(
        "invite_gone",
        to=cancel.attendee_address,
        name=cancel.attendee_name,
        # No link to the answer: this mailbox may be somebody else's by now.
        facts={
            **event_facts(event),
            "invite": cancel.to_json(),
            "was_known": was_known,
            "was_key": calendar_key(rsvp.head),
        },
        person_id=rsvp.person_id,
        event_id=event.id,
        # Not the attendee's: the invite for the new entry is newer and must not replace it.
        calendar_key=f"uid:{cancel.uid[:36]}",
        urgency=3,
        deadline=max(event.starts_at, now() + timedelta(minutes=10)),
    )


def _put_in(rsvp: Rsvp, event: Event, last: OutboxMail | None) -> None:
    # It replaces whatever has not left yet, also news of a new time: then it says that, too.
    extra: JSONDict = {"before": known_before(last)} if last else {}
    invite = next_request(rsvp.head, event, partstat=rsvp.head.partstat)
    status, place = rsvp.status.value, place_in_line(rsvp)
    send_with_invite("invite_moved", rsvp, event, invite, status=status, place=place, **extra)


def masked(address: str) -> str:
    """``a…@example.org``: its owner knows which is meant, a stranger learns no address."""
    return f"{address[0]}…@{domain_of(address)}"


def _render_link(mail: OutboxMail) -> Rendered:
    return render_pending("address_confirm", mail)


def _render_gone(mail: OutboxMail) -> Rendered:
    """With the CANCEL if that calendar may know the event: looked up now, because an invite may
    have been leaving while the address was changed."""
    invite = Invite.from_json(mail.facts["invite"])
    known = mail.facts["was_known"] or _has_left(mail)
    return Rendered(compose(mail, invite=invite if known else None))


def _has_left(gone: OutboxMail) -> bool:
    earlier = sa.select(OutboxMail.id).where(
        OutboxMail.calendar_key == gone.facts["was_key"],
        OutboxMail.recipient == gone.recipient,
        OutboxMail.id < gone.id,
        OutboxMail.state.in_(_ON_ITS_WAY),
    )
    return db.session.scalar(earlier.limit(1)) is not None


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    plain_kind("address_asked")
    kind("address_confirm", _render_link, holds_secret=True)
    plain_kind("address_taken")
    plain_kind("address_changed")
    kind("invite_gone", _render_gone)
    kind("invite_moved", render_with_invite)
