"""The ways into somebody's own calendar: pages of Google and Microsoft, webcal, and the address.

None of these pages is documented by its maker as an interface; each is what the maker's own help
and buttons lead to.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from community.calendar.facts import When

# Google refuses addresses that are much longer than two kilobytes.
_LONGEST_DETAILS = 500
_OUTLOOK = {
    "outlook": "https://outlook.live.com/calendar/0",
    "office": "https://outlook.office.com/calendar/0",
}


@dataclass(frozen=True)
class Ways:
    """Addresses of pages on which somebody adds an event, or subscribes to a feed.

    ``outlook`` is for private accounts (Outlook.com), ``office`` for those of work and school.
    ``webcal`` and ``address`` are a feed's alone.
    """

    google: str
    outlook: str
    office: str
    webcal: str = ""
    address: str = ""


def ways_to_add(*, title: str, when: When, place: str, summary: str, page: str) -> Ways:
    """How to add one event: each page comes up filled in. ``page`` is the event's own address."""
    details = f"{summary[:_LONGEST_DETAILS]}\n\n{page}".strip()
    starts, ends = (f"{time:%Y%m%dT%H%M%SZ}" for time in (when.starts_at, when.ends_at))
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{starts}/{ends}",
        "ctz": when.timezone,
        "details": details,
        "location": place,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": f"{when.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{when.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "body": details,
        "location": place,
    }
    # Outlook shows a plus sign where a space was meant.
    filled_in = urlencode(outlook, quote_via=quote)
    composing = {name: f"{page}/deeplink/compose?{filled_in}" for name, page in _OUTLOOK.items()}
    return Ways(f"https://calendar.google.com/calendar/render?{urlencode(google)}", **composing)


def ways_to_subscribe(address: str, name: str) -> Ways:
    """How to subscribe to the feed at ``address``, which calendars then show as ``name``."""
    _, _, rest = address.partition("://")
    webcal = f"webcal://{rest}"
    query = urlencode({"url": address, "name": name}, quote_via=quote)
    adding = {service: f"{page}/addfromweb?{query}" for service, page in _OUTLOOK.items()}
    # Given an https address, Google takes it for the name of one of its own calendars.
    google = f"https://calendar.google.com/calendar/r?{urlencode({'cid': webcal})}"
    return Ways(google, **adding, webcal=webcal, address=address)
