"""What happens to what is held about people, as facts."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RecordsMerged:
    """Two records of one person became one: that of ``person_id`` stays.

    ``addresses`` tells how many moved, ``answers`` how many RSVPs.
    """

    person_id: int
    merged_id: int
    addresses: int
    answers: int


@dataclass(frozen=True)
class AnswerFolded:
    """Both records had an answer to a coming event, and this one gave way to the other."""

    rsvp_id: int
    event_id: int
    was: str
    kept_rsvp_id: int


@dataclass(frozen=True)
class ExportAsked:
    """Somebody wants everything that is held about them."""

    person_id: int
    export_id: int


@dataclass(frozen=True)
class ExportFinished:
    """It can be fetched."""

    person_id: int
    export_id: int


@dataclass(frozen=True)
class ExportTakenOut:
    """An operator was given everything that is held about somebody."""

    person_id: int


@dataclass(frozen=True)
class PersonErased:
    """A person is nothing but a number from now on. ``left`` counts the coming events they left."""

    person_id: int
    left: int


@dataclass(frozen=True)
class AddressErased:
    """The same, for the last mail alone: who recorded it must not write the address down."""

    address: str
    at: datetime
    left: int
