"""Where somebody stands with an event: what every page about an answer shows and says."""

from collections.abc import Sequence
from typing import Any

from community.calendar.publishing import event_ways
from community.core.clock import now
from community.core.dates import second
from community.core.errors import Refused
from community.core.text import gettext, ngettext
from community.discovery.event_page import EventPage
from community.discovery.going import shown_to
from community.events.models import Event
from community.events.visibility import Shown, may_see, phase, place_of, shown_to_answer
from community.membership.viewer import VISITOR
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.opening import require_editable
from community.rsvp.queries import (
    decisions_of,
    newest_decisions,
    place_as_told,
    place_in_line,
    seats_of,
    waiting_parties,
)
from community.web.access import viewer
from community.web.door_codes import door_codes, is_soon
from community.web.filters import number
from community.web.reasons import Told, in_line, why_you


def standing(event: Event, mine: Rsvp | None) -> dict[str, Any]:
    """What a template needs to say how an event stands for whoever gave ``mine``, and why."""
    return _standing(
        event,
        mine,
        may_know=_may_know(event, mine),
        waiting=waiting_parties([event.id]).get(event.id, 0),
        place=place_in_line(mine) if mine else None,
        decisions=decisions_of(mine.id) if mine else [],
    )


def standing_on(page: EventPage) -> dict[str, Any]:
    """The same of the event's own page, which has read all of it."""
    return _standing(
        page.event,
        page.mine,
        may_know=page.may_know,
        waiting=page.waiting,
        place=page.place,
        decisions=page.decisions,
    )


def _standing(
    event: Event,
    mine: Rsvp | None,
    *,
    may_know: Shown,
    waiting: int,
    place: int | None,
    decisions: Sequence[Decision],
) -> dict[str, Any]:
    return {
        "event": event,
        "seats": seats_of(event, waiting),
        "mine": mine,
        "place": place,
        "reason": reason(decisions[0], event, in_line(place, waiting)) if decisions else "",
        "history": [Told(decision.at, why_you(decision)) for decision in decisions],
        "phase": phase(event, now()).value,
        "may_change": _may_change(event),
        "offered_until": mine.reserved_until if mine else None,
        "where": place_of(event, may_know),
        "seen": mine is None or may_see(event, VISITOR, is_host=False, answer=mine.status),
        "ways": event_ways(event, may_know),
        "codes": door_codes(event, mine.attendees) if mine and is_going(mine) else [],
        "soon": is_soon(event),
    }


def is_going(mine: Rsvp) -> bool:
    """Whether the answer holds a seat for good."""
    return mine.status == RsvpStatus.GOING


def reason(decision: Decision, event: Event, rank: str) -> str:
    """Why somebody stands where they stand: when that was decided, on which figures, the rank now.

    Nothing for who said so themselves.
    """
    own = decision.reason == Reason.OWN_WISH and decision.became != RsvpStatus.GOING
    if own and not decision.word:
        return ""
    facts = {"time": second(decision.at, event.timezone), "why": why_you(decision), "rank": rank}
    return gettext("%(time)s: %(why)s %(rank)s", **facts).strip()


def own_reasons(answers: Sequence[Rsvp]) -> dict[int, str]:
    """The same for many answers of one person, by their ids."""
    decisions = newest_decisions(rsvp.id for rsvp in answers)
    waiting = waiting_parties(r.event_id for r in answers if r.status == RsvpStatus.WAITLISTED)
    return {
        rsvp.id: reason(
            decisions[rsvp.id],
            rsvp.event,
            in_line(place_in_line(rsvp), waiting.get(rsvp.event_id, 0)),
        )
        for rsvp in answers
        if rsvp.id in decisions
    }


def _may_know(event: Event, mine: Rsvp | None) -> Shown:
    """By who looks, or by the answer: a mailed link leads to it without signing in."""
    known = shown_to(viewer(), event)
    if mine is None or known.online_link:
        return known
    return shown_to_answer(event, mine.status)


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
            place = number(place_as_told(rsvp) or 1)
            return gettext("You are number %(place)s on the waitlist.", place=place), "info"
        case RsvpStatus.REQUESTED | RsvpStatus.OFFERED:
            asked = gettext("Your request is with the host, who decides on it.")
            held = gettext("A seat is free for you now. Please take it while it is held for you.")
            return asked if rsvp.status == RsvpStatus.REQUESTED else held, "info"
        case RsvpStatus.WITHDRAWN:
            return gettext("You withdrew. Thank you for telling us."), "success"
        case RsvpStatus.DECLINED:
            return gettext("You said no. Thank you for telling us."), "success"
    return gettext("Nothing was changed."), "info"
