"""The forms of an import: which file, and what is stated when it is started."""

from flask_wtf.file import FileField, FileRequired

from community.web.forms import Form
from community.web.forms.fields import TickField
from community.web.wording import later


class UploadForm(Form):
    """A list of people."""

    file = FileField(later("CSV file"), [FileRequired(message=later("Please choose a file."))])


class StartForm(Form):
    """What the importer states and wants."""

    consented = TickField(later("Everybody on this list agreed to become a member."))
    invite = TickField(later("Send each new person one mail that leads to the join page."))
