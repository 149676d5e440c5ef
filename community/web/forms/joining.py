"""The join form, by itself and behind an invitation."""

from typing import Self

from wtforms import HiddenField, StringField

from community.core.current import settings
from community.membership.queries import all_topics
from community.membership.texts import TextInForce, TextKind, text_in_force
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    ChoicesField,
    EmailAddressField,
    LineField,
    TextField,
    TickField,
    choice,
)
from community.web.stamps import Stamp, new_stamp, read_stamp
from community.web.wording import later


class InvitedForm(Form):
    """Who somebody is, what they want to hear of, and that they agree. The address is known."""

    name = LineField(later("Name"), missing=later("Please tell us your name."))
    organization = LineField(later("Organization"))
    job_title = LineField(later("Job title"))
    topics = ChoicesField(later("Topics"))
    consent = TickField(
        later("I agree to this text."),
        missing=later("We need your consent to keep your details."),
    )
    stamp = HiddenField()
    # People see neither this nor its label; programs that fill in whatever there is give
    # themselves away.
    homepage = StringField(later("Leave this empty"))

    consent_text: TextInForce
    came_back: Stamp | None = None

    @classmethod
    def offering_topics(cls, ticked: str = "") -> Self:
        """The form with the community's present topics and its present consent text.

        The topic of the slug ``ticked`` is chosen already.
        """
        form = cls(data={"topics": [ticked]})
        form.topics.choices = [choice(topic.slug, topic.name) for topic in all_topics()]
        form.consent_text = text_in_force(TextKind.CONSENT)
        if not form.consent_text.version:
            # Short enough to stand beside the tick itself.
            form.consent.label.text = form.consent_text.body
        form.came_back = read_stamp(form.stamp.data)
        return form

    @property
    def was_filled_by_a_program(self) -> bool:
        """Whether something was typed where no person can type."""
        return bool(self.homepage.data)

    @property
    def read_version(self) -> int | None:
        """The version of the consent text that the form showed; None if that is not known."""
        return self.came_back.version if self.came_back else None

    def validate(self, extra_validators: object = None) -> bool:
        """The fields, and that the form was handed out a while ago and not too long ago."""
        fine = super().validate(extra_validators)
        in_time = self.came_back is not None and self.came_back.in_time
        if not in_time:
            said = later("The form came back too fast or too late. Please send it again.")
            self.form_errors.append(str(said))
        return bool(fine) and in_time

    def renew(self) -> Self:
        """Ready to be shown once more: a stamp that was right stays right.

        The tick stays only with the words that it was given to.
        """
        same_words = self.read_version == self.consent_text.version
        if not (same_words and self.came_back and self.came_back.in_time):
            self.stamp.data = new_stamp(self.consent_text.version)
        if not same_words:
            self.consent.data = False
        return self


class JoinForm(InvitedForm):
    """The same for somebody whose address is not proven yet."""

    email = EmailAddressField(
        later("E-mail address"), missing=later("Please give an address that we can write to.")
    )
    reason = TextField(later("Why would you like to join?"), most=NOTE_LENGTH)

    @property
    def asks_why(self) -> bool:
        """Whether somebody will read the reason."""
        return settings().join_policy == "approval"
