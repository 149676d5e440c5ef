"""What is pressed and typed at the door."""

from typing import Any

from wtforms import HiddenField, StringField

from community.core.text import clean_line
from community.events.models import MOST_GUESTS, Event
from community.rsvp.party import Guest
from community.web.forms import Form
from community.web.forms.fields import NAME_LENGTH, EmailAddressField, LineField, TextField
from community.web.forms.numbered import NumberedForm
from community.web.wording import later


class DoorForm(Form):
    """One head by its number in the list or by its code, or a ``party``; ``q`` was searched for."""

    attendee = StringField()
    party = StringField()
    code = StringField()
    q = HiddenField()


class WalkInForm(NumberedForm):
    """Somebody who comes without a seat."""

    name = LineField(later("Name"), missing=later("Please give a name."))
    email = EmailAddressField(later("E-mail address, if they want a mail"))
    guests = TextField(
        later("Who is with them, one name a line"), most=(NAME_LENGTH + 2) * MOST_GUESTS
    )

    @property
    def party(self) -> list[Guest]:
        """The guests, once the form is valid."""
        names = map(clean_line, (self.guests.data or "").splitlines())
        return [Guest(name[:NAME_LENGTH]) for name in names if name]


def walk_in_form(event: Event) -> WalkInForm:
    """The form for this event, which may allow no guests."""
    form: Any = WalkInForm()
    if not event.guests_allowed:
        del form.guests
    made: WalkInForm = form
    return made
