"""What happens to the records of people, as facts."""

from dataclasses import dataclass


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
