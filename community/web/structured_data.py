"""What search engines read of a public event: schema.org in JSON-LD, and nothing that is hidden.

A page puts it into a data block, which no browser runs, so that the policy on scripts allows it;
``tojson`` writes ``<`` and line separators as escapes.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from community.core.current import settings
from community.core.identity import community_name
from community.events.covers import LARGE, SMALL
from community.events.models import Event, EventFormat, EventStatus, Visibility
from community.events.visibility import place_of, shown_to_anybody
from community.rsvp.queries import Seats

_MODES = {
    EventFormat.IN_PERSON: "OfflineEventAttendanceMode",
    EventFormat.ONLINE: "OnlineEventAttendanceMode",
    EventFormat.HYBRID: "MixedEventAttendanceMode",
}


def structured_data(event: Event, seats: Seats) -> dict[str, Any] | None:
    """The event as JSON-LD for everybody, whoever looks; None for one that is not public."""
    if event.visibility != Visibility.PUBLIC or event.status == EventStatus.DRAFT:
        return None
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": event.summary,
        "url": _page(event),
        "startDate": _time(event, event.starts_at),
        "endDate": _time(event, event.ends_at),
        "eventStatus": f"https://schema.org/{_status(event)}",
        "eventAttendanceMode": f"https://schema.org/{_MODES[event.format]}",
        "location": _location(event),
        "organizer": {
            "@type": "Organization",
            "name": community_name(),
            "url": settings().base_url + "/",
        },
        "image": [settings().base_url + url for url in cover_urls(event)],
        "maximumAttendeeCapacity": seats.capacity,
        "remainingAttendeeCapacity": seats.free,
    }
    if _status(event) == "EventRescheduled" and event.moved_from:
        data["previousStartDate"] = _time(event, event.moved_from)
    return {name: value for name, value in data.items() if value not in (None, "", [])}


def cover_urls(event: Event) -> list[str]:
    """The addresses of the cover, the large one first; none without a cover."""
    if not event.cover_version:
        return []
    return [
        url_for("events.cover", slug=event.slug, size=size, v=event.cover_version)
        for size in (LARGE, SMALL)
    ]


def _status(event: Event) -> str:
    if event.status == EventStatus.CANCELLED:
        return "EventCancelled"
    return "EventRescheduled" if event.moved_from else "EventScheduled"


def _location(event: Event) -> list[dict[str, Any]]:
    place = place_of(event, shown_to_anybody(event))
    found: list[dict[str, Any]] = []
    if event.format != EventFormat.ONLINE and place.line:
        address = {
            "@type": "PostalAddress",
            "streetAddress": place.address,
            "addressLocality": place.city,
            "addressCountry": place.country,
        }
        found.append(
            {
                "@type": "Place",
                "name": place.name or place.city or place.country,
                "address": {name: value for name, value in address.items() if value},
            }
        )
    if event.format != EventFormat.IN_PERSON:
        # The link itself is for those who are going; the page says how to get it.
        found.append({"@type": "VirtualLocation", "url": _page(event)})
    return found


def _page(event: Event) -> str:
    return settings().base_url + url_for("events.show", slug=event.slug)


def _time(event: Event, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(event.timezone)).isoformat()
