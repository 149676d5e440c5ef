"""What the example organizers ask, whom they invite and who helps, and what people answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, EventHost, HostRole
from community.membership.models import Person
from community.rsvp import guest_lists
from community.rsvp.answers import NO, YES, Typed
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from community.rsvp.questions import QuestionDraft, add_question

DOOR = "linh.tran@example.net"

_ASKED: Mapping[str, tuple[QuestionDraft, ...]] = {
    "the-catalogue-day": (
        QuestionDraft(
            QuestionKind.ONE_OF,
            "Which session in the afternoon?",
            help="Each has forty chairs. You may change your mind until the list closes.",
            options=("Lineage that survives", "Contracts, signed twice", "Deleting tables"),
            required=True,
            asked_of=AskedOf.EACH,
        ),
        QuestionDraft(QuestionKind.YES_NO, "Do you join from your desk?"),
        QuestionDraft(QuestionKind.NUMBER, "How many tables does your catalogue hold?"),
        QuestionDraft(QuestionKind.LONG_TEXT, "Which table would you delete first, and why?"),
    ),
    "mentoring-circle-the-first-hundred-days": (
        QuestionDraft(QuestionKind.SHORT_TEXT, "In which week of the hundred are you?"),
    ),
}
_WORDS = (
    "The one that was called temporary in 2014.",
    "Customers_final_v2. Nobody has read it since the merger.",
    "All that end in _old, once I know who still reads them.",
)

_LIST = """\
Hedda Quist, hedda.quist@example.com
Tomasz Wilk <tomasz.wilk@example.org>
James Whitaker, james.whitaker@example.com
Zanele Dlamini, zanele.dlamini@example.net
Katarina Novak, katarina.novak@example.org
Hedda Quist, HEDDA.QUIST@example.com
Somebody from the harbor office
"""
_WORD = "There will be one conversation at the table that needs you. Do come."
_NEXT_LIST = """\
name;email;company;table
Olena Kovalenko;olena.kovalenko@example.org;Dnipro Robotics;Window
Miguel Santos;miguel.santos@example.net;Porto Municipal;Window
Ida Falk;ida.falk@example.com;Falk & Søn;
;nobody;;
"""


def ask_questions(event: Event, owner: Person) -> list[Question]:
    """Ask what the hosts of an example event want to know."""
    return [add_question(owner.id, event.id, draft) for draft in _ASKED.get(event.slug, ())]


def answers_of(
    questions: Sequence[Question], number: int, *, guest: bool = False
) -> dict[int, Typed]:
    """What the person of that number answers, or a guest of theirs. Not everybody answers all."""
    return {
        one.id: _answer(one, number)
        for one in questions
        if (one.required or number % 3 != 2) and (one.is_for_guests or not guest)
    }


def _answer(question: Question, number: int) -> Typed:
    ids = list(question.labels)
    match question.kind:
        case QuestionKind.ONE_OF:
            return Typed(options=(ids[number % len(ids)],))
        case QuestionKind.YES_NO:
            return Typed(NO if number % 4 else YES)
        case QuestionKind.NUMBER:
            return Typed(str(400 + 137 * number))
        case QuestionKind.SHORT_TEXT:
            return Typed(f"The {3 + 2 * number}th, by now.")
        case _:
            return Typed(_WORDS[number % len(_WORDS)])


def invite_people(event: Event, owner: Person) -> set[int]:
    """Invite some who have not answered yet, and leave another list to be looked at.

    The ids of the lists: they are worked on here, and not by the worker.
    """
    if event.slug != "boston-leadership-dinner":
        return set()
    sent = guest_lists.hand_in(owner.id, event.id, _LIST, message=_WORD)
    guest_lists.send_invitations(owner.id, event.id, sent.id)
    while guest_lists.invite_batch(sent.id) is not None:
        pass
    until = now() + timedelta(days=7)
    seen = guest_lists.hand_in(owner.id, event.id, _NEXT_LIST, message=_WORD, reserve_until=until)
    return {sent.id, seen.id}


def add_door(event: Event, members: Sequence[Person]) -> None:
    """Let somebody who is not on the list work at the door."""
    helper = next(member for member in members if member.address == DOOR)
    db.session.add(EventHost(event_id=event.id, person_id=helper.id, role=HostRole.DOOR))
