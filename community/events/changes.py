"""What happens to events, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventDrafted:
    """An event was created; nobody but its hosts can see it."""

    event_id: int


@dataclass(frozen=True)
class EventPublished:
    """An event can be seen and answered."""

    event_id: int


@dataclass(frozen=True)
class EventEdited:
    """Facts of an event changed. ``fields`` names the columns that did.

    ``moved`` is about its times, ``elsewhere`` about its place: both are news for whoever has
    the event in a calendar (RFC 5546 section 2.1.4), the rest is not. ``before`` holds the old
    ``title``, ``starts_local``, ``ends_local`` (ISO 8601), ``timezone`` and ``location``.
    """

    event_id: int
    fields: tuple[str, ...]
    moved: bool
    elsewhere: bool
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
