"""What happens to events, as facts."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class EventDrafted:
    """An event was created; nobody but its hosts can see it."""

    event_id: int


@dataclass(frozen=True)
class EventCloned:
    """A draft was made like another event; nobody is told. ``series_id`` when it is one of many."""

    event_id: int
    source_id: int
    series_id: int | None


@dataclass(frozen=True)
class EventPublished:
    """An event can be seen and answered.

    ``quietly`` when another event of its series was published with it: news is the first alone.
    """

    event_id: int
    quietly: bool = False


@dataclass(frozen=True)
class EventArchived:
    """An event that is over is off the desk's lists."""

    event_id: int


@dataclass(frozen=True)
class EventUnarchived:
    """It is back on them."""

    event_id: int


@dataclass(frozen=True)
class DraftDeleted:
    """A draft that nobody had answered is gone. ``draft_id`` leads to nothing any more."""

    draft_id: int
    title: str


@dataclass(frozen=True)
class PreviewOpened:
    """There is a link that shows a draft to whoever has it."""

    event_id: int


@dataclass(frozen=True)
class PreviewRevoked:
    """The link leads nowhere any more."""

    event_id: int


@dataclass(frozen=True)
class CoverChanged:
    """An event has another cover picture, or none any more."""

    event_id: int
    removed: bool


@dataclass(frozen=True)
class EventEdited:
    """Facts of an event changed. ``fields`` names the columns that did.

    ``moved`` is about its times, ``elsewhere`` about its place: both are news for whoever has
    the event in a calendar (RFC 5546 section 2.1.4), the rest is not. ``before`` holds the old
    ``title``, ``starts_local``, ``ends_local`` (ISO 8601), ``timezone`` and ``location``, with
    ``outside`` as what of the location everybody may know, and the ``link`` beside a place.
    ``values`` holds the old and the new value of the columns of :data:`.noted.VALUED`.
    """

    event_id: int
    fields: tuple[str, ...]
    moved: bool
    elsewhere: bool
    before: dict[str, str]
    values: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class ClocksChanged:
    """New rules of its time zone gave an event other instants; its wall time is the same.

    ``before`` is as in :class:`EventEdited`.
    """

    event_id: int
    before: dict[str, str]


@dataclass(frozen=True)
class EventCancelled:
    """An event will not take place."""

    event_id: int


@dataclass(frozen=True)
class HelperAdded:
    """Somebody has a role at an event now; see :class:`community.events.models.HostRole`."""

    event_id: int
    person_id: int
    role: str


@dataclass(frozen=True)
class HelperChanged:
    """Somebody has another role at an event."""

    event_id: int
    person_id: int
    role: str
    was: str


@dataclass(frozen=True)
class HelperRemoved:
    """Somebody has no role at an event any more."""

    event_id: int
    person_id: int
    was: str


@dataclass(frozen=True)
class OwnerChanged:
    """An event is somebody else's now; who owned it before co-hosts it."""

    event_id: int
    person_id: int
    before: tuple[int, ...]


@dataclass(frozen=True)
class HelperAsked:
    """An address was asked to help; which, is in the invitation alone."""

    event_id: int
    invitation_id: int
    role: str


@dataclass(frozen=True)
class HelperReminded:
    """The same mail once more, with another link."""

    event_id: int
    invitation_id: int
    role: str


@dataclass(frozen=True)
class HelperUnasked:
    """What was asked was taken back before there was an answer."""

    event_id: int
    invitation_id: int
    role: str


@dataclass(frozen=True)
class HelperDeclined:
    """Whoever was asked to help said no."""

    event_id: int
    invitation_id: int
    role: str


@dataclass(frozen=True)
class TopicsMerged:
    """A topic went up in another one; ``followers`` and ``events`` say how many came along."""

    topic_id: int
    into_id: int
    name: str
    into_name: str
    followers: int
    events: int


@dataclass(frozen=True)
class TopicDeleted:
    """A topic that nobody followed and no event was about is gone."""

    topic_id: int
    name: str


@dataclass(frozen=True)
class VenueEdited:
    """A venue is called or described otherwise, or is elsewhere; ``fields`` names the columns.

    ``values`` holds its name, address and city, before and after, as far as they changed.
    """

    venue_id: int
    fields: tuple[str, ...]
    values: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class VenueDeleted:
    """A venue where no event was is gone."""

    venue_id: int
    name: str
