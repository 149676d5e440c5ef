"""The forms by which organizers decide on applications and admins word the community's texts."""

from wtforms import HiddenField

from community.web.forms import Form
from community.web.forms.fields import NOTE_LENGTH, TextField
from community.web.wording import later


class DeclineForm(Form):
    """A word to the applicant."""

    word = TextField(later("A word to the applicant"), most=NOTE_LENGTH)


class TextForm(Form):
    """A text, and the version that its writer began with."""

    body = TextField(later("Text"))
    seen = HiddenField()

    def seen_version(self) -> int:
        """The version that the writer began with; -1, which is none, for anything else."""
        typed = self.seen.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1
