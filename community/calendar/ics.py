"""Calendar files as bytes: an invite for one attendee, one event to download, a feed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, lru_cache

from icalendar import Calendar, Event, vCalAddress, vText

from community.calendar.content_lines import component, escaped
from community.calendar.facts import Invite, Published, Status, When
from community.calendar.safe_text import safe_line, safe_text, safe_uri
from community.calendar.timezones import FIRST_YEAR, vtimezone
from community.core.text import gettext, shorten

PRODID = "-//community//events//EN"

# In characters. Every client polls or stores the whole file, so a long description is cut; the mail
# and the page behind URL carry all of it.
LONGEST_SUMMARY, LONGEST_DESCRIPTION, LONGEST_LOCATION, LONGEST_NAME = 200, 4000, 250, 100

# What one feed may hold: see :func:`feed`.
MOST_EVENTS, MOST_BYTES = 1000, 900_000
_SHORTER = (1000, 500, 250, 100)  # characters of a description
_END = b"END:VCALENDAR\r\n"

# What the attendee's time looks like to others now, and after an answer of yes (Outlook's words;
# without them Outlook shows an invite as busy before it was answered).
_BUSY = {
    "NEEDS-ACTION": ("TENTATIVE", "BUSY"),
    "ACCEPTED": ("BUSY", "BUSY"),
    "TENTATIVE": ("TENTATIVE", "BUSY"),
    "DECLINED": ("FREE", "BUSY"),
}
_LOCAL, _UTC = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"
_SHOWN_AS: dict[Status, str] = {"CONFIRMED": "BUSY", "TENTATIVE": "TENTATIVE", "CANCELLED": "FREE"}

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
    return _written(_empty(facts.method), [(event, facts.when)])


def event_file(facts: Published) -> bytes:
    """One event to download (METHOD:PUBLISH): nobody is asked, nobody is named."""
    return _written(_empty("PUBLISH"), [(_published(facts, _title(facts)), facts.when)])


def feed(
    *,
    name: str,
    description: str,
    url: str,
    timezone: str,
    events: Iterable[Published],
    source: str = "",
) -> bytes:
    """A calendar to subscribe to (RFC 7986); the same facts in any order give the same bytes.

    ``url`` is the page that people read and ``source`` where the file itself is: never a private
    address, for the file may be passed on. ``timezone`` is the IANA name in which a client shows
    the calendar. Cancelled events stay, marked; the caller drops them some days after their end.
    At most 1,000 events and 900,000 bytes (Google stops at about 1 MB and says nothing): where
    they are more, descriptions are cut, and then the latest events left out.
    """
    ordered = sorted(events, key=lambda event: (event.when.starts_at, event.uid))[:MOST_EVENTS]
    zones = sorted({each.when.timezone for each in ordered if _in_own_zone(each.when)})
    head = _feed_head(
        ordered, name=name, description=description, url=url, timezone=timezone, source=source
    )
    head += b"".join(map(_zone_as_bytes, zones))
    room = MOST_BYTES - len(head) - len(_END)
    parts = [_fragment(each, _title(each), LONGEST_DESCRIPTION) for each in ordered]
    if sum(map(len, parts)) > room:
        longest = _shorter(ordered, sum(map(len, parts)) - room)
        parts = [_fragment(each, _title(each), longest) for each in ordered]
    size = 0
    fitting = [part for part in parts if (size := size + len(part)) <= room]
    return b"".join([head, *fitting, _END])


def _shorter(events: list[Published], over: int) -> int:
    """To how many characters descriptions are cut, so that a feed loses so many bytes."""
    texts = [(len(each.description), len(each.description.encode())) for each in events]
    for longest in _SHORTER:
        saved = sum(size - size * longest // length for length, size in texts if length > longest)
        if saved >= over:
            return longest
    return 0


def _feed_head(
    events: list[Published], *, name: str, description: str, url: str, timezone: str, source: str
) -> bytes:
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
    if source:
        calendar.add("SOURCE", safe_uri(source), parameters={"VALUE": "URI"})
    if events:
        calendar.add("LAST-MODIFIED", max(event.last_modified for event in events))
    # RFC 7986, 5.7 gives REFRESH-INTERVAL no default type, so the type must be named.
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    written: bytes = calendar.to_ical()
    return written.removesuffix(_END)


# What has been written once is kept by its facts, so that it can never be out of date.
@lru_cache(maxsize=4096)
def _fragment(facts: Published, title: str, longest: int) -> bytes:
    """What :func:`_published` is in bytes."""
    when = facts.when
    if _in_own_zone(when):
        zone, span, form = f";TZID={when.timezone}", (when.starts_local, when.ends_local), _LOCAL
    else:
        zone, span, form = "", (when.starts_at, when.ends_at), _UTC
    stamp = facts.last_modified.strftime(_UTC)
    about = safe_text(shorten(facts.description, longest), LONGEST_DESCRIPTION) if longest else ""
    place = safe_line(facts.location, LONGEST_LOCATION)
    properties = (
        ("SUMMARY", escaped(safe_line(title, LONGEST_SUMMARY))),
        (f"DTSTART{zone}", span[0].strftime(form)),
        (f"DTEND{zone}", span[1].strftime(form)),
        ("DTSTAMP", stamp),
        ("UID", escaped(facts.uid)),
        ("SEQUENCE", str(facts.sequence)),
        ("DESCRIPTION", escaped(about)),
        ("LAST-MODIFIED", stamp),
        ("LOCATION", escaped(place)),
        ("STATUS", facts.status),
        ("TRANSP", "TRANSPARENT" if facts.cancelled else "OPAQUE"),
        ("URL", safe_uri(facts.url)),
        ("X-MICROSOFT-CDO-BUSYSTATUS", _SHOWN_AS[facts.status]),
    )
    said = (each for each in properties if each[1] or each[0] == "SUMMARY")
    return component("VEVENT", said)


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


@cache
def _empty(method: str) -> bytes:
    written: bytes = _calendar(method).to_ical()
    return written


def _written(calendar: bytes, events: list[tuple[Event, When]]) -> bytes:
    """The file; zones stand before the events that name them: some readers go through but once."""
    zones = sorted({when.timezone for _, when in events if _in_own_zone(when)})
    parts = [_zone_as_bytes(name) for name in zones] + [event.to_ical() for event, _ in events]
    head, end, _ = calendar.rpartition(b"END:VCALENDAR\r\n")
    return b"".join([head, *parts, end])


@cache
def _zone_as_bytes(name: str) -> bytes:
    zone = vtimezone(name)
    assert zone is not None
    written: bytes = zone.to_ical()
    return written


@lru_cache(maxsize=4096)
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


def _title(facts: Published) -> str:
    """Some clients show a cancelled event of a feed like any other, so the title says it too."""
    title = safe_line(facts.summary, LONGEST_SUMMARY)
    return gettext("Cancelled: %(title)s", title=title) if facts.cancelled else title


def _published(facts: Published, title: str) -> Event:
    event = _event(
        uid=facts.uid,
        sequence=facts.sequence,
        stamp=facts.last_modified,
        when=facts.when,
        summary=title,
        description=facts.description,
        location=facts.location,
        url=facts.url,
    )
    event.add("STATUS", facts.status)
    event.add("TRANSP", "TRANSPARENT" if facts.cancelled else "OPAQUE")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", _SHOWN_AS[facts.status])
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
