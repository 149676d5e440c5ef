"""The forms by which admins look after people, and a member leaves."""

from wtforms import HiddenField

from community.membership.models import Role
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    ChoiceField,
    EmailAddressField,
    TextField,
    TickField,
    choice,
)
from community.web.wording import later

ROLES = {
    Role.MEMBER.value: later("Member"),
    Role.ORGANIZER.value: later("Organizer"),
    Role.ADMIN.value: later("Admin"),
}


class StandingForm(Form):
    """Suspending somebody or ending a membership: a word, and whether all seats are freed."""

    word = TextField(later("A word to them"), most=NOTE_LENGTH)
    free_seats = TickField(later("Also free their seats at public events to come"))


class LeaveForm(Form):
    """Leaving the community."""

    free_seats = TickField(later("Also give up my seats at public events to come"))


class RoleForm(Form):
    """What somebody may do."""

    role = ChoiceField(
        later("Role"), choices=[choice(value, label) for value, label in ROLES.items()]
    )


class FindOtherForm(Form):
    """The address of the other record."""

    email = EmailAddressField(
        later("An address of the other record"), missing=later("Please give an address.")
    )


class MergeForm(Form):
    """Which record goes into the one whose page it is."""

    goes = HiddenField()

    def other(self) -> int:
        """The id of the record; 0, which is nobody's, for anything else."""
        typed = self.goes.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
