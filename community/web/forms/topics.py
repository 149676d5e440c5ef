"""The forms of topics."""

from community.membership.models import TOPIC_NAME_LENGTH, Topic
from community.membership.queries import all_topics
from community.web.forms import Form
from community.web.forms.fields import ChoiceField, LineField, TextField, choice
from community.web.wording import later


class TopicForm(Form):
    """What a topic is called and what it is about."""

    name = LineField(
        later("Name"), most=TOPIC_NAME_LENGTH, missing=later("Please give the topic a name.")
    )
    description = TextField(later("Description"))

    @classmethod
    def of(cls, topic: Topic) -> "TopicForm":
        """The form of a topic as it stands, or as it was typed anew."""
        return cls(data={"name": topic.name, "description": topic.description})


class MergeForm(Form):
    """Which topic another one goes up in, by its slug."""

    into = ChoiceField(later("Merge into"))

    @classmethod
    def of(cls, topic: Topic, into: str = "") -> "MergeForm":
        """The form with every other topic to choose from, ``into`` chosen."""
        form = cls(data={"into": into})
        form.into.choices = [
            choice(other.slug, other.name) for other in all_topics() if other.id != topic.id
        ]
        return form
