"""What happens to links for whoever cooks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KitchenLinkCreated:
    """Whoever has the link sees what an event's heads eat, with their names or without."""

    event_id: int
    link_id: int
    with_names: bool


@dataclass(frozen=True)
class KitchenLinkRevoked:
    """The link opens nothing any more."""

    event_id: int
    link_id: int
