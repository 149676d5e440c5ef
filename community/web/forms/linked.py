"""The forms of the pages that a mailed link opens, without signing in."""

from types import new_class
from typing import Any

from community.rsvp.answering import asked_at, missing
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.queries import food_is_open
from community.web.forms.answers import AnswersForm, answer_fields, known_answers
from community.web.forms.fields import LineField
from community.web.forms.rsvp import DIETARY_LENGTH, ActionForm
from community.web.wording import later


class _Food:
    """What the kitchen should know."""

    dietary = LineField(later("What you do not eat"), most=DIETARY_LENGTH)


class OpenForm(AnswersForm, ActionForm):
    """What a person has not answered and must, beside the buttons."""

    @property
    def said_by_link(self) -> dict[str, Any]:
        """The answers, and the dietary needs where the page asks for them."""
        asked = "dietary" in self and self["dietary"].raw_data
        food = self["dietary"].data or "" if asked else None
        return {**super().said_by_link, "dietary": food}


def open_form(rsvp: Rsvp) -> OpenForm:
    """The form that asks what the person has not answered and must, and nothing else.

    For a page that whoever holds its link may open: it shows nothing of what is known.
    """
    left = [one for prefix, one in missing(asked_at(rsvp.event_id), rsvp) if not prefix]
    facts = {**answer_fields(left, 0), "shows_all": True}
    bases = (_Food, OpenForm) if food_is_open(rsvp) else (OpenForm,)
    made: Any = new_class("OpenQuestions", bases, exec_body=lambda names: names.update(facts))
    form: OpenForm = made()
    return form


class GuestForm(_Food, AnswersForm):
    """What a guest says for themselves; made by :func:`guest_form`."""


def guest_form(guest: Attendee) -> GuestForm:
    """The form of a guest, with what is known of them."""
    questions = [one for one in asked_at(guest.rsvp.event_id) if one.is_for_guests]
    facts = {**answer_fields(questions, 0), "shows_all": True}
    made: Any = new_class("OwnWords", (GuestForm,), exec_body=lambda names: names.update(facts))
    known = {"dietary": guest.dietary, **known_answers(questions, "", guest.answers)}
    form: GuestForm = made(data=known)
    form.remind("", guest.answers)
    return form
