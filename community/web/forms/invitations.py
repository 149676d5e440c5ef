"""The form by which a member invites somebody."""

from community.web.forms import Form
from community.web.forms.fields import EmailAddressField, LineField
from community.web.wording import later

LINE_LENGTH = 300


class InviteForm(Form):
    """An address, and a line that makes the mail a personal one."""

    email = EmailAddressField(
        later("E-mail address"), missing=later("Please give an address that we can write to.")
    )
    line = LineField(later("A personal line"), most=LINE_LENGTH)
