"""What an organizer does to one answer by hand, and the form to add somebody."""

from types import new_class
from typing import Any

from community.events.models import MOST_SEATS, Event
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    EmailAddressField,
    LineField,
    NumberField,
    TextField,
    TickField,
)
from community.web.forms.numbered import NumberedForm
from community.web.forms.rsvp import RsvpForm, guest_fields
from community.web.wording import later


class WordForm(Form):
    """A word to somebody about whom is decided."""

    word = TextField(later("A word to them"), most=NOTE_LENGTH)


class SeatForm(Form):
    """Seats for a party that waits."""

    use_kept_back = TickField(later("Use seats that are kept back"))


class MoveForm(Form):
    """Another place in line, and why."""

    place = NumberField(
        later("Place in line"), least=1, most=MOST_SEATS, missing=later("Which place?")
    )
    word = LineField(
        later("Why"),
        most=NOTE_LENGTH,
        id="move-word",  # beside the word of another form
        missing=later("Please say why: it is kept, and shown to the person."),
    )


class ShrinkForm(Form):
    """How many seats there shall be once enough people have left."""

    seats = NumberField(
        later("Seats in the end"), least=1, most=MOST_SEATS, missing=later("How many?")
    )


class ManyForm(WordForm):
    """Several requests that are decided together; which ones is not a field of the form."""

    or_waitlist = TickField(later("Let those who do not fit wait"))


class AddForm(NumberedForm, RsvpForm):
    """Somebody who comes without having been asked; made by :func:`add_form`."""

    name = LineField(later("Name"), missing=later("Please give a name."))
    email = EmailAddressField(
        later("E-mail address"), missing=later("Please give an address that we can write to.")
    )
    word = TextField(later("A word to them"), most=NOTE_LENGTH)
    use_kept_back = TickField(later("Use seats that are kept back"))


def add_form(event: Event) -> AddForm:
    """The form for this event, with as many guests as it allows."""
    # What somebody says of themselves is not asked of whoever adds them.
    fields = {**guest_fields(event.guests_allowed), "action": None, "dietary": None, "note": None}
    made: Any = new_class("AddSomebody", (AddForm,), exec_body=lambda names: names.update(fields))
    form: AddForm = made()
    return form
