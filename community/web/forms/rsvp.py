"""The forms of answering an event."""

from collections.abc import Sequence
from functools import cache
from types import new_class
from typing import Any

from wtforms import HiddenField
from wtforms.validators import AnyOf

from community.events.models import MOST_GUESTS, Event
from community.rsvp.answering import asked_at
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.question_models import Question
from community.web.forms import Form
from community.web.forms.answers import AnswersForm, answer_fields, known_answers
from community.web.forms.fields import (
    NOTE_LENGTH,
    EmailAddressField,
    LineField,
    NumberField,
    TextField,
)
from community.web.wording import later

DIETARY_LENGTH, ADDRESS_LENGTH = 300, 254  # as long as their columns
GOING, DECLINE, WITHDRAW = "going", "decline", "withdraw"


class ActionForm(Form):
    """Which of the buttons was pressed."""

    action = HiddenField(
        later("Your answer"),
        [AnyOf([GOING, DECLINE, WITHDRAW], message=later("Please press one of the buttons."))],
    )

    @property
    def is_yes(self) -> bool:
        """Whether the person wants to come."""
        return bool(self.action.data == GOING)

    @property
    def said_by_link(self) -> dict[str, Any]:
        """What goes along on the page of a mailed link: nothing, where it asks for nothing."""
        return {}

    @property
    def answers_are_whole(self) -> bool:
        """Whether what the page asks is answered; says at each field what is not."""
        return True


class RsvpForm(AnswersForm, ActionForm):
    """An answer with what goes along; made by :func:`rsvp_form`, which adds the guests."""

    guests = NumberField(later("Guests"), least=0, most=MOST_GUESTS)
    dietary = LineField(later("What you do not eat"), most=DIETARY_LENGTH)
    note = TextField(later("Note"), most=NOTE_LENGTH)

    guests_allowed = 0
    mine: Rsvp | None = None

    @property
    def guest_fields(self) -> list[tuple[int, LineField, LineField, LineField]]:
        """Number, name, address and dietary field of each guest that the event allows."""
        return [
            (n, self[f"guest_{n}_name"], self[f"guest_{n}_email"], self[f"guest_{n}_dietary"])
            for n in range(1, self.guests_allowed + 1)
        ]

    @property
    def party(self) -> list[Guest] | None:
        """The guests as typed. ``guests`` counts them; left empty, the named ones count.

        None when the sender did not say: a button alone says nothing about guests. Those beyond
        what the event allows have no name here: the use-case refuses them.
        """
        asked = [self.guests, *(name for _, name, *_more in self.guest_fields)]
        if not any(field.raw_data for field in asked):
            return None
        typed = [
            Guest(name.data or "", diet.data or "", email.data or "", self.typed(f"guest-{n}-"))
            for n, name, email, diet in self.guest_fields
        ]
        count = self._named() if self.guests.data is None else self.guests.data
        return [typed[n] if n < len(typed) else Guest("") for n in range(count)]

    @property
    def needs(self) -> str | None:
        """The dietary needs; None where the form did not ask."""
        return (self.dietary.data or "") if self.dietary.raw_data else None

    @property
    def word_to_hosts(self) -> str | None:
        """The note; None where the form did not ask."""
        return (self.note.data or "") if self.note.raw_data else None

    @property
    def said_by_link(self) -> dict[str, Any]:
        """Left empty is left as it is: the page does not show what is known."""
        known = {"dietary": self.needs or None, "note": self.word_to_hosts or None}
        return {"guests": self.party, "answers": self.typed(), **known}

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse fewer guests than were named: nobody is left out in silence."""
        fine = super().validate(extra_validators)
        counted = self.guests.data
        if fine and counted is not None and counted < self._named():
            told = later("You named more guests than this.")
            self.guests.errors = [*self.guests.errors, told]
            return False
        if self.questions and self.says_answers and self.is_yes:
            known = len(self.mine.guests) if self.mine is not None and self.mine.attendees else 0
            party = self.party
            coming = min(known if party is None else len(party), self.guests_allowed)
            return self.check_answers(coming) and bool(fine)
        return bool(fine)

    def new_word(self, kept: Rsvp | None) -> str:
        """What was noted with a no; the note of an earlier yes, which the form shows, is none."""
        typed = self.note.data or ""
        return "" if kept is not None and typed == kept.note else typed

    def _named(self) -> int:
        # A field that was not sent holds what is kept: nobody named that guest just now.
        named = [
            n
            for n, *fields in self.guest_fields
            if any(field.raw_data and field.data for field in fields)
        ]
        return max(named, default=0)


class _Visitor:
    """What somebody says who is not signed in."""

    name = LineField(later("Name"), missing=later("Please tell us your name."))
    email = EmailAddressField(
        later("E-mail address"), missing=later("Please give an address that we can write to.")
    )


def guest_fields(guests_allowed: int) -> dict[str, Any]:
    """The fields of as many guests as an event allows, numbered from 1."""
    fields: dict[str, Any] = {"guests_allowed": guests_allowed}
    for n in range(1, guests_allowed + 1):
        fields[f"guest_{n}_name"] = LineField(later("Name"), name=f"guest-{n}-name")
        fields[f"guest_{n}_email"] = LineField(
            later("E-mail address"), most=ADDRESS_LENGTH, name=f"guest-{n}-email"
        )
        fields[f"guest_{n}_dietary"] = LineField(
            later("What your guest does not eat"), most=DIETARY_LENGTH, name=f"guest-{n}-dietary"
        )
    return fields


def rsvp_form(event: Event, mine: Rsvp | None, *, visitor: bool, asks: bool = True) -> RsvpForm:
    """The form for this event, with as many guests as it allows and what was answered before.

    Without ``asks`` the event is known to ask nothing.
    """
    questions = asked_at(event.id) if asks else []
    if questions:
        made = _form_of(
            event.guests_allowed, answer_fields(questions, event.guests_allowed), visitor
        )
    else:
        made = _form_without_questions(event.guests_allowed, visitor)
    form: RsvpForm = made(data=_known(mine, questions))
    form.mine = mine
    for n, head in enumerate(mine.attendees if mine is not None else ()):
        form.remind(f"guest-{n}-" if n else "", head.answers)
    return form


@cache  # most events ask nothing, and making a form takes longer than reading it
def _form_without_questions(guests_allowed: int, visitor: bool) -> Any:
    return _form_of(guests_allowed, answer_fields((), guests_allowed), visitor)


def _form_of(guests_allowed: int, asked: dict[str, Any], visitor: bool) -> Any:
    fields = {**guest_fields(guests_allowed), **asked}
    bases = (_Visitor, RsvpForm) if visitor else (RsvpForm,)
    return new_class("AnswerForm", bases, exec_body=lambda names: names.update(fields))


def _known(mine: Rsvp | None, questions: Sequence[Question]) -> dict[str, Any]:
    if mine is None or not mine.attendees:
        return {}
    known: dict[str, Any] = {
        "guests": len(mine.guests),
        "dietary": mine.head.dietary,
        "note": mine.note,
        **known_answers(questions, "", mine.head.answers),
    }
    for n, guest in enumerate(mine.guests, start=1):
        known |= {
            f"guest_{n}_name": guest.name,
            f"guest_{n}_email": guest.address or "",
            f"guest_{n}_dietary": guest.dietary,
            **known_answers(questions, f"guest-{n}-", guest.answers),
        }
    return known
