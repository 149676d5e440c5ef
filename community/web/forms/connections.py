"""The forms between two members: asking to connect, reporting."""

from community.membership.connection_models import REASON_LENGTH, WORD_LENGTH
from community.web.forms import Form
from community.web.forms.fields import LineField, TextField
from community.web.wording import later


class AskForm(Form):
    """A word that makes the ask a personal one."""

    word = LineField(later("A word, if you like"), most=WORD_LENGTH)


class ReportForm(Form):
    """What happened."""

    reason = TextField(
        later("What happened"), most=REASON_LENGTH, missing=later("Please say what happened.")
    )


class ResolveForm(Form):
    """What was done about it."""

    word = TextField(later("What was done"), most=REASON_LENGTH)
