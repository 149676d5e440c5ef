"""What changed of what organizers write about people. What was written is in no entry."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NoteAdded:
    """An organizer wrote a note about somebody."""

    person_id: int
    note_id: int


@dataclass(frozen=True)
class NoteEdited:
    """A note says something else now."""

    person_id: int
    note_id: int


@dataclass(frozen=True)
class NoteDeleted:
    """A note about somebody is gone."""

    person_id: int
    note_id: int


@dataclass(frozen=True)
class TagAdded:
    """An organizer gave somebody a tag."""

    person_id: int


@dataclass(frozen=True)
class TagRemoved:
    """A tag was taken off somebody."""

    person_id: int
