"""Notices to people who are invited to an event: the invitation, and what follows unanswered."""

from datetime import datetime

import sqlalchemy as sa

from community.calendar.invites import calendar_key, next_cancel, next_request
from community.core.db import db
from community.core.types import JSONDict
from community.core.walltime import to_local
from community.events.models import Event, EventStatus
from community.events.queries import get_event
from community.events.visibility import shown_to_answer
from community.mail.broadcasts import queue_broadcast, register_expander
from community.mail.kinds import Purpose
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import newest_by_calendar
from community.mail.rendering import Words, word
from community.membership.models import Person
from community.notices.facts import (
    event_as_read,
    event_facts,
    is_elsewhere,
    is_moved,
    known_before,
    told,
)
from community.notices.mails import kind
from community.notices.rsvp import render_with_invite, send_with_invite
from community.rsvp.changes import (
    Declined,
    InvitationsAsked,
    PersonInvited,
    PersonReminded,
    RemindersAsked,
)
from community.rsvp.guest_lists import invite_batch
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp
from community.rsvp.reminding import remind_batch

_NOBODY_WAITS = 6  # hundreds of these stand behind what somebody is waiting for
_ON_ITS_WAY = {MailState.QUEUED, MailState.SENDING, MailState.HELD}


def invite_everybody(change: InvitationsAsked) -> None:
    """Have the worker invite the people of a list."""
    queue_broadcast("event_invitation", {"list_id": change.list_id})


def _expand_invitations(facts: JSONDict, _cursor: int, _size: int) -> int | None:
    return invite_batch(facts["list_id"])  # the list keeps a cursor of its own


def send_invitation(change: PersonInvited) -> None:
    """You are invited: the calendar asks, and the link leads to a page of one's own."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    invite = next_request(rsvp.head, event, partstat=Partstat.NEEDS_ACTION)
    send_with_invite(
        "event_invitation",
        rsvp,
        event,
        invite,
        urgency=_NOBODY_WAITS,
        **invitation_facts(rsvp.reserved_until, event, change.invited_by, change.word),
    )


def remind_everybody(change: RemindersAsked) -> None:
    """Have the worker remind who has not answered."""
    facts = {
        "event_id": change.event_id,
        "asked_by": change.asked_by,
        "chosen": None if change.chosen is None else list(change.chosen),
        "word": change.word,
    }
    queue_broadcast("invitation_reminder", facts)


def _expand_reminders(facts: JSONDict, cursor: int, size: int) -> int | None:
    return remind_batch(
        facts["event_id"],
        facts["asked_by"],
        cursor,
        size,
        chosen=facts["chosen"],
        word=facts["word"],
    )


def send_reminder(change: PersonReminded) -> None:
    """Please answer."""
    remind_person(change)


def remind_person(change: PersonReminded) -> int | None:
    """Please answer; the mail's id.

    Mostly nothing about the event is new, so that its SEQUENCE stays.

    Who has not even got the invitation gets that: a reminder would replace it, and its word. If the
    event has changed, and the mails that say so are not made yet, this one is in their place.
    """
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    key = calendar_key(rsvp.head)
    last = newest_by_calendar([key]).get(key)
    if last is not None and last.state in _ON_ITS_WAY:
        return None
    facts = invitation_facts(rsvp.reserved_until, event, change.reminded_by, change.word)
    is_news = False
    if last is not None:
        stated = told(last.facts)
        after = told(event_facts(event, shown_to_answer(event, rsvp.status)))
        is_news = is_moved(stated, after) or is_elsewhere(stated, after)
        facts |= {"before": known_before(last)} if is_news else {}
    invite = next_request(rsvp.head, event, partstat=rsvp.head.partstat, bump=is_news)
    return send_with_invite(
        "invitation_reminder", rsvp, event, invite, urgency=_NOBODY_WAITS, **facts
    )


def confirm_declining(change: Declined) -> None:
    """You said no to an invitation: told, because whoever has the mailed link can do that."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    if rsvp.person.erased_at is not None or rsvp.invited_at is None or rsvp.head.dtstamp is None:
        return
    if change.by_calendar:
        return  # without a CANCEL they can change their mind in the calendar
    invite = next_cancel(rsvp.head, event, partstat=Partstat.DECLINED)
    send_with_invite("left", rsvp, event, invite, was=RsvpStatus.INVITED.value)


def invitation_facts(
    reserved_until: datetime | None, event: Event, by: int | None, said: str
) -> JSONDict:
    """What an invitation states beside the event; ``until`` as wall time, or left out."""
    person = db.session.get(Person, by) if by is not None else None
    facts: JSONDict = {"word": said, "inviter": person.name if person else ""}
    if reserved_until is not None:
        facts["until"] = to_local(reserved_until, event.timezone).isoformat()
    return facts


def preview(
    event: Event, inviter: int | None, said: str, reserved_until: datetime | None, name: str
) -> Words:
    """The invitation as somebody of that ``name`` will read it, with a link that leads nowhere."""
    facts = {
        **event_facts(event),
        **invitation_facts(reserved_until, event, inviter, said),
        "party_size": 1,
        "guests": [],
        "rsvp_token": "their-own-page",
    }
    return word(
        "event_invitation",
        recipient_name=name,
        facts_of_event=event_as_read(facts),
        has_invite=True,
        **facts,
    )


def _unwanted(mail: OutboxMail) -> str:
    """What may have happened since it was queued."""
    stands = (
        sa.select(Rsvp.status, Event.status)
        .join(Attendee, Attendee.rsvp_id == Rsvp.id)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Attendee.id == mail.facts["attendee_id"], Attendee.position == 0)
    )
    found = db.session.execute(stands).first()
    if found is None or found[0] != RsvpStatus.INVITED:
        return "the person has answered, or is invited no longer"
    return "" if found[1] == EventStatus.PUBLISHED else "the event is off"


def register_kinds() -> None:
    """Make the mails and broadcasts of this module known."""
    for name in ("event_invitation", "invitation_reminder"):
        kind(name, render_with_invite, purpose=Purpose.NEWS, unwanted=_unwanted)
    register_expander("event_invitation", _expand_invitations)
    register_expander("invitation_reminder", _expand_reminders)
