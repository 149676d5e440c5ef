"""Writing an event down and changing it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Forbidden, Refused
from community.core.text import clean_line, clean_text, slugify
from community.core.tokens import new_key
from community.core.walltime import WallTime, end_to_utc, is_zone, kind_of, to_utc
from community.events.changes import EventDrafted, EventEdited
from community.events.models import (
    LINK_LENGTH,
    LONGEST_OFFER,
    MOST_GUESTS,
    MOST_SEATS,
    AttendeesVisibleTo,
    Event,
    EventFormat,
    EventHost,
    EventStatus,
    HostRole,
    LinePolicy,
    Venue,
    Visibility,
)
from community.events.noted import values_of
from community.events.queries import lock_event, require_editor
from community.events.series import FIRST_YEAR, LAST_YEAR
from community.events.visibility import place_of, shown_to_anybody, shown_to_team
from community.membership.queries import find_topics, get_person

_TIMES = {"starts_local", "ends_local", "fold", "timezone", "starts_at", "ends_at"}
_PLACE = {"venue_id", "format"}
# No user name before the host and no backslash, which browsers read as a slash: both hide where a
# link leads.
_LINK = re.compile(
    r"https://[^\s/?#\\@:\[\]<>\"']+(?::[0-9]{1,5})?(?:[/?#][^\s\\<>\"]*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class EventDraft:
    """What an organizer writes down. Times are naive wall times in ``timezone`` (IANA).

    ``capacity`` None means no limit. ``opens_at``, ``answer_by`` and ``edit_until`` are wall times
    in the same zone; ``offer_hours`` None gives a freed seat at once.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    summary: str = ""
    description: str = ""
    format: EventFormat = EventFormat.IN_PERSON
    venue: str = ""
    venue_address: str = ""
    venue_city: str = ""
    capacity: int | None = None
    kept_back: int = 0
    visibility: Visibility = Visibility.PUBLIC
    requires_approval: bool = False
    guests_allowed: int = 0
    opens_at: datetime | None = None
    answer_by: datetime | None = None
    edit_until: datetime | None = None
    line_policy: LinePolicy = LinePolicy.ARRIVAL
    smaller_may_pass: bool = True
    offer_hours: int | None = None
    topics: Sequence[str] = ()
    address_private: bool = False
    online_link: str = ""
    attendees_visible_to: AttendeesVisibleTo = AttendeesVisibleTo.HOSTS
    maybe_keeps_seat: bool = True


@transactional
def create_event(organizer_id: int, draft: EventDraft) -> Event:
    """Keep a draft that only its owner sees. Refuses what cannot be an event."""
    if not get_person(organizer_id).is_organizer:
        raise Forbidden("organizers_only")
    facts = _facts(draft)
    event = Event(slug=free_slug(draft.title), **facts)
    event.topics = find_topics(draft.topics)
    db.session.add(event)
    db.session.flush()
    db.session.add(EventHost(event_id=event.id, person_id=organizer_id, role=HostRole.OWNER))
    record(EventDrafted(event.id))
    return event


