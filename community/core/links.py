"""Addresses that leave the site, in mails and calendars: BASE_URL and a path, nothing else.

The Host header has no part in them. A house test checks that each path is a page.
"""

from urllib.parse import quote

from community.core.current import settings

PATHS = {
    "home": "/",
    "join": "/join",
    "join_confirm": "/join/confirm/{token}",
    "invited": "/invited/{token}",
    "sign_in": "/sign-in",
    "sign_in_link": "/sign-in/link/{token}",
    "address_confirm": "/profile/email/confirm/{token}",
    "sessions": "/profile/sessions",
    "connections": "/connections",
    "member": "/members/{handle}",
    "contact": "/contact",
    "security_txt": "/.well-known/security.txt",
    "export": "/profile/privacy/export",
    "guest": "/guest/{token}",
    "helping": "/helping/{token}",
    "events": "/events",
    "event": "/events/{slug}",
    "event_file": "/events/{slug}/event.ics",
    "public_feed": "/calendar.ics",
    "topic_feed": "/topics/{topic}/calendar.ics",
    "secret_feed": "/calendar/{token}.ics",
    "rsvp_file": "/rsvp/{token}/event.ics",
    "rsvp_confirm": "/rsvp/confirm/{token}",
    "rsvp": "/rsvp/{token}",
    "answer_confirm": "/answers/{token}",
    "kitchen": "/kitchen/{token}",
    "my_events": "/my/events",
    "unsubscribe": "/unsubscribe/{token}",
    "applications": "/organize/applications",
    "desk": "/organize/events/{slug}",
    "check_in": "/organize/events/{slug}/check-in",
    "replies": "/organize/events/{slug}/replies",
    "attendees": "/organize/events/{slug}/attendees",
}


def link(page: str, **values: str) -> str:
    """The absolute address of a page, such as ``link("event", slug="boston-dinner")``."""
    safe = {name: quote(value, safe="") for name, value in values.items()}
    return settings().base_url + PATHS[page].format(**safe)
