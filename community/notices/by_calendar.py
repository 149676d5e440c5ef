"""Notices that follow from answers by calendar, where these did not do what they said.

Who answers in a calendar and gets what they said gets no mail: the calendar shows it already.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from community.calendar.facts import Invite
from community.calendar.invites import calendar_key, next_cancel, next_request
from community.calendar.received_models import ReceivedMail
from community.core.clock import now
from community.core.dates import hours, weekday_day
from community.core.db import db, rows_changed
from community.core.links import link
from community.core.tokens import digest, new_token
from community.core.walltime import to_local
from community.events.models import Event
from community.events.queries import get_event, is_host
from community.events.visibility import shown_to_answer, shown_to_team
from community.mail.kinds import Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.notices.facts import event_facts
from community.notices.mails import compose, kind
from community.notices.rsvp import (
    confirm_seat,
    render_with_invite,
    send_with_invite,
    tell_requested,
    tell_waiting,
)
from community.rsvp.answering import asked_at, missing
from community.rsvp.by_calendar import may_be_asked_again
from community.rsvp.calendar_changes import (
    AnswerDoubted,
    AnsweredOutdated,
    AnswerRejected,
    MaybeLeft,
    UnprovenAccepted,
    UnprovenLeft,
    WaitingAccepted,
    WordsReceived,
)
from community.rsvp.changes import ApprovalAsked, PutOnWaitlist, SeatGiven
from community.rsvp.guests import guest_token
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp

_CONFIRM_WITHIN = timedelta(days=7)


def ask_what_is_open(change: SeatGiven) -> None:
    """A calendar cannot answer the event's questions: one mail asks for what must be answered."""
    if not change.by_calendar:
        return
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    open_ones = list(missing(asked_at(event.id), rsvp))
    if open_ones:
        labels = list(dict.fromkeys(question.label for _prefix, question in open_ones))
        send_with_invite("answers_missing", rsvp, event, None, questions=labels)


def tell_where_they_wait(change: WaitingAccepted) -> None:
    """You accepted, and are in line still: the calendar that shows a seat is set right."""
    rsvp = get_rsvp(change.rsvp_id)
    if rsvp.status == RsvpStatus.REQUESTED:
        tell_requested(ApprovalAsked(rsvp.id, change.event_id, by_calendar=True))
    else:
        tell_waiting(PutOnWaitlist(rsvp.id, change.event_id))


def tell_of_seat(change: UnprovenAccepted) -> None:
    """You are going: told, because whoever holds a forwarded invitation can answer with it."""
    confirm_seat(SeatGiven(change.rsvp_id, change.event_id, promoted=False))


def tell_of_leaving(change: UnprovenLeft | MaybeLeft) -> None:
    """You are off the list, with a page to undo it. Without a CANCEL a calendar can, too."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    was = change.was if isinstance(change, UnprovenLeft) else "maybe"
    send_with_invite("left_by_calendar", rsvp, event, None, was=was)


def tell_rejected(change: AnswerRejected) -> None:
    """You accepted, and it could not be taken: the calendar is told, too."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    head = rsvp.head
    if head.id != change.attendee_id:
        return  # a guest has no page on which they could do better
    invite = None
    if change.code != "winmail" and head.dtstamp is not None and event.ends_at > now():
        if change.code == "event_not_open_yet":
            invite = next_request(head, event, partstat=Partstat.NEEDS_ACTION)
        else:
            invite = next_cancel(head, event, partstat=Partstat.DECLINED)
    send_with_invite("answer_rejected", rsvp, event, invite, code=change.code)


