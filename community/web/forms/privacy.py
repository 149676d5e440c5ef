"""The form by which somebody confirms that they want to be erased."""

from community.web.forms import Form
from community.web.forms.fields import EmailAddressField
from community.web.wording import later


class EraseForm(Form):
    """One's own address, typed, so that no slip of the hand erases anybody."""

    email = EmailAddressField(
        later("Your e-mail address"), missing=later("Please type your own address.")
    )
