"""The forms of an event's list: a view's name, and what is said to many at once."""

from community.organizing.saved_view_models import VIEW_NAME_LENGTH
from community.web.forms import Form
from community.web.forms.fields import LineField
from community.web.forms.hand import ManyForm
from community.web.wording import later

__all__ = ["BulkForm", "TickedForm", "ViewForm"]


class ViewForm(Form):
    """What a view is called."""

    name = LineField(
        later("Name of the view"),
        most=VIEW_NAME_LENGTH,
        missing=later("Please give the view a name."),
    )


class TickedForm(Form):
    """Who is chosen on the list, and for what; which ones is not a field of the form."""


class BulkForm(ManyForm):
    """A word to many at once, and whether those who do not fit may wait."""
