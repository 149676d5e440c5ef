"""The forms by which organizers decide on applications and admins word and name the community."""

from wtforms import HiddenField

from community.core.identity import NAME_LENGTH
from community.web.forms import Form
from community.web.forms.fields import NOTE_LENGTH, LineField, TextField, TickField
from community.web.forms.pictures import PictureField
from community.web.wording import later


class DeclineForm(Form):
    """A word to the applicant."""

    word = TextField(later("A word to the applicant"), most=NOTE_LENGTH)


class VersionedForm(Form):
    """Something that is kept in versions, and the one that its writer began with."""

    seen = HiddenField()

    def seen_version(self) -> int:
        """The version that the writer began with; -1, which is none, for anything else."""
        typed = self.seen.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1


class TextForm(VersionedForm):
    """A text of the community."""

    body = TextField(later("Text"))


class IdentityForm(VersionedForm):
    """What the community is called and its logo."""

    name = LineField(later("Name"), most=NAME_LENGTH)
    logo = PictureField(later("Logo"))
    remove_logo = TickField(later("Remove the logo"))
