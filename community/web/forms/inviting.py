"""The forms by which an organizer invites people to an event, and reminds them."""

from datetime import datetime

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from community.core.walltime import to_local, to_utc
from community.events.models import Event
from community.rsvp.guest_list_queries import typed_in
from community.rsvp.invitation_models import GuestList
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    ChoiceField,
    TextField,
    WallTimeField,
    choice,
)
from community.web.wording import later

LIST_LENGTH = 400_000  # 2,000 rows of 200 characters
ALL, CHOSEN = "all", "chosen"


class InviteForm(Form):
    """Whom to invite, what to say to them, and until when to keep a seat for each."""

    # As it was pasted: tabs divide the cells of a spreadsheet.
    people = TextAreaField(
        later("People"),
        [
            DataRequired(message=later("Please name somebody to invite.")),
            Length(max=LIST_LENGTH),
        ],
    )
    message = TextField(later("A word to them"), most=NOTE_LENGTH)
    reserve_until = WallTimeField(later("Keep a seat for each of them until"))

    @classmethod
    def of(cls, one: GuestList, event: Event) -> "InviteForm":
        """The form as it was filled in for a list, to correct it."""
        until = one.reserve_until and to_local(one.reserve_until, event.timezone)
        known = {"people": typed_in(one), "message": one.message, "reserve_until": until}
        return cls(data=known)

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
