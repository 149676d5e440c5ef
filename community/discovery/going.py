"""What of an event one viewer may know, and who is going as far as they may read it."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db
from community.events import visibility
from community.events.models import Event
from community.events.queries import find_role
from community.events.visibility import Place, Shown, place_of
from community.membership.viewer import Viewer
from community.rsvp.models import Rsvp, RsvpStatus

MOST_NAMES = 60


@dataclass(frozen=True)
class Going:
    """Who is going: names in order, and how many heads beside, guests among them."""

    names: tuple[str, ...]
    more: int


def shown_to(viewer: Viewer, event: Event) -> Shown:
    """What of the event is shown to the viewer. A visitor costs no query."""
    if viewer.person_id is None:
        return visibility.shown_to_anybody(event)
    return visibility.shown(
        event,
        is_team=viewer.is_admin or find_role(event.id, viewer.person_id) is not None,
        is_going=_is_going(viewer.person_id, event.id),
        is_member=viewer.is_member,
    )


def place_for(viewer: Viewer, event: Event) -> Place:
    """The event's place as the viewer may know it: no query where nothing is kept from anybody."""
    if not event.address_private and not event.online_link:
        return place_of(event, visibility.shown_to_anybody(event))
    return place_of(event, shown_to(viewer, event))


def _is_going(person_id: int, event_id: int) -> bool:
    mine = sa.select(Rsvp.id).where(
        Rsvp.event_id == event_id,
        Rsvp.person_id == person_id,
        Rsvp.status == RsvpStatus.GOING,
    )
    return db.session.scalar(mine) is not None
