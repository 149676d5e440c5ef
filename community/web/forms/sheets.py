"""For whom a link to the kitchen sheet is made, and for how long."""

from typing import Any

from community.organizing.kitchen_links import Lasts
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, TickField, choice
from community.web.wording import later

_TIMES = {
    Lasts.EVENT: later("Until the event ends"),
    Lasts.WEEK: later("Seven days, at most until the event ends"),
    Lasts.DAY: later("One day, at most until the event ends"),
}


class KitchenLinkForm(Form):
    """A link for whoever cooks."""

    lasts = ChoiceField(later("The link works"), default=Lasts.EVENT.value)
    with_names = TickField(later("Show names, too"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.lasts.choices = [choice(one.value, label) for one, label in _TIMES.items()]
