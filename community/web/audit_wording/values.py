"""What an entry of the audit log says was there before and after, field by field."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.core.dates import clock, day, instant
from community.core.text import gettext
from community.events.models import Venue
from community.organizing.audit_log import LogEntry
from community.web.audit_wording.answers import BECAME, WAS
from community.web.filters import number
from community.web.later import Later, later

FIELDS: dict[str, Later] = {
    "status": later("Status"),
    "role": later("Role"),
    "membership": later("Membership"),
    "party": later("Heads"),
    "place": later("Place in line"),
    "title": later("Title"),
    "summary": later("Summary"),
    "description": later("Description"),
    "starts_local": later("Begins"),
    "ends_local": later("Ends"),
    "timezone": later("Time zone"),
    "format": later("Format"),
    "venue_id": later("Place"),
    "online_link": later("Link"),
    "capacity": later("Seats"),
    "kept_back": later("Seats kept back"),
    "guests_allowed": later("Guests allowed"),
    "offer_hours": later("Hours to take an offer"),
    "line_policy": later("Order of the line"),
    "visibility": later("Who may see it"),
    "requires_approval": later("Needs approval"),
    "takes_answers": later("Takes answers"),
    "attendees_visible_to": later("Who sees the attendees"),
    "opens_at": later("Answers from"),
    "answer_by": later("Answers until"),
    "edit_until": later("Changes until"),
    "smaller_may_pass": later("Smaller parties may pass"),
    "maybe_keeps_seat": later("Maybe keeps the seat"),
    "address_private": later("Address for those going only"),
    "topics": later("Topics"),
    "name": later("Name"),
    "address": later("Address"),
    "city": later("City"),
    "country": later("Country"),
}
# Follow from others that are shown.
_IMPLIED = {"starts_at", "ends_at", "fold"}
_VALUES: dict[str, Later] = {
    "going": later("Going"),
    "waitlisted": later("Waitlisted"),
    "offered": later("Offered"),
    "requested": later("Asked"),
    "invited": later("Invited"),
    "declined": later("Declined"),
    "withdrawn": later("Withdrawn"),
    "removed": later("Removed"),
    "refused": later("Refused"),
    "lapsed": later("Lapsed"),
    "member": later("Member"),
    "organizer": later("Organizer"),
    "admin": later("Admin"),
    "owner": later("Owner"),
    "cohost": later("Co-host"),
    "door": later("Door"),
    "public": later("Everybody"),
    "members": later("Members"),
    "active": later("Member"),
    "applied": later("Applied"),
    "none": later("Not joined"),
    "suspended": later("Suspended"),
    "ended": later("Ended"),
}
_INSTANTS = {"opens_at", "answer_by", "edit_until"}
_WALL_TIMES = {"starts_local", "ends_local"}
_TYPED = {"title", "name", "address", "city", "country", "timezone"}
Pair = tuple[str, Any, Any]


@dataclass(frozen=True)
class Changed:
    """One field before and after; ``""`` where there was, or is, nothing."""

    field: str
    before: str
    after: str


def changed_in(entry: LogEntry) -> list[Changed]:
    """What an entry holds both values of."""
    return [
        Changed(_field(name), _value(entry, name, was), _value(entry, name, became))
        for name, was, became in _pairs(entry)
    ]


def only_named_in(entry: LogEntry) -> list[str]:
    """Fields that changed, and whose values the log does not hold."""
    fields = entry.details.get("fields")
    values = entry.details.get("values")
    known = set(values) if isinstance(values, dict) else set()
    named = [one for one in fields if isinstance(one, str)] if isinstance(fields, list) else []
    return [_field(one) for one in named if one not in known | _IMPLIED]


def _pairs(entry: LogEntry) -> list[Pair]:
    """Name, value before, value after, in the order that the log shows."""
    details, action = entry.details, entry.action
    if action in BECAME:
        was = details.get("was", WAS.get(action))
        return [] if was is None else [("status", was, BECAME[action])]
    if action in _STEPS:
        name, was, became = _STEPS[action](details)
        return [] if was is None and became is None else [(name, was, became)]
    return [*_of_columns(details.get("values")), *_of_audiences(details)]


# Of changes that hold one value before and after. What erasing took away is None.
_STEPS: dict[str, Callable[[dict[str, Any]], Pair]] = {
    "PartyChanged": lambda held: ("party", held.get("was"), held.get("party")),
    "PlaceChanged": lambda held: ("place", held.get("was"), held.get("place")),
    "HelperAdded": lambda held: ("role", None, held.get("role")),
    "HelperAsked": lambda held: ("role", None, held.get("role")),
    "HelperChanged": lambda held: ("role", held.get("was"), held.get("role")),
    "HelperRemoved": lambda held: ("role", held.get("was"), None),
    "RoleGranted": lambda held: ("role", held.get("was"), held.get("role")),
    "RoleRevoked": lambda held: ("role", held.get("role"), "member"),
    "MembershipSuspended": lambda held: ("membership", held.get("was"), "suspended"),
    "MembershipEnded": lambda held: ("membership", held.get("was"), "ended"),
    "MembershipReinstated": lambda held: ("membership", "suspended", held.get("now")),
}


def _of_columns(values: object) -> Iterator[Pair]:
    """What a change holds of the columns of an event or a place, in the order of the words."""
    if not isinstance(values, dict):
        return
    order = [*FIELDS, *values]
    for name in sorted(values, key=order.index):
        match values[name]:
            case [was, became]:
                yield name, was, became


def _of_audiences(details: dict[str, Any]) -> Iterator[Pair]:
    after, before = details.get("audiences"), details.get("before")
    if isinstance(after, dict):
        was = before if isinstance(before, dict) else {}
        yield from ((name, was.get(name), value) for name, value in after.items())


def _field(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def _value(entry: LogEntry, name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else gettext("yes") if value else gettext("no")
    if name == "venue_id":
        return entry.names.labels.get((Venue, value), "") or str(value)
    if isinstance(value, int):
        return number(value)
    return _words(entry, name, str(value))


def _words(entry: LogEntry, name: str, value: str) -> str:
    if name in _TYPED:
        return value
    if name in _INSTANTS or name in _WALL_TIMES:
        return time_of(entry, value)
    return str(_VALUES[value]) if value in _VALUES else value.replace("_", " ")


def time_of(entry: LogEntry, value: str) -> str:
    """An instant in the event's zone, or a wall time as it is; what is neither stays as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is not None:
        zone = entry.event.zone if entry.event and entry.event.zone else "UTC"
        return instant(moment, zone)
    return f"{day(moment)}, {clock(moment)}"
