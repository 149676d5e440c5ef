"""The form of a new address."""

from community.web.forms import Form
from community.web.forms.fields import EmailAddressField
from community.web.wording import later


class AddressForm(Form):
    """Where mail should go from now on."""

    email = EmailAddressField(
        later("New e-mail address"), missing=later("Please type the new address.")
    )
