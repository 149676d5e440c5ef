"""The forms by which an organizer invites people to an event, and reminds them."""

from datetime import datetime

from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import Length, ValidationError

from community.core.errors import Refused
from community.core.walltime import to_local, to_utc
from community.events.models import Event
from community.rsvp.guest_list_queries import typed_in
from community.rsvp.guest_texts import LONGEST_TEXT, read_file
from community.rsvp.invitation_models import GuestList
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    ChoiceField,
    TextField,
    WallTimeField,
    choice,
)
from community.web.wording import later, worded

ALL, CHOSEN = "all", "chosen"


class InviteForm(Form):
    """Whom to invite, what to say to them, and until when to keep a seat for each.

    What a file says stands in ``people`` once the form is valid: no browser gives a file again, so
    that whoever corrects the list finds it there.
    """

    # As it was pasted: tabs divide the cells of a spreadsheet.
    people = TextAreaField(later("People"), [Length(max=LONGEST_TEXT)])
    file = FileField(later("Or a file"))
    message = TextField(later("A word to them"), most=NOTE_LENGTH)
    reserve_until = WallTimeField(later("Keep a seat for each of them until"))

    @classmethod
    def of(cls, one: GuestList, event: Event) -> "InviteForm":
        """The form as it was filled in for a list, to correct it."""
        until = one.reserve_until and to_local(one.reserve_until, event.timezone)
        known = {"people": typed_in(one), "message": one.message, "reserve_until": until}
        return cls(data=known)

    def validate_people(self, field: TextAreaField) -> None:
        """Somebody is named, here or in a file."""
        if not (field.data or "").strip(" \t\r\n") and not self.file.data:
            raise ValidationError(later("Please name somebody to invite."))

    def validate_file(self, field: FileField) -> None:
        """Read the file into ``people``, unless people are named there."""
        if not field.data:
            return
        if (self.people.data or "").strip():
            raise ValidationError(later("Please give a file or write the people down, not both."))
        try:
            self.people.data = read_file(field.data.stream)
        except Refused as refused:
            raise ValidationError(worded(refused)) from refused

    def until(self, event: Event) -> datetime | None:
        """The instant until which seats are kept; the form has wall time of the event's zone."""
        typed = self.reserve_until.data
        return to_utc(typed, event.timezone) if typed else None


class RemindForm(Form):
    """Whom to remind, and what to say to them."""

    who = ChoiceField(later("Whom to remind"), default=ALL)
    word = TextField(later("A word to them"), most=NOTE_LENGTH)

    def offering(self) -> "RemindForm":
        """The form with its choices."""
        self.who.choices = [
            choice(ALL, later("Everybody who has not answered")),
            choice(CHOSEN, later("Those whom I tick below")),
        ]
        return self
