"""What organizers do with the list of an event, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewSaved:
    """A view of the list has a name. What it is called, and whom it seeks, is not in the log."""

    event_id: int
    view_id: int


@dataclass(frozen=True)
class ViewChanged:
    """A saved view has another name, or means something else."""

    event_id: int
    view_id: int


@dataclass(frozen=True)
class ViewDeleted:
    """A saved view is gone."""

    event_id: int
    view_id: int


@dataclass(frozen=True)
class AttendeesRemoved:
    """Several were taken off the list at once; each has a change of its own, too."""

    event_id: int
    rsvp_ids: tuple[int, ...]