def ask_again(change: AnsweredOutdated) -> None:
    """The invite as it stands: it was asked for, or what was answered is no longer so."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    head = db.session.get(Attendee, change.attendee_id)
    if head is None or not may_be_asked_again(head):
        return
    invite = next_request(head, event, partstat=head.partstat, bump=False)
    if head.position == 0:
        send_with_invite("answer_again", rsvp, event, invite, moved=change.moved, guest_token="")
    else:
        _send_guest(head, rsvp, event, invite, moved=change.moved)


def _send_guest(guest: Attendee, rsvp: Rsvp, event: Event, invite: Invite, **facts: object) -> None:
    assert guest.address is not None
    queue_mail(
        "answer_again",
        to=guest.address,
        name=guest.name,
        facts={
            **event_facts(event, shown_to_answer(event, rsvp.status)),
            "brought_by": rsvp.person.name,
            "rsvp_token": "",
            "guest_token": guest_token(guest, rsvp),
            "attendee_id": guest.id,
            "invite": invite.to_json(),
            **facts,
        },
        event_id=event.id,
        calendar_key=calendar_key(guest),
        urgency=3,
        deadline=max(event.starts_at, now() + timedelta(minutes=10)),
    )


def ask_whether_it_was_them(change: AnswerDoubted) -> None:
    """Somebody answered with your invitation: was it you? The button of the page makes it count."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    received = db.session.get_one(ReceivedMail, change.mail_id)
    head = db.session.get(Attendee, change.attendee_id)
    if head is None or not head.address or event.ends_at <= now():
        return
    expires = min(now() + _CONFIRM_WITHIN, event.ends_at)
    received.token_expires_at = expires
    queue_mail(
        "answer_doubted",
        to=head.address,
        name=head.name,
        facts={
            **event_facts(event, shown_to_answer(event, rsvp.status)),
            "received_id": received.id,
            "partstat": received.partstat.value if received.partstat else "",
            "answered_as": received.answered_as,
            "another": received.detail == "another_address",
            "until": to_local(expires, event.timezone).isoformat(),
        },
        person_id=rsvp.person_id if head.position == 0 else None,
        event_id=event.id,
        urgency=3,
        deadline=expires,
    )


def _render_doubted(mail: OutboxMail) -> Rendered:
    token = new_token()

    def store() -> None:
        received = sa.update(ReceivedMail).where(
            ReceivedMail.id == mail.facts["received_id"], ReceivedMail.token_used_at.is_(None)
        )
        rows_changed(received.values(token_hash=digest(token)))

    return Rendered(compose(mail, url=link("answer_confirm", token=token)), store)


def forward_words(change: WordsReceived) -> None:
    """What somebody wrote back, to the event's hosts, who can answer it."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    received = db.session.get_one(ReceivedMail, change.mail_id)
    head = db.session.get(Attendee, received.attendee_id) if received.attendee_id else rsvp.head
    if head is None or rsvp.person.erased_at is not None:
        return
    proposed: list[str] = []
    if received.proposed_start is not None and received.proposed_end is not None:
        instants = (received.proposed_start, received.proposed_end)
        proposed = [to_local(one, event.timezone).isoformat() for one in instants]
    for host in event.hosts:
        if not host.address or host.id == rsvp.person_id:
            continue
        queue_mail(
            "reply_in_words",
            to=host.address,
            name=host.name,
            facts={
                **event_facts(event, shown_to_team(event)),
                "writer": head.name,
                "writer_rsvp_id": rsvp.id,
                "words": received.words,
                "reply_to": head.address or "",
                "proposed": proposed,
                "elsewhere": change.elsewhere,
            },
            person_id=host.id,
            event_id=event.id,
            urgency=3,
        )


def _render_words(mail: OutboxMail) -> Rendered:
    page = link("replies", slug=mail.facts["event_slug"])
    when = ""
    if mail.facts["proposed"]:
        starts, ends = map(datetime.fromisoformat, mail.facts["proposed"])
        when = f"{weekday_day(starts)}, {hours(starts, ends)}"
    return Rendered(compose(mail, url=page, proposed=when))


def _is_no_host(mail: OutboxMail) -> str:
    """What a guest wrote is for the event's hosts: whoever was taken off the team gets it not."""
    if mail.event_id is None or not is_host(mail.event_id, mail.person_id):
        return "the person is no host of the event any more"
    return ""


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("answers_missing", render_with_invite)
    kind("left_by_calendar", render_with_invite)
    kind("answer_rejected", render_with_invite)
    kind("answer_again", render_with_invite)
    kind("answer_doubted", _render_doubted, holds_secret=True)
    kind("reply_in_words", _render_words, unwanted=_is_no_host)
