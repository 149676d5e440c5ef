"""Notices about one person's answer, each with the calendar message that belongs to it."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from community.calendar.facts import Invite
from community.calendar.invites import (
    calendar_key,
    message_id,
    next_cancel,
    next_request,
    organizer_address,
)
from community.core.clock import now
from community.core.db import Base, db
from community.core.qr import qr_png
from community.core.types import JSONDict
from community.core.walltime import to_local
from community.events.models import Event
from community.events.queries import get_event
from community.events.visibility import shown_to_answer
from community.mail.kinds import Rendered
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import newest_by_calendar, queue_mail
from community.membership.models import Pending
from community.notices.facts import event_facts, known_before, rsvp_facts, told
from community.notices.mails import compose, kind
from community.notices.membership import render_pending
from community.rsvp.answering import asked_at, missing
from community.rsvp.changes import (
    ApprovalAsked,
    PartyChanged,
    PutOnWaitlist,
    RequestRefused,
    RsvpAsked,
    SeatAdded,
    SeatGiven,
    SeatLapsed,
    SeatLeft,
    SeatOffered,
    SeatRemoved,
    WalkedIn,
)
from community.rsvp.codes import code_link, code_of
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.queries import food_is_open, get_rsvp, place_in_line

_WITH_CODE = frozenset({"seat_given", "seat_added", "guest_going"})  # for the door
# Built once, because putting it together takes longer than running it.
_ATTENDEES = Base.metadata.tables["attendees"]
_FIRST_INVITED = (
    sa.update(_ATTENDEES)
    .where(
        _ATTENDEES.c.id == sa.bindparam("attendee"),
        _ATTENDEES.c.uid == sa.bindparam("its"),
        _ATTENDEES.c.invited_at.is_(None),
    )
    .values(invited_at=sa.bindparam("at"))
)


def send_rsvp_link(change: RsvpAsked) -> None:
    """The link behind which a visitor's answer waits."""
    pending = db.session.get_one(Pending, change.pending_id)
    event = get_event(change.event_id)
    queue_mail(
        "rsvp_confirm",
        to=pending.address,
        name="",  # typed by whoever sat there: no name of a stranger's choice in the header
        facts={
            **event_facts(event),
            "pending_id": pending.id,
            "name": pending.payload["name"],
            "coming": pending.payload["coming"],
            "party_size": 1 + len(pending.payload["guests"]),
        },
        event_id=event.id,
        urgency=1,
        deadline=pending.expires_at,
    )


def confirm_seat(change: SeatGiven) -> None:
    """You are going: with the invite that puts it into the calendar as accepted.

    Who said so in a calendar that has the event as it is gets no mail.
    """
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    key = calendar_key(rsvp.head)
    absent = change.promoted or change.by_calendar
    last = newest_by_calendar([key]).get(key) if absent else None
    if change.by_calendar and last is not None and _is_right(last, rsvp, event):
        return
    extra: JSONDict = {"promoted": change.promoted}
    if last is not None:
        # They did not look at the page today: a new time since the last mail is said, too.
        extra["before"] = known_before(last)
    invite = next_request(rsvp.head, event, partstat=Partstat.ACCEPTED)
    send_with_invite("seat_given", rsvp, event, invite, **extra)


def _is_right(last: OutboxMail, rsvp: Rsvp, event: Event) -> bool:
    """Whether what a calendar got with its newest mail is what it would get now.

    After a CANCEL it needs a REQUEST, and one that has not left would ask again.
    """
    if last.state != MailState.SENT or last.facts.get("invite", {}).get("method") != "REQUEST":
        return False
    return told(last.facts) == told(event_facts(event, shown_to_answer(event, rsvp.status)))


def tell_waiting(change: PutOnWaitlist) -> None:
    """You are in line: tentative in the calendar."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    invite = next_request(rsvp.head, event, partstat=Partstat.TENTATIVE)
    place, hours = place_in_line(rsvp), event.offer_hours
    send_with_invite("waitlisted", rsvp, event, invite, place=place, held_for_hours=hours)


def tell_requested(change: ApprovalAsked) -> None:
    """Your request is with the organizers. Nothing enters the calendar yet.

    Nor does it stay in one in which they accepted: that shows a seat.
    """
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    shown = change.by_calendar and rsvp.head.dtstamp is not None
    invite = next_cancel(rsvp.head, event, partstat=Partstat.NEEDS_ACTION) if shown else None
    send_with_invite("requested", rsvp, event, invite)


def tell_refused(change: RequestRefused) -> None:
    """No seat this time. Nothing had entered the calendar."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    send_with_invite("refused", rsvp, event, None, word=change.word)


def confirm_leaving(change: SeatLeft) -> None:
    """You are not coming any more: with a CANCEL when a calendar may know the event."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    if rsvp.person.erased_at is not None:
        return  # their last mail says that every seat was given back
    if change.by_calendar:
        return  # without a CANCEL they can change their mind in the calendar
    was_asking = change.was == RsvpStatus.REQUESTED
    invite = None if was_asking else next_cancel(rsvp.head, event, partstat=Partstat.DECLINED)
    send_with_invite("left", rsvp, event, invite, was=change.was)


def tell_offered(change: SeatOffered) -> None:
    """A seat is held for you: the calendar asks, because only an answer takes it."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    assert rsvp.reserved_until is not None
    invite = next_request(rsvp.head, event, partstat=Partstat.NEEDS_ACTION)
    until = to_local(rsvp.reserved_until, event.timezone).isoformat()
    send_with_invite("offered", rsvp, event, invite, until=until)


