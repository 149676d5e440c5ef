"""The questions of an event beside what a party says to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import Refused
from community.core.types import JSONDict
from community.rsvp.answers import Answers, Given, check_answer, merged
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Answer, Guest, matched
from community.rsvp.question_models import MOST_KEPT, Question

# Made once, because every answer asks it.
_OF_EVENT = (
    sa.select(Question)
    .where(Question.event_id == sa.bindparam("event_id"))
    .order_by(Question.position, Question.id)
    .limit(MOST_KEPT)
)


def questions_of(event_id: int) -> list[Question]:
    """Every question of an event in order, retired ones included."""
    return list(db.session.scalars(_OF_EVENT, {"event_id": event_id}))


def asked_at(event_id: int) -> list[Question]:
    """The questions that the form asks now, in order."""
    return [one for one in questions_of(event_id) if one.retired_at is None]


def count_answers(event_id: int, questions: Sequence[Question]) -> dict[int, int]:
    """How many heads answered each of these questions; one pass over the event's attendees."""
    if not questions:
        return {}
    # Keys of what is kept are numbers, and a quotation mark inside a text is written \".
    kept = sa.cast(Attendee.answers, sa.Text)
    counted = [sa.func.count().filter(kept.contains(f'"{one.id}":')) for one in questions]
    query = sa.select(*counted).select_from(Attendee).join(Rsvp).where(Rsvp.event_id == event_id)
    return dict(zip((one.id for one in questions), db.session.execute(query).one(), strict=True))


def with_checked_answers(event_id: int, answer: Answer) -> Answer:
    """The same with every answer as it will be kept.

    Refuses an answer to what this event does not ask (any more), and one that its question cannot
    mean. What was checked before, and is of this event, passes: it was asked that way.
    """
    guests = answer.guests or ()
    if not answer.answers and not any(guest.answers for guest in guests):
        return answer
    questions = {one.id: one for one in questions_of(event_id)}
    checked = [
        replace(guest, answers=_checked(questions, guest.answers, f"guest-{n}-"))
        for n, guest in enumerate(guests, start=1)
    ]
    own = _checked(questions, answer.answers, "")
    return replace(answer, answers=own, guests=None if answer.guests is None else checked)


def checked_as_guest(event_id: int, known: JSONDict, typed: Answers) -> JSONDict:
    """What is kept of a guest who answers for themselves, ``known`` being what is kept now.

    Refuses what guests are not asked, and a required question that stays without an answer.
    """
    questions = {one.id: one for one in questions_of(event_id) if one.is_for_guests}
    kept = merged(known, _checked(questions, typed, ""))
    for one in questions.values():
        if one.required and one.retired_at is None and str(one.id) not in kept:
            raise Refused("answer_missing", field=f"answer-{one.id}")
    return kept


def _checked(
    questions: Mapping[int, Question], typed: Answers | None, prefix: str
) -> dict[int, Given | None]:
    found: dict[int, Given | None] = {}
    for question_id, one in (typed or {}).items():
        question = questions.get(question_id)
        if isinstance(one, Given):
            if question is not None:
                found[question_id] = one
            continue
        if question is None or question.retired_at is not None:
            raise Refused("question_gone")
        if prefix and not question.is_for_guests:
            raise Refused("question_gone")
        field = f"{prefix}answer-{question_id}"
        found[question_id] = check_answer(question, one, field) if one is not None else None
    return found


def require_whole(
    event_id: int, rsvp: Rsvp | None, answer: Answer, guests: Sequence[Guest] | None
) -> None:
    """Refuse when a required question stays without an answer, where ``answer`` demands them.

    A calendar's answer does not: it takes the seat, and the page asks later.
    """
    if answer.require_answers:
        for prefix, question in missing(asked_at(event_id), rsvp, answer, guests):
            raise Refused("answer_missing", field=f"{prefix}answer-{question.id}")


class Required(Protocol):
    """What :func:`missing` needs to know of a question."""

    @property
    def id(self) -> int: ...
    @property
    def required(self) -> bool: ...
    @property
    def is_for_guests(self) -> bool: ...


Q = TypeVar("Q", bound=Required)


def missing(
    questions: Sequence[Q],
    rsvp: Rsvp | None,
    answer: Answer | None = None,
    guests: Sequence[Guest] | None = None,
) -> Iterator[tuple[str, Q]]:
    """The required questions that stay open, each with what its field's name begins with."""
    required = [one for one in questions if one.required]
    if not required:
        return
    for prefix, known, given in _heads(rsvp, answer or Answer(), guests):
        for question in required:
            if prefix and not question.is_for_guests:
                continue
            is_open = str(question.id) not in known
            if question.id in given:
                is_open = given[question.id] is None
            if is_open:
                yield prefix, question


def _heads(
    rsvp: Rsvp | None, answer: Answer, guests: Sequence[Guest] | None
) -> Iterator[tuple[str, JSONDict, Answers]]:
    """Prefix, what is known and what is given, for the person and for each guest."""
    attendees = rsvp.attendees if rsvp is not None else []
    yield "", attendees[0].answers if attendees else {}, answer.answers or {}
    if guests is None:
        for n, head in enumerate(attendees[1:], start=1):
            yield f"guest-{n}-", head.answers, {}
        return
    for n, (guest, found) in enumerate(
        zip(guests, matched(attendees[1:], guests), strict=True), start=1
    ):
        yield f"guest-{n}-", found.answers if found else {}, guest.answers or {}
