"""What organizers do with the questions of an event: ask, change, order, retire, copy."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, fold, gettext
from community.core.types import JSONDict
from community.events.changes import EventCloned
from community.events.models import Event
from community.events.queries import get_event, lock_event, require_editor
from community.rsvp.answering import count_answers, questions_of
from community.rsvp.changes import (
    QuestionAdded,
    QuestionDeleted,
    QuestionEdited,
    QuestionMoved,
    QuestionRestored,
    QuestionRetired,
    QuestionsCopied,
)
from community.rsvp.question_models import (
    HELP_LENGTH,
    LABEL_LENGTH,
    MOST_KEPT,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    OPTION_LENGTH,
    WITH_OPTIONS,
    AskedOf,
    Question,
    QuestionKind,
)


@dataclass(frozen=True)
class QuestionDraft:
    """A question as an organizer typed it. ``options`` are labels, in order."""

    kind: QuestionKind
    label: str
    help: str = ""
    options: Sequence[str] = ()
    required: bool = False
    asked_of: AskedOf = AskedOf.PERSON


def get_question(event_id: int, question_id: int) -> Question:
    """The question, if it is one of this event. Raises NotFound."""
    found = sa.select(Question).where(Question.event_id == event_id, Question.id == question_id)
    # A number from an address: PostgreSQL answers one that fits no id with an error.
    question = db.session.scalar(found) if question_id < 2**31 else None
    if question is None:
        raise NotFound("question")
    return question


def common_needs() -> list[str]:
    """What a dietary question offers unless the organizer says otherwise."""
    return [
        gettext("Vegetarian"),
        gettext("Vegan"),
        gettext("Halal"),
        gettext("Kosher"),
        gettext("Gluten-free"),
        gettext("Lactose-free"),
        gettext("No nuts"),
        gettext("No shellfish"),
    ]


@transactional
def add_question(organizer_id: int, event_id: int, draft: QuestionDraft) -> Question:
    """Ask one more thing, last. Refuses more than 30 at a time."""
    event = _locked(organizer_id, event_id)
    kept = questions_of(event.id)
    _require_room(kept)
    position = max((one.position for one in kept), default=0) + 1
    question = Question(event_id=event.id, kind=draft.kind, position=position)
    _write(question, draft)
    db.session.add(question)
    db.session.flush()
    record(QuestionAdded(event.id, question.id))
    return question


@transactional
def edit_question(
    organizer_id: int, event_id: int, question_id: int, draft: QuestionDraft
) -> Question:
    """Ask it in other words. What was answered keeps the words of its time.

    An option whose label stays is the same option; any other is new. The kind cannot change once
    somebody answered.
    """
    event = _locked(organizer_id, event_id)
    question = get_question(event.id, question_id)
    if draft.kind != question.kind and _is_answered(question):
        raise Refused("kind_is_fixed", field="kind")
    before = _facts(question)
    question.kind = draft.kind
    _write(question, draft)
    changed = tuple(name for name, value in _facts(question).items() if before[name] != value)
    if changed:
        record(QuestionEdited(event.id, question.id, changed))
    return question


@transactional
def move_question(organizer_id: int, event_id: int, question_id: int, *, up: bool) -> Question:
    """Ask it one place earlier or later; at an end it stays where it is."""
    event = _locked(organizer_id, event_id)
    question = get_question(event.id, question_id)
    order = [one for one in questions_of(event.id) if one.retired_at is None]
    if question not in order:
        return question
    place = order.index(question)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
        for position, one in enumerate(order, start=1):
            one.position = position
        record(QuestionMoved(event.id, question.id))
    return question


@transactional
def retire_question(organizer_id: int, event_id: int, question_id: int) -> Question:
    """Ask it no more. Its answers stay in the list and in exports."""
    event = _locked(organizer_id, event_id)
    question = get_question(event.id, question_id)
    if question.retired_at is None:
        question.retired_at = now()
        record(QuestionRetired(event.id, question.id))
    return question


@transactional
def restore_question(organizer_id: int, event_id: int, question_id: int) -> Question:
    """Ask a retired one again."""
    event = _locked(organizer_id, event_id)
    question = get_question(event.id, question_id)
    if question.retired_at is not None:
        _require_room([one for one in questions_of(event.id) if one.retired_at is None])
        question.retired_at = None
        record(QuestionRestored(event.id, question.id))
    return question


@transactional
def delete_question(organizer_id: int, event_id: int, question_id: int) -> None:
    """Remove what nobody answered. Refuses all else: retire it instead."""
    event = _locked(organizer_id, event_id)
    question = get_question(event.id, question_id)
    if _is_answered(question):
        raise Refused("question_answered")
    db.session.delete(question)
    record(QuestionDeleted(event.id, question_id))


@transactional
def copy_questions(from_event_id: int, to_event_id: int) -> int:
    """Ask at one event what is asked at another; says how many. Retired ones are left behind.

    For cloning: whoever calls this has checked that the person may edit both.
    """
    event = lock_event(to_event_id)
    asked = [one for one in questions_of(get_event(from_event_id).id) if one.retired_at is None]
    there = questions_of(event.id)
    if len(there) + len(asked) > MOST_QUESTIONS:
        raise Refused("too_many_questions", most=MOST_QUESTIONS)
    first = max((one.position for one in there), default=0) + 1
    for position, one in enumerate(asked, start=first):
        copied = {name: getattr(one, name) for name in (*_facts(one), "last_option")}
        db.session.add(Question(event_id=event.id, position=position, **copied))
    if asked:
        record(QuestionsCopied(event.id, from_event_id, len(asked)))
    return len(asked)


def copy_to_clone(change: EventCloned) -> None:
    """A draft that was made like another event asks what that one asks."""
    copy_questions(change.source_id, change.event_id)


def _locked(organizer_id: int, event_id: int) -> Event:
    require_editor(organizer_id, event_id)
    return lock_event(event_id)


def _require_room(kept: Sequence[Question]) -> None:
    asked = sum(one.retired_at is None for one in kept)
    if asked >= MOST_QUESTIONS or len(kept) >= MOST_KEPT:
        raise Refused("too_many_questions", most=MOST_QUESTIONS)


def _is_answered(question: Question) -> bool:
    return bool(count_answers(question.event_id, [question])[question.id])


def _facts(question: Question) -> JSONDict:
    names = ("kind", "label", "help", "options", "required", "asked_of")
    return {name: getattr(question, name) for name in names}


def _write(question: Question, draft: QuestionDraft) -> None:
    label, words = clean_line(draft.label), clean_line(draft.help)
    if not label:
        raise Refused("question_missing", field="label")
    for name, text, most in (("label", label, LABEL_LENGTH), ("help", words, HELP_LENGTH)):
        if len(text) > most:
            raise Refused("answer_too_long", field=name, most=most)
    question.label, question.help = label, words
    question.required, question.asked_of = draft.required, draft.asked_of
    _write_options(question, draft)


def _write_options(question: Question, draft: QuestionDraft) -> None:
    if draft.kind not in WITH_OPTIONS:
        question.options = []
        return
    labels = [label for label in map(clean_line, draft.options) if label]
    if not labels and draft.kind == QuestionKind.DIETARY:
        labels = common_needs()
    _check_options(labels)
    known = {fold(option["label"]): option["id"] for option in question.options or ()}
    last, options = question.last_option or 0, []
    for label in labels:
        kept = known.get(fold(label))
        if kept is None:
            last += 1
        options.append({"id": kept or f"o{last}", "label": label})
    question.options, question.last_option = options, last


def _check_options(labels: Sequence[str]) -> None:
    if not labels:
        raise Refused("options_missing", field="options")
    if len(labels) > MOST_OPTIONS:
        raise Refused("too_many_options", field="options", most=MOST_OPTIONS)
    if len({fold(label) for label in labels}) < len(labels):
        raise Refused("option_twice", field="options")
    if any(len(label) > OPTION_LENGTH for label in labels):
        raise Refused("option_too_long", field="options", most=OPTION_LENGTH)
    if any(";" in label for label in labels):  # it parts several choices in exports
        raise Refused("option_with_semicolon", field="options")
