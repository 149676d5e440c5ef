"""What somebody wants mails about."""

from collections.abc import Collection
from typing import Any

from community.membership.wish_models import MailCategory
from community.web.forms import Form
from community.web.forms.fields import ChoicesField, choice
from community.web.wording import later

LABELS = {
    MailCategory.EVENTS: later("New events about topics that I follow"),
    MailCategory.CONNECTIONS: later("Members who want to connect with me, or accept"),
    MailCategory.MESSAGES: later("Messages from the hosts of events that I do not come to"),
    MailCategory.APPLICATIONS: later("Applications to join that wait for an organizer"),
}


class MailWishesForm(Form):
    """A box for every category that is offered."""

    wanted = ChoicesField(later("Write to me about"))

    def __init__(self, offered: Collection[MailCategory], **given: Any) -> None:
        super().__init__(data=given)
        self.wanted.choices = [choice(one.value, LABELS[one]) for one in offered]
