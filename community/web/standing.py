"""Where somebody stands with an event: what every page about an answer shows and says."""

from typing import Any

from community.calendar.publishing import feed_url, google_url
from community.core.clock import now
from community.core.errors import Refused
from community.core.text import gettext, ngettext
from community.events.models import Event
from community.events.visibility import phase
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.opening import require_editable
from community.rsvp.queries import place_in_line, seats_of, waiting_parties
from community.web.filters import number


def standing(event: Event, mine: Rsvp | None) -> dict[str, Any]:
    """What a template needs to say how an event stands for whoever gave ``mine``."""
    waiting = waiting_parties([event.id]).get(event.id, 0)
    return {
        "event": event,
        "seats": seats_of(event, waiting),
        "mine": mine,
        "place": place_in_line(mine) if mine else None,
        "phase": phase(event, now()).value,
        "may_change": _may_change(event),
        "offered_until": mine.reserved_until if mine else None,
        "google_url": google_url(event),
        "webcal_url": feed_url(),
    }


def _may_change(event: Event) -> bool:
    """Whether guests, food and note may still be changed."""
    try:
        require_editable(event)
    except Refused:
        return False
    return True


def outcome(rsvp: Rsvp) -> tuple[str, str]:
    """What became of an answer, in a sentence, and the category to flash it in."""
    match rsvp.status:
        case RsvpStatus.GOING:
            text = ngettext(
                "You are going. Your seat is reserved.",
                "You are going. %(num)s seats are reserved, your guests included.",
                rsvp.party_size,
            )
            return text, "success"
        case RsvpStatus.WAITLISTED:
            place = number(place_in_line(rsvp) or 1)
            return gettext("You are number %(place)s on the waitlist.", place=place), "info"
        case RsvpStatus.REQUESTED:
            return gettext("Your request is with the host, who decides on it."), "info"
        case RsvpStatus.WITHDRAWN:
            return gettext("You withdrew. Thank you for telling us."), "success"
        case RsvpStatus.DECLINED:
            return gettext("You said no. Thank you for telling us."), "success"
    return gettext("Nothing was changed."), "info"
