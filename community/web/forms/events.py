"""The forms of the organizer's desk."""

from datetime import datetime

from wtforms import HiddenField
from wtforms.widgets import TextArea

from community.core.current import settings
from community.core.walltime import to_local
from community.events.drafts import EventDraft
from community.events.models import (
    LINK_LENGTH,
    LONGEST_OFFER,
    MOST_GUESTS,
    MOST_SEATS,
    AttendeesVisibleTo,
    Event,
    EventFormat,
    LinePolicy,
    Visibility,
)
from community.membership.queries import all_topics
from community.web.forms import Form
from community.web.forms.fields import (
    NOTE_LENGTH,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    ChoiceField,
    ChoicesField,
    LineField,
    NumberField,
    TextField,
    TickField,
    WallTimeField,
    choice,
)
from community.web.forms.pictures import PictureField
from community.web.wording import later

ADDRESS_LENGTH, ZONE_LENGTH = 240, 64  # as long as their columns

_FORMATS = {
    EventFormat.IN_PERSON: later("In person"),
    EventFormat.ONLINE: later("Online"),
    EventFormat.HYBRID: later("In person and online"),
}
_LINES = {
    LinePolicy.ARRIVAL: later("Whoever has waited longest"),
    LinePolicy.ORGANIZER: later("Whom I choose"),
}
PASS, WAIT = "yes", "no"
_PASSING = {
    PASS: later("A smaller party that fits may pass it"),
    WAIT: later("Everybody behind it waits"),
}
_VISIBILITIES = {
    Visibility.PUBLIC: later("Everybody can see it and answer"),
    Visibility.MEMBERS: later("Members only"),
    Visibility.INVITED: later("Invited people only"),
}

_ATTENDEES = {
    AttendeesVisibleTo.HOSTS: later("Nobody but the hosts"),
    AttendeesVisibleTo.GOING: later("Those who are going"),
    AttendeesVisibleTo.MEMBERS: later("Members and those who are going"),
}


