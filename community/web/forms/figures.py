"""Which events figures are asked for: read from the address, changes nothing."""

from collections.abc import Sequence
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict
from wtforms import DateField, ValidationError
from wtforms.validators import InputRequired

from community.core.text import gettext
from community.membership.models import Topic
from community.organizing.figures import Wanted
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, choice
from community.web.later import later

_YEARS = range(2000, 2101)
_MISSING = later("Please give a day, as 2026-01-31.")


class FiguresForm(Form):
    """A period and a topic; in the address they are called ``from``, ``to`` and ``topic``."""

    class Meta(Form.Meta):
        """What changes nothing needs no token."""

        csrf = False

    since = DateField(later("From"), [InputRequired(message=_MISSING)], name="from")
    until = DateField(later("To"), [InputRequired(message=_MISSING)], name="to")
    topic = ChoiceField(later("Topic"), choices=[])

    def validate_since(self, field: DateField) -> None:
        """Refuse years that no calendar here has."""
        if field.data and field.data.year not in _YEARS:
            raise ValidationError(gettext("Please choose a year between 2000 and 2100."))

    def validate_until(self, field: DateField) -> None:
        """The same, and a period that ends before it begins."""
        self.validate_since(field)
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(gettext("The last day must not come before the first one."))

    @property
    def wanted(self) -> Wanted:
        """What is asked for, once it is valid."""
        assert self.since.data is not None
        assert self.until.data is not None
        return Wanted(self.since.data, self.until.data, self.topic.data or "")


def figures_form(typed: MultiDict[str, str], topics: Sequence[Topic], today: date) -> FiguresForm:
    """The form as an address fills it; the last twelve months where it says nothing."""
    year_ago = today - timedelta(days=364)
    given = {
        "from": typed.get("from") or year_ago.isoformat(),
        "to": typed.get("to") or today.isoformat(),
        "topic": typed.get("topic", ""),
    }
    form = FiguresForm(formdata=MultiDict(given))
    every = choice("", gettext("All topics"))
    form.topic.choices = [every, *(choice(topic.slug, topic.name) for topic in topics)]
    return form
