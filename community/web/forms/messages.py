"""The forms by which hosts write to those who answered, and have an event reminded of."""

from collections.abc import Mapping
from datetime import datetime

from wtforms.validators import ValidationError

from community.core.text import gettext, ngettext
from community.organizing.announcement_models import (
    BODY_LENGTH,
    SUBJECT_LENGTH,
    Announcement,
    Reminds,
)
from community.organizing.segments import Segment
from community.rsvp.models import RsvpStatus
from community.web.filters import number
from community.web.forms import Form
from community.web.forms.fields import (
    ChoiceField,
    ChoicesField,
    LineField,
    NumberField,
    TextField,
    WallTimeField,
    choice,
)
from community.web.forms.numbered import NumberedForm
from community.web.wording import later

NOW, LATER = "now", "later"
HOURS, DAYS = "hours", "days"
_MINUTES = {HOURS: 60, DAYS: 24 * 60}

STATUS_NAMES = {
    RsvpStatus.GOING: later("Going"),
    RsvpStatus.OFFERED: later("Offered"),
    RsvpStatus.WAITLISTED: later("Waitlisted"),
    RsvpStatus.REQUESTED: later("Asked"),
    RsvpStatus.INVITED: later("Invited"),
    RsvpStatus.DECLINED: later("Declined"),
    RsvpStatus.WITHDRAWN: later("Withdrawn"),
    RsvpStatus.REMOVED: later("Removed"),
    RsvpStatus.REFUSED: later("Refused"),
    RsvpStatus.LAPSED: later("Lapsed"),
}


class MessageForm(NumberedForm):
    """A message and whom it is for; what narrows beside the status is no field of the form."""

    status = ChoicesField(later("To those who are"))
    subject = LineField(
        later("Subject"), most=SUBJECT_LENGTH, missing=later("Please write a subject.")
    )
    body = TextField(later("Message"), most=BODY_LENGTH, missing=later("Please write a message."))

    @classmethod
    def asked(cls, segment: Segment, *, thanks: bool) -> "MessageForm":
        """An empty one to a segment, or one with words of thanks."""
        words = thanking() if thanks else {"body": gettext("Hello {first_name},\n\n")}
        return cls(formdata=None, data={"status": list(segment.statuses), **words})

    @classmethod
    def of(cls, one: Announcement) -> "MessageForm":
        """The form as it was filled in, to correct it."""
        known = {"subject": one.subject, "body": one.body}
        return cls(formdata=None, data={"status": one.segment.get("status", []), **known})

    def offering(self, counts: Mapping[str, int]) -> "MessageForm":
        """The form with the states that somebody is in, or that were ticked."""
        ticked = set(self.status.data or ())
        self.status.choices = [
            choice(state.value, f"{name} ({number(counts.get(state.value, 0))})")
            for state, name in STATUS_NAMES.items()
            if counts.get(state.value) or state.value in ticked
        ]
        return self


def thanking() -> dict[str, str]:
    """A subject and a message to those who came."""
    return {
        "subject": gettext("Thank you for coming: {event}"),
        "body": gettext(
            "Dear {first_name},\n\nthank you for coming to {event}. It was good to have you "
            "with us.\n\nWhom you met there you find again on your page: {own_page}\n\n"
            "Is there anything that we should do differently next time? Just reply to this mail."
        ),
    }


class SendForm(NumberedForm):
    """When a message is sent."""

    when = ChoiceField(later("When"), default=NOW)
    send_at = WallTimeField(later("At"))

    def offering(self) -> "SendForm":
        """The form with its choices."""
        self.when.choices = [
            choice(NOW, later("Now")),
            choice(LATER, later("At a time that I choose")),
        ]
        return self

    def validate_when(self, field: ChoiceField) -> None:
        """A time is given when one is to be chosen."""
        if field.data == LATER and not any(self.send_at.raw_data or ()):
            raise ValidationError(later("Please choose a time."))

    def at(self) -> datetime | None:
        """The wall time to send it at; None for now."""
        return self.send_at.data if self.when.data == LATER else None


class ReminderForm(Form):
    """A reminder of an event: how long before, and to whom."""

    count = NumberField(later("How long before"), least=1, most=1440, missing=later("How long?"))
    unit = ChoiceField(later("Unit"), default=DAYS)
    reminds = ChoiceField(later("To whom"), default=Reminds.GOING.value)

    def offering(self) -> "ReminderForm":
        """The form with its choices."""
        self.unit.choices = [choice(DAYS, later("days")), choice(HOURS, later("hours"))]
        self.reminds.choices = [
            choice(Reminds.GOING.value, later("Those who are going")),
            choice(Reminds.UNDECIDED.value, later("Those who have not answered")),
        ]
        return self

    def minutes(self) -> int:
        """How long before in minutes."""
        return (self.count.data or 0) * _MINUTES[self.unit.data]


def lead(minutes: int) -> str:
    """How long before an event, in words."""
    if minutes % _MINUTES[DAYS] == 0:
        return ngettext("%(num)s day before", "%(num)s days before", minutes // _MINUTES[DAYS])
    return ngettext("%(num)s hour before", "%(num)s hours before", minutes // _MINUTES[HOURS])
