"""An event with who comes, as a file for an organizer's own calendar."""

from collections.abc import Iterator
from typing import get_args

from community.calendar.facts import Partstat
from community.calendar.own_copy import Named, own_copy
from community.calendar.publishing import published
from community.core.current import settings
from community.core.identity import community_name
from community.events.visibility import shown_to_team
from community.membership.queries import shown_name
from community.organizing.export_rows import Attending, Head, Line
from community.rsvp.models import RsvpStatus

# How a calendar shows where somebody stands. Who is not named here is none of the event's people.
_SHOWN: dict[str, Partstat | None] = {
    RsvpStatus.GOING.value: None,  # what they said, which may be "maybe"
    RsvpStatus.OFFERED.value: "TENTATIVE",
    RsvpStatus.WAITLISTED.value: "TENTATIVE",
    RsvpStatus.REQUESTED.value: "TENTATIVE",
    RsvpStatus.INVITED.value: "NEEDS-ACTION",
    RsvpStatus.DECLINED.value: "DECLINED",
    RsvpStatus.WITHDRAWN.value: "DECLINED",
}


def ics_of(attending: Attending) -> Iterator[bytes]:
    """The event as its team knows it, with everybody who has a part in it and an address."""
    event = attending.event
    facts = published(event, shown_to_team(event))
    organizer = Named(community_name(), settings().rsvp_address)
    yield from own_copy(facts, organizer, _named(attending))


def _named(attending: Attending) -> Iterator[Named]:
    for line in attending:
        if line.status not in _SHOWN:
            continue
        unnamed = sum(head.position > 0 and not head.address for head in line.heads)
        for head in line.heads:
            address = head.address if head.position else line.email
            if address:
                guests = 0 if head.position else unnamed
                yield Named(_name(line, head), address, _partstat(line, head), guests)


def _name(line: Line, head: Head) -> str:
    return shown_name(head.name) if head.position else line.name


def _partstat(line: Line, head: Head) -> Partstat:
    shown = _SHOWN[line.status]
    if shown is not None:
        return shown
    return next((one for one in get_args(Partstat) if one == head.partstat), "NEEDS-ACTION")
