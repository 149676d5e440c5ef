"""The fields of an event's questions, on every form that answers them.

``asked`` names the questions that a page showed: one of them that comes back empty is an answer
taken back, while one that was not shown keeps what is known. What an answer may be is checked by
the feature, here for all questions at once and once more when the answer is given.
"""

import re
from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import Field, RadioField

from community.core.errors import Refused
from community.core.text import gettext
from community.core.types import JSONDict
from community.rsvp.answers import LONG_LENGTH, NO, SHORT_LENGTH, YES, Given, Typed, check_answer
from community.rsvp.question_models import WITH_OPTIONS, Question, QuestionKind
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, ChoicesField, LineField, TextField, choice
from community.web.wording import later, show_refusal

FEW = 7  # choices that are laid open; more go into a list
NOT_ASKED = 0  # the id of no question
_NAME = re.compile(r"(?:guest-[0-9]{1,3}-)?answer-.*", re.ASCII)
_ID = re.compile(r"[0-9]{1,15}", re.ASCII)


class AnswersForm(Form):
    """What an event asks; made with the fields of :func:`answer_fields`."""

    questions: Sequence[Question] = ()
    shows_all = False  # whether a button alone would leave out what the page asks

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        required = [one for one in self.questions if one.required]
        for field in self:
            # For the mark beside the label; what must be answered is decided by the feature.
            if any(field.name.endswith(f"answer-{one.id}") for one in required):
                field.flags.required = True

    @property
    def asked(self) -> str:
        """The ids of the questions that the page shows."""
        return " ".join(str(question.id) for question in self.questions)

    @property
    def own_questions(self) -> list[Field]:
        """The fields of what the person is asked."""
        return [field for one in self.questions for field in self._parts(one, "")]

    def guest_questions(self, number: int) -> list[Field]:
        """The fields of what a guest is asked, the first of whom is number 1."""
        return [
            field
            for one in self.questions
            if one.is_for_guests
            for field in self._parts(one, f"guest-{number}-")
        ]

    @property
    def says_answers(self) -> bool:
        """Whether the sender saw the questions; a button alone says nothing about them."""
        return "asked" in request.form or any(_NAME.fullmatch(name) for name in request.form)

    @property
    def said_by_link(self) -> dict[str, Any]:
        """What goes along on the page of a mailed link."""
        return {"answers": self.typed()}

    @property
    def answers_are_whole(self) -> bool:
        """Whether all that a page without guests asks is answered; says at each field what not."""
        return not self.shows_all or self.check_answers(0)

    def typed(self, prefix: str = "") -> dict[int, Typed]:
        """The answers as typed, of the person or of the guest whose fields begin that way.

        What no field of this form is made for comes along with the person's: it is refused.
        """
        shown = self._shown()
        found: dict[int, Typed] = {}
        for question in self.questions:
            if prefix and not question.is_for_guests:
                continue
            fields = self._parts(question, prefix)
            if question.id in shown or any(field.raw_data for field in fields):
                found[question.id] = _typed(question, fields)
        return found if prefix else {**found, **self._strangers()}

    def check_answers(self, guests: int) -> bool:
        """Show at each field what is wrong with it; ``guests`` counts those who come along."""
        prefixes = ["", *(f"guest-{n}-" for n in range(1, guests + 1))]
        checked = [
            self._check(question, prefix) for prefix in prefixes for question in self.questions
        ]
        return all(checked)

    def remind(self, prefix: str, kept: JSONDict) -> None:
        """Say what a head chose that is not offered any more."""
        for question in self.questions:
            answer = kept.get(str(question.id))
            gone = [
                label
                for one, label in (Given.of(answer).options if answer else ())
                if one not in question.labels
            ]
            for field in self._parts(question, prefix)[: len(gone) and 1]:
                told = gettext("“%(words)s” is not offered any more.", words="; ".join(gone))
                field.description = f"{question.help} {told}".strip()

    def _shown(self) -> set[int]:
        if self.shows_all:
            return {question.id for question in self.questions}
        return set(map(int, _ID.findall(request.form.get("asked", ""))))

    def _check(self, question: Question, prefix: str) -> bool:
        typed = self.typed(prefix).get(question.id)
        if typed is None or any(field.errors for field in self._parts(question, prefix)):
            return typed is None
        name = f"{prefix}answer-{question.id}"
        try:
            if check_answer(question, typed, name) is None and question.required:
                raise Refused("answer_missing", field=name)
        except Refused as refused:
            show_refusal(self, refused)
            return False
        return True

    def _parts(self, question: Question, prefix: str) -> list[Any]:
        name = _attribute(question, prefix)
        both = [name, f"{name}_words"]
        return [self[one] for one in both if one in self]

    def _strangers(self) -> dict[int, Typed]:
        names = {field.name for field in self}
        sent = any(_NAME.fullmatch(name) for name in request.form if name not in names)
        return {NOT_ASKED: Typed()} if sent else {}


