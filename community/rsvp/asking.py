"""Answers of visitors, which wait for the mailed page's button and hold nothing until then."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, clean_text
from community.events import visibility
from community.events.models import Visibility
from community.events.queries import get_event
from community.events.visibility import Phase
from community.membership.joining import person_at
from community.membership.models import Pending, PendingKind
from community.membership.pending import asked_here, redeem, remember
from community.membership.sessions import open_session
from community.rsvp.answering import require_whole, with_checked_answers
from community.rsvp.answers import Answers, Given, Typed
from community.rsvp.changes import RsvpAsked
from community.rsvp.models import Rsvp, Source
from community.rsvp.opening import require_open
from community.rsvp.party import Answer, Guest, check_party, with_own_addresses
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
    answers: Answers | None = None,
    require_answers: bool = False,
    browser: str = "",
) -> None:
    """Note a visitor's answer and have a mail sent. No seat, no place in line, no person yet.

    Answers to questions are checked now and kept with the words that were asked: a question that
    changes before the mail is opened does not make the visitor begin again.
    """
    address = normal_address(email)
    event = get_event(event_id)
    hidden = event.visibility != Visibility.PUBLIC
    if hidden or visibility.phase(event, now()) == Phase.DRAFT:
        raise NotFound("event")
    require_open(event)
    if not clean_line(name):
        raise Refused("name_missing", field="name")
    check_party(event, guests)
    with_own_addresses([address], guests)  # before the mail: its page has nothing to mend it with
    said = with_checked_answers(
        event.id, Answer(guests, answers=answers, require_answers=require_answers)
    )
    if coming:
        require_whole(event.id, None, said, said.guests)
    payload = {
        "event_id": event.id,
        "name": clean_line(name),
        "coming": coming,
        "guests": [
            [clean_line(g.name), clean_line(g.dietary), clean_line(g.address)] for g in guests
        ],
        "guest_answers": [_kept(guest.answers) for guest in said.guests or ()],
        "answers": _kept(said.answers),
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
        guests=[
            Guest(name, dietary, address, _asked_then(kept))
            for (name, dietary, address), kept in zip_longest(
                facts["guests"], facts.get("guest_answers", [])
            )
        ],
        dietary=facts["dietary"],
        note=facts["note"],
        answers=_asked_then(facts.get("answers")),
        source=Source.WEB,
    )
    return rsvp, pending


@transactional
def confirm_and_enter(token: str, *, asked_by: str | None, agent: str) -> tuple[Rsvp, str]:
    """Give the visitor's answer, and sign in the browser that asked for it, at once or not at all.

    ``asked_by`` is the secret of the browser that confirms. The answer, and the token for its
    cookie: ``""`` for another browser, and where the membership is closed.
    """
    rsvp, pending = confirm_answer(token)
    if not asked_by or not asked_here(pending, asked_by):
        return rsvp, ""
    try:
        return rsvp, open_session(rsvp.person, proof="rsvp", browser=agent, known=asked_by)
    except Refused:
        return rsvp, ""  # the answer counts all the same


def _kept(answers: Answers | None) -> dict[str, Any]:
    given = (answers or {}).items()
    return {str(one): answer.as_json for one, answer in given if isinstance(answer, Given)}


def _asked_then(kept: Mapping[str, Any] | None) -> dict[int, Typed | Given | None]:
    return {int(one): Given.of(answer) for one, answer in (kept or {}).items()}
