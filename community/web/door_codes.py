"""The codes that people bring to the door, as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from community.core.clock import now
from community.core.qr import qr_svg
from community.events.models import Event, EventStatus
from community.rsvp.codes import code_link, code_of
from community.rsvp.models import Attendee

_SOON = timedelta(days=1)


@dataclass(frozen=True)
class DoorCode:
    """One head's code: to be read aloud, and as the path of a picture ``size`` modules wide."""

    name: str
    code: str
    size: int
    path: str


def door_codes(event: Event, heads: Sequence[Attendee]) -> list[DoorCode]:
    """Those of heads who are going; none once the event is over or cancelled."""
    if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
        return []
    return [
        DoorCode(head.name, code_of(head.id), *qr_svg(code_link(event.slug, head.id)))
        for head in heads
    ]


def is_soon(event: Event) -> bool:
    """Whether people may be looking for their code right now."""
    return now() > event.starts_at - _SOON
