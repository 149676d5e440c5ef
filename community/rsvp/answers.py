"""An answer to a question, as typed and as kept: with the words that were asked and chosen.

Pure: nothing here reads the database. What is kept stays readable whatever becomes of the
question, and says by its ids what to fill in when the form is opened again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from community.core.errors import Refused
from community.core.text import clean_line, clean_text, gettext
from community.core.types import JSONDict
from community.rsvp.question_models import Question, QuestionKind

SHORT_LENGTH, LONG_LENGTH = 300, 2000
YES, NO = "yes", "no"
_NUMBER = re.compile(r"[-+]?[0-9]{1,12}(?:[.,][0-9]{1,6})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Typed:
    """An answer as it comes from a form: words, ids of the options that were chosen, or both."""

    text: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """An answer as it is kept. ``options`` are pairs of an id and the words that it stood for.

    ``text`` is ``yes`` or ``no``, a number with a point, an ISO 8601 date, or the person's words.
    """

    label: str
    kind: str
    text: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, kept: JSONDict) -> "Given":
        """The answer that was kept as JSON."""
        options = tuple((one, label) for one, label in kept.get("options", []))
        return cls(kept["label"], kept["kind"], kept.get("text", ""), options)

    @property
    def as_json(self) -> JSONDict:
        """What :meth:`of` reads."""
        return {
            "label": self.label,
            "kind": self.kind,
            "text": self.text,
            "options": [list(option) for option in self.options],
        }

    @property
    def words(self) -> str:
        """The answer for a reader; several choices are joined by ``; ``."""
        if self.kind == QuestionKind.YES_NO:
            return gettext("yes") if self.text == YES else gettext("no")
        own = self.text
        if own and self.kind == QuestionKind.DIETARY and self.options:
            own = gettext("also: %(words)s", words=own)
        return "; ".join([*(label for _id, label in self.options), *([own] if own else [])])


# By the question's id. None, or words of nothing but spaces, take an answer back; a question that
# is not named keeps the answer that is known. A Given was checked before, when it was asked.
Answers = Mapping[int, Typed | Given | None]


def check_answer(question: Question, typed: Typed, field: str) -> Given | None:
    """The answer, or None for an empty one. Refuses at ``field`` what the question cannot mean."""
    match question.kind:
        case QuestionKind.ONE_OF | QuestionKind.SEVERAL_OF | QuestionKind.DIETARY:
            return _chosen(question, typed, field)
        case QuestionKind.LONG_TEXT:
            text = _bounded(clean_text(typed.text), LONG_LENGTH, field)
        case _:
            text = _bounded(clean_line(typed.text), SHORT_LENGTH, field)
    if not text:
        return None
    match question.kind:
        case QuestionKind.NUMBER:
            text = _number(text, field)
        case QuestionKind.DATE:
            text = _date(text, field)
        case QuestionKind.YES_NO if text not in {YES, NO}:
            raise Refused("not_yes_or_no", field=field)
    return Given(question.label, question.kind.value, text)


def merged(known: JSONDict, given: Answers | None) -> JSONDict:
    """What is kept of a head once this is answered; the dictionary is a new one."""
    kept = dict(known)
    for question_id, answer in (given or {}).items():
        assert not isinstance(answer, Typed), "answers are checked before they are kept"
        kept.pop(str(question_id), None)
        if answer is not None:
            kept[str(question_id)] = answer.as_json
    return kept


def _chosen(question: Question, typed: Typed, field: str) -> Given | None:
    labels = question.labels
    wanted = [one for one in dict.fromkeys(typed.options) if one]
    if any(one not in labels for one in wanted):
        raise Refused("option_gone", field=field)
    if question.kind == QuestionKind.ONE_OF and len(wanted) > 1:
        raise Refused("one_option_only", field=field)
    text = ""
    if question.kind == QuestionKind.DIETARY:
        text = _bounded(clean_line(typed.text), SHORT_LENGTH, f"{field}-words")
    if not wanted and not text:
        return None
    options = tuple((one, label) for one, label in labels.items() if one in wanted)
    return Given(question.label, question.kind.value, text, options)


def _bounded(text: str, most: int, field: str) -> str:
    if len(text) > most:
        raise Refused("answer_too_long", field=field, most=most)
    return text


def _number(text: str, field: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise Refused("not_a_number", field=field)
    return format(Decimal(text.replace(",", ".")), "f")


def _date(text: str, field: str) -> str:
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise Refused("not_a_date", field=field)
    return found.isoformat()
