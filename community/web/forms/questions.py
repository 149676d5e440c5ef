"""The form of a question that an organizer asks."""

from typing import Any

from community.rsvp.question_models import (
    HELP_LENGTH,
    LABEL_LENGTH,
    MOST_OPTIONS,
    OPTION_LENGTH,
    AskedOf,
    Question,
    QuestionKind,
)
from community.rsvp.questions import QuestionDraft
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, LineField, TextField, TickField, choice
from community.web.wording import later

KINDS = {
    QuestionKind.SHORT_TEXT: later("One line of text"),
    QuestionKind.LONG_TEXT: later("Several lines of text"),
    QuestionKind.ONE_OF: later("One of several choices"),
    QuestionKind.SEVERAL_OF: later("Any of several choices"),
    QuestionKind.YES_NO: later("Yes or no"),
    QuestionKind.NUMBER: later("A number"),
    QuestionKind.DATE: later("A date"),
    QuestionKind.DIETARY: later("Dietary needs"),
}
ASKED_OF = {
    AskedOf.PERSON: later("Whoever answers, once"),
    AskedOf.EACH: later("Each guest, too"),
}


class QuestionForm(Form):
    """What is asked, of whom, and what can be answered."""

    label = LineField(
        later("Question"), most=LABEL_LENGTH, missing=later("Please write down the question.")
    )
    help = LineField(later("Hint"), most=HELP_LENGTH)
    kind = ChoiceField(later("Kind of answer"), default=QuestionKind.SHORT_TEXT.value)
    options = TextField(later("Choices"), most=MOST_OPTIONS * (OPTION_LENGTH + 1))
    asked_of = ChoiceField(later("Who is asked"), default=AskedOf.PERSON.value)
    required = TickField(later("Must be answered"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices = [choice(kind.value, label) for kind, label in KINDS.items()]
        self.asked_of.choices = [choice(whom.value, label) for whom, label in ASKED_OF.items()]

    @classmethod
    def of(cls, question: Question) -> "QuestionForm":
        """The form of a question as it stands, or as it was typed anew."""
        known = {
            "label": question.label,
            "help": question.help,
            "kind": question.kind.value,
            "options": "\n".join(question.labels.values()),
            "asked_of": question.asked_of.value,
            "required": question.required,
        }
        return cls(data=known)

    @property
    def draft(self) -> QuestionDraft:
        """The question, once the form is valid."""
        return QuestionDraft(
            kind=QuestionKind(self.kind.data),
            label=self.label.data or "",
            help=self.help.data or "",
            options=(self.options.data or "").splitlines(),
            required=bool(self.required.data),
            asked_of=AskedOf(self.asked_of.data),
        )
