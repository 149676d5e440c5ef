"""The form of a venue."""

from community.events.models import Venue
from community.events.venues import VenueDraft
from community.web.forms import Form
from community.web.forms.fields import NOTE_LENGTH, LineField, TextField
from community.web.wording import later


class VenueForm(Form):
    """What a place is called, where it is, and how to get in."""

    name = LineField(later("Name"), most=120, missing=later("Please give the place a name."))
    address = LineField(later("Address"), most=240)
    city = LineField(later("City"), most=120)
    country = LineField(later("Country"), most=80)
    access_notes = TextField(later("Getting in"), most=NOTE_LENGTH)

    @classmethod
    def of(cls, venue: Venue) -> "VenueForm":
        """The form of a venue as it stands, or as it was typed anew."""
        return cls(obj=venue)

    def draft(self) -> VenueDraft:
        """What was typed."""
        return VenueDraft(**{name: self[name].data or "" for name in _NAMES})


_NAMES = ("name", "address", "city", "country", "access_notes")
