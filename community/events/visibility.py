"""Pure decisions: who may see an event and what of it, who may edit it, when it takes answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from community.events.models import (
    HOSTS,
    AttendeesVisibleTo,
    Event,
    EventStatus,
    HostRole,
    Visibility,
)
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


# Every other answer lets its giver see the event that it is about. This one says that an
# organizer took the seat or the invitation back, and with it what they let somebody see.
TAKEN_BACK = "removed"


def may_see(event: Event, viewer: Viewer, *, is_host: bool, answer: str | None) -> bool:
    """Whether the event exists for this viewer at all. ``answer`` is the state of their own."""
    if is_host or viewer.is_admin:
        return True
    if event.status == EventStatus.DRAFT:
        return False
    if event.visibility == Visibility.PUBLIC or answer not in (None, TAKEN_BACK):
        return True
    return event.visibility == Visibility.MEMBERS and viewer.is_member


@dataclass(frozen=True)
class Shown:
    """What of an event is not for everybody who may see it, and is shown all the same."""

    address: bool = False
    online_link: bool = False
    attendees: bool = False


def shown(event: Event, *, is_team: bool, is_going: bool, is_member: bool) -> Shown:
    """What somebody may know of the event. The one rule for pages, mails, calendars and feeds.

    ``is_team`` is whoever owns it, co-hosts it or works at its door, and every admin;
    ``is_going`` is about the state ``going`` alone: a place in line or an offer is no seat yet.
    """
    inside = is_team or is_going
    audience = event.attendees_visible_to
    names = is_team or (is_going and audience != AttendeesVisibleTo.HOSTS)
    return Shown(
        address=inside or not event.address_private,
        online_link=inside,
        attendees=names or (is_member and audience == AttendeesVisibleTo.MEMBERS),
    )


def shown_to_answer(event: Event, status: str) -> Shown:
    """The same for whoever gave an answer that is in this state, as their mails and invites say.

    They may be no member any more by the time they read it.
    """
    return shown(event, is_team=False, is_going=status == "going", is_member=False)


def shown_to_anybody(event: Event) -> Shown:
    """The same for whoever comes by: visitors, feeds, search engines."""
    return shown(event, is_team=False, is_going=False, is_member=False)


def shown_to_team(event: Event) -> Shown:
    """The same for whoever makes the event."""
    return shown(event, is_team=True, is_going=False, is_member=False)


@dataclass(frozen=True)
class Place:
    """Where an event is as far as somebody may know; ``""`` for what they may not.

    ``link`` is where it is online. ``is_whole`` says whether nothing is kept from them.
    """

    name: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    access_notes: str = ""
    link: str = ""
    is_whole: bool = True

    @property
    def street(self) -> str:
        """Street, city and country on one line."""
        return ", ".join(filter(None, (self.address, self.city, self.country)))

    @property
    def line(self) -> str:
        """All of it on one line, as calendars and maps want it; else the link."""
        parts = (self.name, self.address, self.city, self.country)
        return ", ".join(dict.fromkeys(part for part in parts if part)) or self.link


def place_of(event: Event, may_know: Shown) -> Place:
    """The event's place for somebody who may know so much. Nothing else reads the venue for show.

    Without the address there is no name either: the name of a house is an address.
    """
    link = event.online_link if may_know.online_link else ""
    whole = link == event.online_link
    venue = event.venue
    if venue is None:
        return Place(link=link, is_whole=whole)
    if not may_know.address:
        return Place(city=venue.city, country=venue.country, link=link, is_whole=False)
    return Place(
        venue.name,
        venue.address,
        venue.city,
        venue.country,
        venue.access_notes,
        link,
        is_whole=whole,
    )


@dataclass(frozen=True)
class Rights:
    """What somebody may do at one event: ``leads`` decides who else does, ``edits`` changes it
    and sees everything about it, ``checks_in`` lets people in."""

    leads: bool = False
    edits: bool = False
    checks_in: bool = False


NO_RIGHTS = Rights()


def rights(viewer: Viewer, role: HostRole | None) -> Rights:
    """What follows from a role at the event. Who owns it must be an organizer still, and whose
    membership is suspended or over has none."""
    if viewer.is_shut_out:
        return NO_RIGHTS
    if role == HostRole.OWNER and not viewer.is_organizer:
        role = None
    leads = viewer.is_admin or role == HostRole.OWNER
    edits = leads or role in HOSTS
    return Rights(leads, edits, edits or role == HostRole.DOOR)
