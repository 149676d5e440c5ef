"""The two forms of signing in."""

import re
import unicodedata

from wtforms import StringField
from wtforms.validators import DataRequired

from community.web.forms import Form
from community.web.forms.fields import EmailAddressField
from community.web.wording import later


def _digits(typed: str | None) -> str:
    """A code as mailed: people type spaces and hyphens, and some keyboards full-width digits."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", (typed or "")[:100]))


class AskForm(Form):
    """Where to send the code."""

    email = EmailAddressField(later("E-mail address"), missing=later("Please type your address."))


class CodeForm(Form):
    """The code that was mailed."""

    code = StringField(
        later("Code"),
        [DataRequired(message=later("Please type the code from the mail."))],
        filters=[_digits],
    )
