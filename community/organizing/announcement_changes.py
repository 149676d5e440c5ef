"""What happens to messages of hosts and to reminders of events, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AnnouncementDrafted:
    """A message to some of those who answered was written; nobody has got it."""

    announcement_id: int
    event_id: int


@dataclass(frozen=True)
class AnnouncementEdited:
    """Its words or its readers are others."""

    announcement_id: int
    event_id: int


@dataclass(frozen=True)
class AnnouncementDeleted:
    """A draft is gone."""

    announcement_id: int
    event_id: int


@dataclass(frozen=True)
class AnnouncementTestAsked:
    """Its writer wants to have it as a mail; nobody else gets that one."""

    announcement_id: int
    event_id: int
    asked_by: int


@dataclass(frozen=True)
class AnnouncementScheduled:
    """It is to be sent at an instant, as ISO 8601."""

    announcement_id: int
    event_id: int
    send_at: str


@dataclass(frozen=True)
class AnnouncementUnscheduled:
    """It is a draft again."""

    announcement_id: int
    event_id: int


@dataclass(frozen=True)
class AnnouncementStarted:
    """Who gets it stands fast, and how many that are; their mails are made by the worker."""

    announcement_id: int
    event_id: int
    size: int


@dataclass(frozen=True)
class AnnouncementStopped:
    """What had not left does not leave."""

    announcement_id: int
    event_id: int
    unsent: int


@dataclass(frozen=True)
class AnnouncementRetryAsked:
    """Mails of it that had failed are tried again."""

    announcement_id: int
    event_id: int
    mails: int


@dataclass(frozen=True)
class ReminderAdded:
    """An event is to have a reminder, or has it again."""

    event_id: int
    reminds: str
    minutes: int


@dataclass(frozen=True)
class ReminderSuspended:
    """An event keeps a reminder and does not send it."""

    event_id: int
    reminds: str
    minutes: int


@dataclass(frozen=True)
class ReminderRemoved:
    """An event is not to have a reminder any more."""

    event_id: int
    reminds: str
    minutes: int
