"""What mails about events state, frozen when they are queued."""

from contextlib import suppress
from datetime import datetime

from community.calendar.facts import When
from community.calendar.ways import Ways, ways_to_add
from community.core.dates import clock, hours, weekday_day, zone_name
from community.core.links import link
from community.core.text import gettext as _
from community.core.tokens import link_token
from community.core.types import JSONDict
from community.events.models import Event
from community.events.visibility import (
    Shown,
    place_of,
    shown_to_answer,
    shown_to_anybody,
)
from community.mail.models import MailState, OutboxMail
from community.rsvp.models import Rsvp
from community.rsvp.queries import LINK

_WHEN = ("starts_local", "ends_local", "timezone")
# By its name in a "before", as EventEdited has it, what a mail calls it.
_TOLD = {
    "title": "event_title",
    "starts_local": "event_starts",
    "ends_local": "event_ends",
    "timezone": "event_timezone",
    "location": "event_location",
}


def event_facts(event: Event, may_know: Shown | None = None) -> JSONDict:
    """The event as a mail names it; wall times as ISO 8601 text.

    ``may_know`` is what its recipient may know of it; without that, what everybody may.
    """
    anybody = shown_to_anybody(event)
    place = place_of(event, may_know or anybody)
    return {
        "event_version": event.version,
        "event_title": event.title,
        "event_summary": event.summary,
        "event_slug": event.slug,
        "event_format": event.format.value,
        "event_location": place.line,
        "event_outside": place_of(event, anybody).line,
        "event_link": place.link if place.link != place.line else "",
        "event_timezone": event.timezone,
        "event_starts": event.starts_local.isoformat(),
        "event_ends": event.ends_local.isoformat(),
    }


def rsvp_facts(rsvp: Rsvp, event: Event) -> JSONDict:
    """The event and what this person answered to it."""
    return {
        **event_facts(event, shown_to_answer(event, rsvp.status)),
        "party_size": rsvp.party_size,
        "guests": [guest.name for guest in rsvp.guests],
        "rsvp_token": link_token(LINK, rsvp.id, rsvp.link_generation),
    }


def told(facts: JSONDict) -> JSONDict:
    """What a mail with these facts says of the event, in the form of ``EventEdited.before``."""
    outside = facts.get("event_outside", facts["event_location"])
    link = facts.get("event_link", "")
    told = {name: facts[fact] for name, fact in _TOLD.items()}
    return {**told, "outside": outside, "link": link}


def as_anybody_knows(before: JSONDict) -> JSONDict:
    """The same from a recipient's side who is not told the place itself."""
    return {**before, "location": before.get("outside", before["location"]), "link": ""}


def known_before(last: OutboxMail) -> JSONDict:
    """What its recipient knows of the event if ``last`` is the newest mail about it.

    As long as a mail of news has not left for certain, they know what they knew before it.
    """
    if last.state != MailState.SENT and "before" in last.facts:
        return dict(last.facts["before"])
    return told(last.facts)


def is_moved(before: JSONDict, after: JSONDict) -> bool:
    """Whether the times differ."""
    return any(before[name] != after[name] for name in _WHEN)


def is_elsewhere(before: JSONDict, after: JSONDict) -> bool:
    """Whether the places differ. That somebody may now know more of the same place is no move."""
    if before["location"] == after["location"]:
        return False
    knew_less = before["location"] == before.get("outside") != after["location"]
    if knew_less or after["location"] == after.get("outside"):
        return bool(before.get("outside") != after.get("outside"))
    return True


def event_as_read(facts: JSONDict) -> JSONDict:
    """Frozen facts as templates want them; ``{}`` without an event.

    ``day``, ``hours`` and ``zone`` are text, ``ways`` pages of others that add the event. With a
    ``before`` in the facts, ``moved`` and ``elsewhere`` say what is other than the reader knows it,
    and ``was`` is a list of lines that say how it was; ``clocks`` says that the rules of its zone
    are others. With an ``until`` (a wall time) in the facts, it is text too.
    """
    if "event_starts" not in facts:
        return {}
    known = {"clocks": False, **facts}
    read = {**known, **when_in_words(told(facts)), "moved": False, "elsewhere": False, "was": []}
    read["ways"] = None
    with suppress(ValueError, KeyError):  # a mail says its news also when its event is odd
        read["ways"] = _ways(facts)
    if "until" in facts:
        until = datetime.fromisoformat(facts["until"])
        read["until"] = _("%(time)s on %(day)s", time=clock(until), day=weekday_day(until))
    if "before" in facts:
        before, after = facts["before"], told(facts)
        read["moved"] = is_moved(before, after)
        read["elsewhere"] = is_elsewhere(before, after)
        read["was"] = list(_was(before, after))
    return read


def _ways(facts: JSONDict) -> Ways:
    starts = datetime.fromisoformat(facts["event_starts"])
    ends = datetime.fromisoformat(facts["event_ends"])
    return ways_to_add(
        title=facts["event_title"],
        when=When(starts, ends, facts["event_timezone"]),
        place=facts["event_location"],
        summary=facts["event_summary"],
        page=link("event", slug=facts["event_slug"]),
    )


def when_in_words(when: JSONDict) -> dict[str, str]:
    """Day, hours and zone of what :func:`told` says."""
    starts = datetime.fromisoformat(when["starts_local"])
    ends = datetime.fromisoformat(when["ends_local"])
    return {
        "day": weekday_day(starts),
        "hours": hours(starts, ends),
        "zone": zone_name(when["timezone"]),
    }


def _was(before: JSONDict, after: JSONDict) -> list[str]:
    lines = []
    if is_moved(before, after):
        lines.append(_("Before: %(day)s, %(hours)s (%(zone)s)", **when_in_words(before)))
    if is_elsewhere(before, after) and before["location"]:
        lines.append(_("Before: %(place)s", place=before["location"]))
    if before["title"] != after["title"]:
        lines.append(_("Before: %(title)s", title=before["title"]))
    return lines
