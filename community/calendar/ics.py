"""Calendar files as bytes: an invite for one attendee, one event to download, a feed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from community.calendar.facts import Invite, Published, When
from community.calendar.safe_text import safe_line, safe_text, safe_uri
from community.calendar.timezones import FIRST_YEAR, vtimezone
from community.core.text import gettext

PRODID = "-//community//events//EN"

# In characters. Every client polls or stores the whole file, so a long description is cut; the mail
# and the page behind URL carry all of it.
LONGEST_SUMMARY, LONGEST_DESCRIPTION, LONGEST_LOCATION, LONGEST_NAME = 200, 4000, 250, 100

# What the attendee's time looks like to others now, and after an answer of yes (Outlook's words;
# without them Outlook shows an invite as busy before it was answered).
_BUSY = {
    "NEEDS-ACTION": ("TENTATIVE", "BUSY"),
    "ACCEPTED": ("BUSY", "BUSY"),
    "TENTATIVE": ("TENTATIVE", "BUSY"),
    "DECLINED": ("FREE", "BUSY"),
}

# Inside a quoted parameter RFC 5545 has no double quote, RFC 6868 writes it (and the caret itself)
# with carets that many clients show as they are, and some clients take backslashes for escapes.
_PARAMETER = str.maketrans({'"': "'", "^": None, "\\": "/"})


def invite(facts: Invite) -> bytes:
    """The iTIP message (RFC 5546) for the one attendee in ``facts``: REQUEST or CANCEL.

    The mail's ``text/calendar`` part must name the same method.
    """
    event = _event(
        uid=facts.uid,
        sequence=facts.sequence,
        stamp=facts.dtstamp,
        when=facts.when,
        summary=facts.summary,
        description=facts.description,
        location=facts.location,
        url=facts.url,
    )
    cancel = facts.method == "CANCEL"
    event.add("STATUS", facts.status)
    event.add("TRANSP", "TRANSPARENT" if cancel else "OPAQUE")
    event.add("ORGANIZER", _person(facts.organizer_name, facts.organizer_address))
    event.add("ATTENDEE", _attendee(facts))
    now, intended = ("FREE", "FREE") if cancel else _BUSY[facts.partstat]
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", now)
    event.add("X-MICROSOFT-CDO-INTENDEDSTATUS", intended)
    # Nobody reads proposals of another time.
    event.add("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
    calendar = _calendar(facts.method)
    return _written(calendar, [(event, facts.when)])


def event_file(facts: Published) -> bytes:
    """One event to download (METHOD:PUBLISH): nobody is asked, nobody is named."""
    calendar = _calendar("PUBLISH")
    return _written(calendar, [(_published(facts), facts.when)])


def feed(
    *, name: str, description: str, url: str, timezone: str, events: Iterable[Published]
) -> bytes:
    """A calendar to subscribe to (RFC 7986); the same facts in any order give the same bytes.

    ``url`` is the page that people read (never a private address: the file may be passed on),
    ``timezone`` the IANA name in which a client shows the calendar. Cancelled events stay, marked;
    the caller drops them some days after their end. Keep it below 1,000 events: Google stops at
    about 1 MB and says nothing.
    """
    ordered = sorted(events, key=lambda event: (event.when.starts_at, event.uid))
    calendar = _calendar("PUBLISH")
    # The X- names are older than RFC 7986 and known to more clients.
    title, about = safe_line(name, LONGEST_SUMMARY), safe_text(description, LONGEST_DESCRIPTION)
    for each, text in (
        ("NAME", title),
        ("X-WR-CALNAME", title),
        ("DESCRIPTION", about),
        ("X-WR-CALDESC", about),
        ("X-WR-TIMEZONE", timezone),
    ):
        if text:
            # icalendar escapes nothing in a property that it does not know: the type is named.
            calendar.add(each, vText(text))
    if url:
        calendar.add("URL", safe_uri(url))
    if ordered:
        calendar.add("LAST-MODIFIED", max(event.last_modified for event in ordered))
    # RFC 7986, 5.7 gives REFRESH-INTERVAL no default type, so the type must be named.
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    return _written(calendar, [(_published(event), event.when) for event in ordered])


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def _written(calendar: Calendar, events: list[tuple[Event, When]]) -> bytes:
    """The file; zones stand before the events that name them: some readers go through but once."""
    for name in sorted({when.timezone for _, when in events if _in_own_zone(when)}):
        zone = vtimezone(name)
        assert zone is not None
        calendar.add_component(zone)
    for event, _ in events:
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _in_own_zone(when: When) -> bool:
    """Whether wall time and TZID say the instants without doubt; otherwise UTC says them.

    A TZID cannot tell the second of two hours (RFC 5545, 3.3.5), and readers differ about an hour
    that the clocks skip.
    """
    known = when.starts_local.year >= FIRST_YEAR and when.is_unambiguous
    return known and vtimezone(when.timezone) is not None


def _event(
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    when: When,
    summary: str,
    description: str,
    location: str,
    url: str,
) -> Event:
    event = Event()
    event.add("UID", uid)
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    _span(event, when)
    event.add("SUMMARY", safe_line(summary, LONGEST_SUMMARY))
    for name, text in (
        ("DESCRIPTION", safe_text(description, LONGEST_DESCRIPTION)),
        ("LOCATION", safe_line(location, LONGEST_LOCATION)),
    ):
        if text:
            event.add(name, text)
    if url:
        event.add("URL", safe_uri(url))
    return event


def _span(event: Event, when: When) -> None:
    if _in_own_zone(when):
        # Wall time with the name beside it: of an aware datetime icalendar writes the zones that
        # it holds to be the same as UTC (Africa/Abidjan) with a "Z".
        span, zone = (when.starts_local, when.ends_local), {"TZID": when.timezone}
    else:
        span, zone = (when.starts_at, when.ends_at), {}
    for name, time in zip(("DTSTART", "DTEND"), span, strict=True):
        event.add(name, time, parameters=zone)


def _published(facts: Published) -> Event:
    # Some clients show a cancelled event of a feed like any other, so the title says it too.
    cancelled = facts.cancelled
    title = safe_line(facts.summary, LONGEST_SUMMARY)
    event = _event(
        uid=facts.uid,
        sequence=facts.sequence,
        stamp=facts.last_modified,
        when=facts.when,
        summary=gettext("Cancelled: %(title)s", title=title) if cancelled else title,
        description=facts.description,
        location=facts.location,
        url=facts.url,
    )
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE" if cancelled else "BUSY")
    return event


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = safe_line(name.translate(_PARAMETER), LONGEST_NAME) or address
    return person


def _attendee(facts: Invite) -> vCalAddress:
    attendee = _person(facts.attendee_name, facts.attendee_address)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = facts.partstat
    attendee.params["RSVP"] = "FALSE" if facts.method == "CANCEL" else "TRUE"
    attendee.params["X-NUM-GUESTS"] = "0"
    return attendee
