"""Pure decisions: who may see an event, who may edit it, and whether it takes answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from community.events.models import HOSTS, Event, EventStatus, HostRole, Visibility
from community.membership.viewer import Viewer


class Phase(StrEnum):
    """Where an event is in its life, as its page shows it."""

    DRAFT = "draft"
    SOON = "soon"  # published, and not open for answers yet
    OPEN = "open"
    CLOSED = "closed"  # published, and takes no more answers
    CANCELLED = "cancelled"
    PAST = "past"


def phase(event: Event, moment: datetime) -> Phase:
    """The phase at an aware instant."""
    if event.status == EventStatus.DRAFT:
        return Phase.DRAFT
    if event.status == EventStatus.CANCELLED:
        return Phase.CANCELLED
    if event.ends_at <= moment:
        return Phase.PAST
    closes_at = event.answer_by or event.ends_at
    if not event.takes_answers or moment >= closes_at:
        return Phase.CLOSED
    return Phase.SOON if event.opens_at and moment < event.opens_at else Phase.OPEN


def may_see(event: Event, viewer: Viewer, *, is_host: bool, has_rsvp: bool) -> bool:
    """Whether the event exists for this viewer at all."""
    if is_host or viewer.is_admin:
        return True
    if event.status == EventStatus.DRAFT:
        return False
    if has_rsvp or event.visibility == Visibility.PUBLIC:
        return True
    return event.visibility == Visibility.MEMBERS and viewer.is_member


@dataclass(frozen=True)
class Rights:
    """What somebody may do at one event: ``leads`` decides who else does, ``edits`` changes it
    and sees everything about it, ``checks_in`` lets people in."""

    leads: bool = False
    edits: bool = False
    checks_in: bool = False


NO_RIGHTS = Rights()


def rights(viewer: Viewer, role: HostRole | None) -> Rights:
    """What follows from a role at the event. Who owns it must be an organizer still."""
    if role == HostRole.OWNER and not viewer.is_organizer:
        role = None
    leads = viewer.is_admin or role == HostRole.OWNER
    edits = leads or role in HOSTS
    return Rights(leads, edits, edits or role == HostRole.DOOR)
