"""Notices about two records of one person that became one."""

from datetime import timedelta

from community.calendar.invites import calendar_key, next_cancel
from community.core.clock import now
from community.core.types import JSONDict
from community.events.queries import get_event
from community.mail.outbox import queue_mail
from community.membership.queries import get_person
from community.notices.addresses import masked
from community.notices.facts import event_facts
from community.notices.mails import kind, plain_kind
from community.notices.rsvp import render_with_invite
from community.privacy.changes import AnswerFolded, RecordsMerged
from community.rsvp.models import Partstat, RsvpStatus
from community.rsvp.queries import get_rsvp


def tell_both(change: RecordsMerged) -> None:
    """Every mailbox that opens the account now, the one that was another's included."""
    person = get_person(change.person_id)
    addresses = [one.address for one in person.addresses]
    for address in addresses:
        others = [masked(other) for other in addresses if other != address]
        queue_mail(
            "records_merged",
            to=address,
            name=person.name,
            facts={"address": address, "others": others},
            person_id=person.id,
            urgency=2,  # read first, it explains the mails about single events
        )


def tell_folded(change: AnswerFolded) -> None:
    """One seat is enough: the other answer stays, and this calendar lets the event go."""
    rsvp, event = get_rsvp(change.rsvp_id), get_event(change.event_id)
    head, kept = rsvp.head, get_rsvp(change.kept_rsvp_id)
    if not head.address:
        return
    facts: JSONDict = {
        **event_facts(event),
        "attendee_id": head.id,
        "status": kept.status.value,
        "seats": kept.party_size,
    }
    has_entry = head.dtstamp is not None and change.was != RsvpStatus.REQUESTED
    if change.was == RsvpStatus.INVITED and not has_entry:
        return  # nothing was taken away from anybody
    if has_entry:
        facts["invite"] = next_cancel(head, event, partstat=Partstat.DECLINED).to_json()
    queue_mail(
        "seat_folded",
        to=head.address,
        name=head.name,
        facts=facts,
        person_id=kept.person_id,
        event_id=event.id,
        calendar_key=calendar_key(head) if has_entry else None,
        urgency=3,
        deadline=max(event.starts_at, now() + timedelta(minutes=10)),
    )


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    plain_kind("records_merged")
    kind("seat_folded", render_with_invite)
