"""Answers of visitors, which wait for the mailed page's button and hold nothing until then."""

from collections.abc import Sequence

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import NotFound
from community.core.text import clean_line, clean_text
from community.events import visibility
from community.events.models import Visibility
from community.events.queries import get_event
from community.events.visibility import Phase
from community.membership.joining import person_at
from community.membership.models import Pending, PendingKind
from community.membership.pending import redeem, remember
from community.rsvp.changes import RsvpAsked
from community.rsvp.models import Rsvp, Source
from community.rsvp.opening import require_open
from community.rsvp.party import Guest, check_party
from community.rsvp.respond import say_no, say_yes


@transactional
def ask_to_answer(
    event_id: int,
    *,
    name: str,
    email: str,
    coming: bool = True,
    guests: Sequence[Guest] = (),
    dietary: str = "",
    note: str = "",
    browser: str = "",
) -> None:
    """Note a visitor's answer and have a mail sent. No seat, no place in line, no person yet."""
    address = normal_address(email)
    event = get_event(event_id)
    hidden = event.visibility != Visibility.PUBLIC
    if hidden or visibility.phase(event, now()) == Phase.DRAFT:
        raise NotFound("event")
    require_open(event)
    check_party(event, guests)
    payload = {
        "event_id": event.id,
        "name": clean_line(name),
        "coming": coming,
        "guests": [
            [clean_line(g.name), clean_line(g.dietary), clean_line(g.address)] for g in guests
        ],
        "dietary": clean_line(dietary),
        "note": clean_text(note),
    }
    pending = remember(PendingKind.RSVP, address, payload, browser=browser)
    record(RsvpAsked(pending.id, event.id))


@transactional
def confirm_answer(token: str) -> tuple[Rsvp, Pending]:
    """Give the visitor's answer, now that the address is proven. Refuses a dead link.

    When the answer itself is refused (the event closed meanwhile) the link stays good.
    """
    pending = redeem(PendingKind.RSVP, token)
    facts = pending.payload
    person = person_at(pending.address, name=facts["name"])
    if not facts["coming"]:
        return say_no(person.id, facts["event_id"], word=facts["note"]), pending
    rsvp = say_yes(
        person.id,
        facts["event_id"],
        guests=[Guest(*typed) for typed in facts["guests"]],
        dietary=facts["dietary"],
        note=facts["note"],
        source=Source.WEB,
    )
    return rsvp, pending
