"""What answers by calendar lead to, as facts, beside what any answer does."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AnsweredOutdated:
    """An attendee answered to a time that the event no longer has, or asked for the invite."""

    rsvp_id: int
    event_id: int
    attendee_id: int
    moved: bool = True


@dataclass(frozen=True)
class WaitingAccepted:
    """A party that waits, or asks to come, accepted in its calendar."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class UnprovenAccepted:
    """A seat was taken by a mail that says that it is from somebody else."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class UnprovenLeft:
    """Somebody left by a mail of which it is not proven that it is theirs."""

    rsvp_id: int
    event_id: int
    was: str


@dataclass(frozen=True)
class MaybeLeft:
    """Somebody who had a seat said maybe, and the event keeps none for that."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class AnswerRejected:
    """Somebody accepted in their calendar, and it was refused: ``code`` says why."""

    rsvp_id: int
    event_id: int
    attendee_id: int
    code: str


@dataclass(frozen=True)
class AnswerDoubted:
    """An answer waits for the invited person's word that it is theirs."""

    mail_id: int
    rsvp_id: int
    event_id: int
    attendee_id: int


@dataclass(frozen=True)
class WordsReceived:
    """Somebody wrote back in words, or proposed another time.

    ``elsewhere``: from an address that is not known to be theirs, as when an invitation was
    forwarded.
    """

    mail_id: int
    rsvp_id: int
    event_id: int
    elsewhere: bool = False


@dataclass(frozen=True)
class MailHandled:
    """A mail that came in was acted on, or not; ``message_id`` is its own, ``trust`` its proof."""

    mail_id: int
    rsvp_id: int
    event_id: int
    attendee_id: int
    verdict: str
    trust: str
    message_id: str = field(metadata={"audited": False})  # holds an address of its sender's