@transactional
def edit_event(
    organizer_id: int, event_id: int, draft: EventDraft, *, seen: int | None = None
) -> Event:
    """Change an event. Refuses capacity below the seats taken, and new times for what is over.

    ``seen`` is the version that the organizer looked at: somebody else's change since then is
    not overwritten unread.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    _check_standing(event, draft, seen)
    facts, before, was_over = _facts(draft), facts_told(event), event.ends_at <= now()
    changed = {name for name, value in facts.items() if getattr(event, name) != value}
    if event.status == EventStatus.PUBLISHED and "starts_at" in changed:
        event.moved_from = event.starts_at
    values = values_of(event, changed, facts)
    for name in changed:
        setattr(event, name, facts[name])
    if event.status == EventStatus.PUBLISHED and changed & _TIMES:
        _require_coming(event, was_over=was_over)
    topics = find_topics(draft.topics)
    if {topic.id for topic in topics} != {topic.id for topic in event.topics}:
        event.topics = topics
        changed.add("topics")
    if changed:
        _note_edit(event, changed, before, values)
    return event


def facts_told(event: Event) -> dict[str, str]:
    """What people were told about the event so far."""
    place = place_of(event, shown_to_team(event))
    return {
        "title": event.title,
        "starts_local": event.starts_local.isoformat(),
        "ends_local": event.ends_local.isoformat(),
        "timezone": event.timezone,
        "location": place.line,
        "link": place.link if place.link != place.line else "",
        "outside": place_of(event, shown_to_anybody(event)).line,
    }


def _check_standing(event: Event, draft: EventDraft, seen: int | None) -> None:
    if event.status == EventStatus.CANCELLED:
        raise Refused("event_cancelled")
    if seen is not None and seen != event.version:
        raise Refused("changed_meanwhile")
    if draft.capacity is not None and draft.capacity < event.seats_taken:
        raise Refused(
            "below_seats_taken", field="capacity", taken=event.seats_taken, asked=draft.capacity
        )


def _note_edit(
    event: Event, changed: set[str], before: dict[str, str], values: dict[str, list[Any]]
) -> None:
    if event.status == EventStatus.DRAFT and "title" in changed:
        event.slug = free_slug(event.title, event.id)
    moved, elsewhere = bool(changed & _TIMES), bool(changed & _PLACE)
    event.changed_at = now()
    event.version += 1
    event.sequence += int(moved or elsewhere)
    db.session.flush()
    db.session.refresh(event, ["venue"])
    record(EventEdited(event.id, tuple(sorted(changed)), moved, elsewhere, before, values))


def _require_coming(event: Event, *, was_over: bool) -> None:
    if was_over:
        raise Refused("event_past")
    if event.ends_at <= now():
        raise Refused("event_in_past", field="ends_at")


def _facts(draft: EventDraft) -> dict[str, object]:
    """The columns that a draft stands for, or a refusal that names the field at fault."""
    if not is_zone(draft.timezone):
        raise Refused("unknown_zone", field="timezone", zone=clean_line(draft.timezone)[:80])
    if not 0 <= draft.guests_allowed <= MOST_GUESTS:
        raise Refused("guests_out_of_range", field="guests_allowed", most=MOST_GUESTS)
    if draft.capacity is not None and not 1 <= draft.capacity <= MOST_SEATS:
        raise Refused("capacity_out_of_range", field="capacity", most=MOST_SEATS)
    if draft.offer_hours is not None and not 1 <= draft.offer_hours <= LONGEST_OFFER:
        raise Refused("offer_out_of_range", field="offer_hours", most=LONGEST_OFFER)
    if draft.kept_back < 0 or draft.kept_back > (draft.capacity or 0):
        raise Refused("kept_back_over_capacity", field="kept_back", capacity=draft.capacity or 0)
    starts_at = instant("starts_at", draft.starts_at, draft.timezone)
    instant("ends_at", draft.ends_at, draft.timezone)
    ends_at = end_to_utc(draft.ends_at, draft.timezone, starts_at)
    if ends_at <= starts_at:
        raise Refused("ends_before_start", field="ends_at")
    answering = _answering(draft, ends_at)
    venue = _venue(draft)
    title = clean_line(draft.title)
    if not title:
        raise Refused("title_missing", field="title")
    return {
        "title": title,
        "summary": clean_line(draft.summary),
        "description": clean_text(draft.description),
        "format": draft.format,
        "venue_id": venue.id if venue else None,
        "starts_local": draft.starts_at,
        "ends_local": draft.ends_at,
        "fold": 0,
        "timezone": draft.timezone,
        "starts_at": starts_at,
        "ends_at": ends_at,
        **answering,
        "capacity": draft.capacity,
        "kept_back": draft.kept_back,
        "visibility": draft.visibility,
        "requires_approval": draft.requires_approval,
        "maybe_keeps_seat": draft.maybe_keeps_seat,
        "guests_allowed": draft.guests_allowed,
        "line_policy": draft.line_policy,
        "smaller_may_pass": draft.smaller_may_pass,
        "offer_hours": draft.offer_hours,
        "address_private": draft.address_private,
        "online_link": _link(draft),
        "attendees_visible_to": draft.attendees_visible_to,
    }


def _link(draft: EventDraft) -> str:
    typed = clean_line(draft.online_link)
    if typed and (len(typed) > LINK_LENGTH or not _LINK.fullmatch(typed)):
        raise Refused("bad_link", field="online_link", link=typed[:80])
    return typed


def _answering(draft: EventDraft, ends_at: datetime) -> dict[str, datetime | None]:
    """From when until when people may answer, and change their answers."""
    times = {
        name: instant(name, local, draft.timezone) if (local := getattr(draft, name)) else None
        for name in ("opens_at", "answer_by", "edit_until")
    }
    opens_at, answer_by, edit_until = times.values()
    if opens_at and opens_at > ends_at:
        raise Refused("opens_at_after_end", field="opens_at")
    if answer_by and answer_by > ends_at:
        raise Refused("answer_by_after_end", field="answer_by")
    if edit_until and edit_until > ends_at:
        raise Refused("edit_until_after_end", field="edit_until")
    if opens_at and answer_by and opens_at >= answer_by:
        raise Refused("opens_after_closing", field="opens_at")
    return times


def instant(field: str, local: datetime, zone: str) -> datetime:
    """The instant of a wall time that was typed; of a repeated one, the first.

    Refuses a time that the clocks skip, and one outside the years that calendars can carry.
    """
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise Refused("year_out_of_range", field=field)
    if kind_of(local, zone) == WallTime.SKIPPED:
        raise Refused("time_skipped", field=field, time=local, zone=zone)
    return to_utc(local, zone)


def _venue(draft: EventDraft) -> Venue | None:
    name = clean_line(draft.venue)
    if not name:
        return None
    address, city = clean_line(draft.venue_address), clean_line(draft.venue_city)
    alike = sa.select(Venue).where(Venue.name == name).order_by(Venue.id)
    for venue in db.session.scalars(alike.limit(50)):
        if address in {"", venue.address} and city in {"", venue.city}:
            return venue
    venue = Venue(name=name, address=address, city=city, timezone=draft.timezone)
    db.session.add(venue)
    db.session.flush()
    return venue


def free_slug(title: str, own_id: int | None = None) -> str:
    """A slug that no other event has: the title's words, with a number when they are taken."""
    stem = slugify(title) or f"event-{new_key()[:8]}"
    taken = set(
        db.session.scalars(
            sa.select(Event.slug).where(
                Event.slug.startswith(stem, autoescape=True), Event.id != (own_id or 0)
            )
        )
    )
    # /organize/events/new is a page, and below /events/preview are others.
    if stem not in taken and stem not in {"new", "preview"}:
        return stem
    number = next(n for n in range(2, len(taken) + 3) if f"{stem}-{n}" not in taken)
    return f"{stem}-{number}"
