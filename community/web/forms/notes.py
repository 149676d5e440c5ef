"""What organizers write about people."""

from community.organizing.note_models import TAG_LENGTH, TEXT_LENGTH
from community.web.forms import Form
from community.web.forms.fields import LineField, TextField
from community.web.wording import later


class NoteForm(Form):
    """One note."""

    text = TextField(later("Note"), most=TEXT_LENGTH, missing=later("Please write something."))


class TagForm(Form):
    """One tag to add."""

    tag = LineField(
        later("Tag"),
        most=TAG_LENGTH,
        missing=later("Please give a word with a letter or a digit in it."),
    )
