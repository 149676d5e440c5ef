"""Forms that make something new, and make it once however often they are sent."""

from collections.abc import Callable

from wtforms import HiddenField
from wtforms.validators import Length

from community.core import form_numbers
from community.core.errors import Refused
from community.core.form_numbers import LONGEST, new_form_number
from community.web.forms import Form


class NumberedForm(Form):
    """A form with a one-time number; its template sends ``form_number`` along, hidden.

    A sender that gives no number sends a form of its own each time.
    """

    form_number = HiddenField(validators=[Length(max=LONGEST)], default=new_form_number)

    def once(self, purpose: str, who: int, act: Callable[[], int]) -> int:
        """See :func:`community.core.form_numbers.once`; call it once the form is valid."""
        try:
            return form_numbers.once(purpose, who, self.form_number.data or "", self._sent(), act)
        except Refused as refused:
            if refused.code == "form_sent_already":
                self.form_number.data = new_form_number()  # what is shown again is a new form
            raise

    def _sent(self) -> str:
        typed = {field.name: field.data for field in self}
        typed.pop("csrf_token", None)
        typed.pop("form_number")
        return repr(sorted(typed.items()))