class EventForm(Form):
    """What, when, where and for whom."""

    title = LineField(
        later("Title"), most=TITLE_LENGTH, missing=later("Please give the event a title.")
    )
    summary = LineField(later("Summary"), most=SUMMARY_LENGTH, widget=TextArea())
    description = TextField(later("Description"))
    cover = PictureField(later("Cover picture"))
    remove_cover = TickField(later("Show no cover picture"))
    topics = ChoicesField(later("Topics"))
    starts_at = WallTimeField(later("Starts"), missing=later("Please say when it starts."))
    ends_at = WallTimeField(later("Ends"), missing=later("Please say when it ends."))
    timezone = LineField(
        later("Time zone"),
        most=ZONE_LENGTH,
        missing=later("Please name the time zone, such as Europe/Berlin."),
    )
    format = ChoiceField(later("Format"), default=EventFormat.IN_PERSON.value)
    venue = LineField(later("Venue"))
    venue_address = LineField(later("Address"), most=ADDRESS_LENGTH)
    venue_city = LineField(later("City"))
    address_private = TickField(later("Only those who are going see the venue and its address"))
    online_link = LineField(later("Link to join online"), most=LINK_LENGTH)
    visibility = ChoiceField(later("Who can see it"), default=Visibility.PUBLIC.value)
    attendees_visible_to = ChoiceField(
        later("Who can read who is going"), default=AttendeesVisibleTo.HOSTS.value
    )
    capacity = NumberField(later("Seats"), least=1, most=MOST_SEATS)
    kept_back = NumberField(later("Seats kept back"), least=0, most=MOST_SEATS)
    guests_allowed = NumberField(later("Guests"), least=0, most=MOST_GUESTS)
    requires_approval = TickField(later("I confirm every seat"))
    maybe_keeps_seat = TickField(later('Who answers "maybe" in a calendar keeps the seat'))
    opens_at = WallTimeField(later("Opens"))
    answer_by = WallTimeField(later("Answer by"))
    edit_until = WallTimeField(later("Changes until"))
    line_policy = ChoiceField(later("Who moves up"), default=LinePolicy.ARRIVAL.value)
    smaller_may_pass = ChoiceField(later("When the next party is too large"), default=PASS)
    offer_hours = NumberField(later("Hours to take a freed seat"), least=1, most=LONGEST_OFFER)
    version = HiddenField()  # what the event was when the form was opened

    @classmethod
    def blank(cls) -> "EventForm":
        """The form of a new event."""
        return cls(
            data={"timezone": settings().timezone, "maybe_keeps_seat": True}
        )._offering_choices()

    @classmethod
    def of(cls, event: Event) -> "EventForm":
        """The form of an event as it stands, or as it was typed anew."""
        known = {
            name: getattr(event, name)
            for name in (
                "title",
                "summary",
                "description",
                "timezone",
                "capacity",
                "kept_back",
                "guests_allowed",
                "requires_approval",
                "maybe_keeps_seat",
                "offer_hours",
                "address_private",
                "online_link",
            )
        }
        known |= {
            "format": event.format.value,
            "visibility": event.visibility.value,
            "attendees_visible_to": event.attendees_visible_to.value,
            "topics": [topic.slug for topic in event.topics],
            "starts_at": event.starts_local,
            "ends_at": event.ends_local,
            "smaller_may_pass": PASS if event.smaller_may_pass else WAIT,
            "line_policy": event.line_policy.value,
            **{name: _local(event, name) for name in ("opens_at", "answer_by", "edit_until")},
            "version": str(event.version),
        }
        if event.venue:
            known |= {
                "venue": event.venue.name,
                "venue_address": event.venue.address,
                "venue_city": event.venue.city,
            }
        return cls(data=known)._offering_choices()

    def seen_version(self) -> int | None:
        """Which version the organizer had before their eyes; None when the sender did not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def draft(self) -> EventDraft:
        """What the organizer wrote down; call it once the form is valid."""
        starts_at, ends_at = self.starts_at.data, self.ends_at.data
        assert starts_at is not None
        assert ends_at is not None
        return EventDraft(
            title=self.title.data or "",
            starts_at=starts_at,
            ends_at=ends_at,
            timezone=self.timezone.data or "",
            summary=self.summary.data or "",
            description=self.description.data or "",
            format=EventFormat(self.format.data),
            venue=self.venue.data or "",
            venue_address=self.venue_address.data or "",
            venue_city=self.venue_city.data or "",
            capacity=self.capacity.data,
            kept_back=self.kept_back.data or 0,
            visibility=Visibility(self.visibility.data),
            requires_approval=self.requires_approval.data,
            maybe_keeps_seat=self.maybe_keeps_seat.data,
            guests_allowed=self.guests_allowed.data or 0,
            opens_at=self.opens_at.data,
            answer_by=self.answer_by.data,
            edit_until=self.edit_until.data,
            line_policy=LinePolicy(self.line_policy.data),
            smaller_may_pass=self.smaller_may_pass.data == PASS,
            offer_hours=self.offer_hours.data,
            topics=self.topics.data or [],
            address_private=self.address_private.data,
            online_link=self.online_link.data or "",
            attendees_visible_to=AttendeesVisibleTo(self.attendees_visible_to.data),
        )

    def _offering_choices(self) -> "EventForm":
        self.format.choices = [choice(value, label) for value, label in _FORMATS.items()]
        self.visibility.choices = [choice(value, label) for value, label in _VISIBILITIES.items()]
        self.line_policy.choices = [choice(value, label) for value, label in _LINES.items()]
        self.smaller_may_pass.choices = [choice(value, label) for value, label in _PASSING.items()]
        self.attendees_visible_to.choices = [
            choice(one, label) for one, label in _ATTENDEES.items()
        ]
        self.topics.choices = [choice(topic.slug, topic.name) for topic in all_topics()]
        return self


def _local(event: Event, name: str) -> datetime | None:
    """A time of the event as a clock on the wall shows it there."""
    at = getattr(event, name)
    return to_local(at, event.timezone) if at else None


class RefusalForm(Form):
    """A word to somebody whose request is refused."""

    word = LineField(later("A word to them"), most=NOTE_LENGTH)


class CancelForm(Form):
    """Why an event is called off."""

    message = TextField(later("Message"), most=NOTE_LENGTH)
