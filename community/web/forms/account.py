"""The forms of a new address, and of those that somebody also answers from."""

from community.core.addresses import LONGEST
from community.web.forms import Form
from community.web.forms.fields import EmailAddressField, LineField
from community.web.wording import later


class AddressForm(Form):
    """Where mail should go from now on."""

    email = EmailAddressField(
        later("New e-mail address"), missing=later("Please type the new address.")
    )


class AliasForm(Form):
    """Which address should count no longer."""

    address = LineField(later("Address"), most=LONGEST)
