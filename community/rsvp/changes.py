"""What happens to answers, as facts. ``was`` is the state before, empty for a new answer."""

from dataclasses import dataclass, field

from community.rsvp.party import DroppedGuest


@dataclass(frozen=True)
class RsvpAsked:
    """A visitor answered; the mailed page's button must confirm it."""

    pending_id: int
    event_id: int


@dataclass(frozen=True)
class SeatGiven:
    """A party has its seats. ``promoted`` when it had been waiting.

    ``by_calendar``: it said so in its calendar, which knows.
    """

    rsvp_id: int
    event_id: int
    promoted: bool
    by_calendar: bool = False
    was: str = ""


@dataclass(frozen=True)
class PutOnWaitlist:
    """A party waits."""

    rsvp_id: int
    event_id: int
    was: str = ""


@dataclass(frozen=True)
class ApprovalAsked:
    """A party asks to come, and the organizers decide."""

    rsvp_id: int
    event_id: int
    by_calendar: bool = False
    was: str = ""


@dataclass(frozen=True)
class RequestRefused:
    """The organizers said no to a request, perhaps with a ``word``."""

    rsvp_id: int
    event_id: int
    word: str = field(metadata={"audited": False})


@dataclass(frozen=True)
class SeatLeft:
    """Somebody who was going, waiting or asking is no longer."""

    rsvp_id: int
    event_id: int
    was: str
    by_calendar: bool = False


@dataclass(frozen=True)
class CheckedIn:
    """Somebody at the door let one head in."""

    rsvp_id: int
    event_id: int
    attendee_id: int


@dataclass(frozen=True)
class CheckInReverted:
    """It was somebody else, or a slip of the finger."""

    rsvp_id: int
    event_id: int
    attendee_id: int


@dataclass(frozen=True)
class Declined:
    """Somebody said no without having said yes before."""

    rsvp_id: int
    event_id: int
    by_calendar: bool = False
    was: str = ""


@dataclass(frozen=True)
class SeatOffered:
    """A freed seat is held for a waiting party until ``Rsvp.reserved_until``."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class SeatLapsed:
    """What was held for a party was not taken in time. ``was``: ``offered`` or ``invited``."""

    rsvp_id: int
    event_id: int
    was: str


@dataclass(frozen=True)
class SeatAdded:
    """An organizer seated somebody without asking them, perhaps with a ``word``."""

    rsvp_id: int
    event_id: int
    word: str = field(metadata={"audited": False})
    was: str = ""


@dataclass(frozen=True)
class WalkedIn:
    """Somebody came without a seat and was given one at the door."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class SeatRemoved:
    """An organizer took back a seat, a place or an invitation. ``was`` is the state before."""

    rsvp_id: int
    event_id: int
    was: str
    word: str = field(metadata={"audited": False})


@dataclass(frozen=True)
class PlaceChanged:
    """An organizer gave a waiting party another place, 1 being the first."""

    rsvp_id: int
    event_id: int
    place: int
    word: str = field(metadata={"audited": False})
    was: int | None = None


@dataclass(frozen=True)
class PartyChanged:
    """Other guests come along; the party had ``was`` heads and has ``party`` now.

    ``added`` holds ids of attendees.
    """

    rsvp_id: int
    event_id: int
    was: int
    added: tuple[int, ...]
    dropped: tuple[DroppedGuest, ...] = field(metadata={"audited": False})
    party: int | None = None


@dataclass(frozen=True)
class AnswerEdited:
    """The same people come, and the hosts were told something new about them."""

    rsvp_id: int
    event_id: int


@dataclass(frozen=True)
class GuestDeclined:
    """A guest said that they cannot come; the party is smaller by them."""

    rsvp_id: int
    event_id: int
    dropped: DroppedGuest = field(metadata={"audited": False})


@dataclass(frozen=True)
class QuestionAdded:
    """An event asks one more thing."""

    event_id: int
    question_id: int


@dataclass(frozen=True)
class QuestionEdited:
    """A question has other words or choices. ``fields`` names what changed."""

    event_id: int
    question_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class QuestionMoved:
    """A question has another place among the others."""

    event_id: int
    question_id: int


@dataclass(frozen=True)
class QuestionRetired:
    """A question is asked no more; its answers stay."""

    event_id: int
    question_id: int


@dataclass(frozen=True)
class QuestionRestored:
    """A retired question is asked again."""

    event_id: int
    question_id: int


@dataclass(frozen=True)
class QuestionDeleted:
    """A question that nobody had answered is gone."""

    event_id: int
    question_id: int


@dataclass(frozen=True)
class QuestionsCopied:
    """An event asks what another one asks, ``from_event_id``."""

    event_id: int
    from_event_id: int
    count: int


@dataclass(frozen=True)
class PersonInvited:
    """An organizer invited somebody; ``word`` is said to everybody of the same list."""

    rsvp_id: int
    event_id: int
    invited_by: int | None
    word: str = field(metadata={"audited": False})
    was: str = ""


@dataclass(frozen=True)
class InvitationsAsked:
    """An organizer wants everybody on a list invited."""

    list_id: int
    event_id: int


@dataclass(frozen=True)
class RemindersAsked:
    """An organizer wants invited people reminded: all who have not answered, or ``chosen``."""

    event_id: int
    asked_by: int
    chosen: tuple[int, ...] | None  # ids of RSVPs
    word: str = field(metadata={"audited": False})


@dataclass(frozen=True)
class PersonReminded:
    """Somebody who has not answered an invitation is written to again."""

    rsvp_id: int
    event_id: int
    reminded_by: int | None
    word: str = field(metadata={"audited": False})