def tell_lapsed(change: SeatLapsed) -> None:
    """What was held for you went to the next in line."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    invite = next_cancel(rsvp.head, event, partstat=Partstat.NEEDS_ACTION)
    send_with_invite("lapsed", rsvp, event, invite, was=change.was)


def tell_added(change: SeatAdded) -> None:
    """The hosts put you on the list, and ask what the form would have asked."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    invite = next_request(rsvp.head, event, partstat=Partstat.ACCEPTED)
    left = [one.label for prefix, one in missing(asked_at(event.id), rsvp) if not prefix]
    asks: JSONDict = {"asks": left, "asks_food": food_is_open(rsvp)}
    send_with_invite("seat_added", rsvp, event, invite, word=change.word, **asks)


def tell_walked_in(change: WalkedIn) -> None:
    """The same to whoever came without a seat, if they gave an address, while there is time."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    if rsvp.head.address is not None and event.ends_at > now():
        tell_added(SeatAdded(rsvp.id, event.id, ""))


def tell_removed(change: SeatRemoved) -> None:
    """The hosts took back a seat, a place or an invitation."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    if rsvp.head.address is None:
        return  # a walk-in who gave none
    was_asking = change.was == RsvpStatus.REQUESTED
    invite = None if was_asking else next_cancel(rsvp.head, event, partstat=Partstat.DECLINED)
    send_with_invite("removed", rsvp, event, invite, was=change.was, word=change.word)


def tell_party(change: PartyChanged) -> None:
    """Who comes along has changed. The person's own calendar stays as it is."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    send_with_invite("party_changed", rsvp, event, None, status=rsvp.status.value)


def send_with_invite(
    name: str,
    rsvp: Rsvp,
    event: Event,
    invite: Invite | None,
    urgency: int = 3,
    **facts: object,
) -> int:
    """Queue a notice to the person of an RSVP; its id.

    A newer one for the same calendar replaces it.
    """
    frozen: JSONDict = {**rsvp_facts(rsvp, event), **facts, "attendee_id": rsvp.head.id}
    if invite is not None:
        frozen["invite"] = invite.to_json()
    else:
        frozen["reply_to"] = organizer_address(rsvp.head)  # words that come back are for the hosts
    return queue_mail(
        name,
        # Where the calendar is that has the entry: of two merged records both addresses stay.
        to=invite.attendee_address if invite else rsvp.person.address,
        name=rsvp.person.name,
        facts=frozen,
        person_id=rsvp.person_id,
        event_id=event.id,
        calendar_key=calendar_key(rsvp.head) if invite else None,
        message_id=message_id(invite),
        urgency=urgency,
        deadline=max(event.starts_at, now() + timedelta(minutes=10)),
    )


def render_with_invite(mail: OutboxMail) -> Rendered:
    """A notice with its calendar part, and the note that the attendee's client may know of it.

    A CANCEL for somebody whose invite never left would put a cancelled stranger into their
    calendar: such a mail goes without the part.
    """
    said = _door_code(mail) if mail.kind in _WITH_CODE else {}
    if "invite" not in mail.facts:
        return Rendered(compose(mail, **said))
    invite = Invite.from_json(mail.facts["invite"])
    attendee_id = mail.facts["attendee_id"]
    if invite.method == "CANCEL":
        known = db.session.scalar(sa.select(Attendee.invited_at).where(Attendee.id == attendee_id))
        return Rendered(compose(mail, invite=invite if known else None))

    def store() -> None:
        # By the UID, too: with a new address an attendee has a new entry, which knows nothing yet.
        values = {"attendee": attendee_id, "its": invite.uid, "at": now()}
        db.session.execute(_FIRST_INVITED, values)

    return Rendered(compose(mail, invite=invite, **said), store)


def _door_code(mail: OutboxMail) -> dict[str, Any]:
    """Made only while the mail is rendered, as every secret: the row holds none of it."""
    head = mail.facts["attendee_id"]
    return {
        "check_in_code": code_of(head),
        "picture": qr_png(code_link(mail.facts["event_slug"], head)),
    }


def _render_rsvp_link(mail: OutboxMail) -> Rendered:
    return render_pending("rsvp_confirm", mail)


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("rsvp_confirm", _render_rsvp_link, holds_secret=True)
    kind("seat_given", render_with_invite)
    kind("waitlisted", render_with_invite)
    kind("left", render_with_invite)
    kind("requested", render_with_invite)
    kind("refused", render_with_invite)
    kind("offered", render_with_invite)
    kind("lapsed", render_with_invite)
    kind("seat_added", render_with_invite)
    kind("removed", render_with_invite)
    kind("party_changed", render_with_invite)
