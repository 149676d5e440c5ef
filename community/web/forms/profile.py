"""The forms of somebody's own profile: what it says, and who may read which field."""

from babel import Locale
from wtforms.widgets import TextArea

from community.core.current import settings
from community.membership.audiences import DEFAULTS, Audience
from community.membership.models import Person
from community.membership.profiles import (
    LOCALES,
    LONGEST_BIO,
    LONGEST_LINK,
    MOST_LINKS,
    ProfileDraft,
    audiences_of,
)
from community.membership.queries import all_topics
from community.web.forms import Form
from community.web.forms.fields import (
    ChoiceField,
    ChoicesField,
    LineField,
    TextField,
    TickField,
    choice,
)
from community.web.forms.pictures import PictureField
from community.web.wording import later

ZONE_LENGTH = 64  # as long as its column

READERS = {
    Audience.EVERYBODY: later("Everybody"),
    Audience.MEMBERS: later("Members"),
    Audience.SAME_EVENT: later("Members at the same event"),
    Audience.NOBODY: later("Nobody"),
}


class ProfileForm(Form):
    """What a member says about themselves."""

    name = LineField(later("Name"), missing=later("Please tell us your name."))
    photo = PictureField(later("Photo"))
    remove_photo = TickField(later("Remove the photo"))
    job_title = LineField(later("Job title"))
    organization = LineField(later("Organization"))
    location = LineField(later("Place"))
    bio = TextField(later("About you"), most=LONGEST_BIO)
    links = TextField(later("Links"), most=2 * MOST_LINKS * LONGEST_LINK, widget=TextArea())
    topics = ChoicesField(later("Topics"))
    timezone = LineField(later("Time zone"), most=ZONE_LENGTH)
    locale = ChoiceField(later("Language"))

    @classmethod
    def of(cls, person: Person) -> "ProfileForm":
        """The form of a profile as it stands, or as it was typed anew."""
        plain = ("name", "job_title", "organization", "location", "bio", "links")
        known = {name: getattr(person, name) for name in plain}
        known |= {
            "topics": [topic.slug for topic in person.topics],
            "timezone": person.timezone or "",
            "locale": person.locale or "",
        }
        form = cls(data=known)
        form.topics.choices = [choice(topic.slug, topic.name) for topic in all_topics()]
        usual = later("The community's (%(language)s)")
        form.locale.choices = [
            choice("", str(usual) % {"language": _name(settings().locale)}),
            *[choice(code, _name(code)) for code in LOCALES],
        ]
        return form

    def draft(self) -> ProfileDraft:
        """What the member wrote; call it once the form is valid."""
        return ProfileDraft(
            name=self.name.data or "",
            job_title=self.job_title.data or "",
            organization=self.organization.data or "",
            location=self.location.data or "",
            bio=self.bio.data or "",
            links=(self.links.data or "").splitlines(),
            topics=self.topics.data or [],
            timezone=self.timezone.data or "",
            locale=self.locale.data or "",
        )


class PrivacyForm(Form):
    """Who may read which field: one choice for each, called as the field is."""

    name = ChoiceField(later("Name"))
    photo = ChoiceField(later("Photo"))
    job_title = ChoiceField(later("Job title"))
    organization = ChoiceField(later("Organization"))
    location = ChoiceField(later("Place"))
    bio = ChoiceField(later("About you"))
    links = ChoiceField(later("Links"))
    topics = ChoiceField(later("Topics"))
    email = ChoiceField(later("E-mail address"))

    @classmethod
    def of(cls, person: Person) -> "PrivacyForm":
        """The form of what holds now, or as it was chosen anew."""
        form = cls(data={field: value.value for field, value in audiences_of(person).items()})
        for field in DEFAULTS:
            form[field].choices = [choice(value.value, label) for value, label in READERS.items()]
        return form

    def chosen(self) -> dict[str, Audience]:
        """What was chosen; call it once the form is valid."""
        return {field: Audience(self[field].data) for field in DEFAULTS}


def _name(code: str) -> str:
    """A language by its own name."""
    return Locale.parse(code.replace("-", "_")).get_display_name() or code