def answer_fields(questions: Sequence[Question], guests: int) -> dict[str, Any]:
    """The fields of these questions, for the person and so many guests, for a form's class."""
    fields: dict[str, Any] = {"questions": tuple(questions)}
    for prefix in ("", *(f"guest-{n}-" for n in range(1, guests + 1))):
        for question in questions:
            if not prefix or question.is_for_guests:
                fields |= _made(question, prefix)
    return fields


def known_answers(questions: Sequence[Question], prefix: str, kept: JSONDict) -> dict[str, Any]:
    """What the fields of a head are filled with."""
    known: dict[str, Any] = {}
    for question in questions:
        if (answer := kept.get(str(question.id))) is None:
            continue
        given, name = Given.of(answer), _attribute(question, prefix)
        chosen = [one for one, _label in given.options if one in question.labels]
        match question.kind:
            case QuestionKind.ONE_OF:
                known[name] = chosen[0] if chosen else ""
            case QuestionKind.SEVERAL_OF:
                known[name] = chosen
            case QuestionKind.DIETARY:
                known |= {name: chosen, f"{name}_words": given.text}
            case _:
                known[name] = given.text
    return known


def _attribute(question: Question, prefix: str) -> str:
    return f"{prefix}answer_{question.id}".replace("-", "_")


def _made(question: Question, prefix: str) -> dict[str, Any]:
    attribute, name = _attribute(question, prefix), f"{prefix}answer-{question.id}"
    given: dict[str, Any] = {"name": name, "description": question.help}
    fields = {attribute: _field(question, given)}
    if question.kind == QuestionKind.DIETARY:
        fields[f"{attribute}_words"] = LineField(
            later("Anything else about food"), most=SHORT_LENGTH, name=f"{name}-words"
        )
    return fields


def _field(question: Question, given: dict[str, Any]) -> Any:
    offered = [choice(one, label) for one, label in question.labels.items()]
    none = [] if question.required else [choice("", later("No answer"))]
    match question.kind:
        case QuestionKind.SEVERAL_OF | QuestionKind.DIETARY:
            return ChoicesField(question.label, choices=offered, validate_choice=False, **given)
        case QuestionKind.ONE_OF if len(offered) > FEW:
            first = [choice("", later("Please choose"))]
            offered = [*first, *offered]
            return ChoiceField(question.label, choices=offered, validate_choice=False, **given)
        case QuestionKind.ONE_OF:
            return RadioField(
                question.label, choices=[*offered, *none], validate_choice=False, **given
            )
        case QuestionKind.YES_NO:
            offered = [choice(YES, later("Yes")), choice(NO, later("No")), *none]
            return RadioField(question.label, choices=offered, validate_choice=False, **given)
        case QuestionKind.LONG_TEXT:
            return TextField(question.label, most=LONG_LENGTH, render_kw={"rows": 4}, **given)
        case QuestionKind.NUMBER:
            shown = {"inputmode": "decimal", "autocomplete": "off"}
        case QuestionKind.DATE:
            shown = {"type": "date"}
        case _:
            shown = {}
    return LineField(question.label, most=SHORT_LENGTH, render_kw=shown, **given)


def _typed(question: Question, fields: Sequence[Any]) -> Typed:
    # As it was sent, and all of it: what the field makes of it would be what it was filled with
    # where nothing was sent, and the first of two radios that a program sends.
    sent = [[str(one) for one in field.raw_data or ()] for field in fields]
    if question.kind not in WITH_OPTIONS:
        return Typed(sent[0][0] if sent[0] else "")
    words = sent[1][0] if len(sent) > 1 and sent[1] else ""
    return Typed(words, tuple(one for one in sent[0] if one))
