"""The form by which an event is copied, once or as a series."""

from datetime import timedelta
from typing import Any

from flask import request

from community.events.models import Event
from community.events.series import MOST, Every
from community.web.forms.fields import ChoiceField, NumberField, TickField, WallTimeField, choice
from community.web.forms.numbered import NumberedForm
from community.web.wording import later

_EVERY = {
    Every.WEEK: later("Every week"),
    Every.MONTH_NTH_WEEKDAY: later("Every month on the same weekday, such as the second Tuesday"),
    Every.MONTH_LAST_WEEKDAY: later("Every month on the last such weekday"),
}


class CloneForm(NumberedForm):
    """When the first copy starts, how many there are, and what lies between them."""

    starts_at = WallTimeField(
        later("The first starts"), missing=later("Please say when it starts.")
    )
    count = NumberField(
        later("How many"), least=1, most=MOST, missing=later("Please say how many.")
    )
    every = ChoiceField(later("How often"), default=Every.WEEK.value)
    together = TickField(later("List the event that you copy among them"))

    @classmethod
    def of(cls, event: Event) -> "CloneForm":
        """A week later, once."""
        known = {"starts_at": event.starts_local + timedelta(weeks=1), "count": 1}
        return cls(formdata=None, data=known)._offering_choices()

    @classmethod
    def asked(cls) -> "CloneForm":
        """As it stands in the address: looking at dates changes nothing and needs no token."""
        return cls(formdata=request.args, meta={"csrf": False})._offering_choices()

    @classmethod
    def sent(cls) -> "CloneForm":
        """As it was sent."""
        return cls()._offering_choices()

    @property
    def wanted(self) -> dict[str, Any]:
        """What the use-case takes; call it once the form is valid."""
        return {
            "starts_at": self.starts_at.data,
            "count": self.count.data,
            "every": Every(self.every.data),
        }

    def _offering_choices(self) -> "CloneForm":
        self.every.choices = [choice(value, label) for value, label in _EVERY.items()]
        return self
