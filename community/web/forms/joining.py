"""The join form."""

from community.membership.queries import all_topics
from community.web.forms import Form
from community.web.forms.fields import ChoicesField, EmailAddressField, LineField, TickField, choice
from community.web.wording import later


class JoinForm(Form):
    """Who wants to join, and what they want to hear of."""

    name = LineField(later("Name"), missing=later("Please tell us your name."))
    email = EmailAddressField(
        later("E-mail address"), missing=later("Please give an address that we can write to.")
    )
    organization = LineField(later("Organization"))
    job_title = LineField(later("Job title"))
    topics = ChoicesField(later("Topics"))
    consent = TickField(
        later("You may keep these details and write to me about events."),
        missing=later("We need your consent to keep your details."),
    )

    @classmethod
    def offering_topics(cls, ticked: str = "") -> "JoinForm":
        """The form with the community's present topics, the one of the slug ``ticked`` chosen."""
        form = cls(data={"topics": [ticked]})
        form.topics.choices = [choice(topic.slug, topic.name) for topic in all_topics()]
        return form
