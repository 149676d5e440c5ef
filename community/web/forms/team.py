"""Who helps at one event, and who is let in."""

from typing import Any

from wtforms import HiddenField

from community.events.models import HostRole
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, EmailAddressField, LineField, choice
from community.web.wording import later

ROLES = {
    HostRole.COHOST: later("Co-organizer"),
    HostRole.DOOR: later("Door"),
}


class RoleForm(Form):
    """What somebody of the team does."""

    role = ChoiceField(later("Role"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.role.choices = [choice(role.value, label) for role, label in ROLES.items()]

    @property
    def chosen(self) -> HostRole:
        """The role, once the form is valid."""
        return HostRole(self.role.data)


class HelperForm(RoleForm):
    """Whom to add, and as what."""

    email = EmailAddressField(later("E-mail address"), missing=later("Whose address is it?"))


class HelpingForm(Form):
    """Whether somebody who was asked helps, and what to call them where nobody has told us."""

    name = LineField(later("Your name"), missing=later("Please tell us your name."))
    action = HiddenField()

    def __init__(self, *, asks_for_name: bool) -> None:
        super().__init__()
        if not asks_for_name:
            del self.name
