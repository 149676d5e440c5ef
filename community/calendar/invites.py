"""The next calendar message of an attendee: REQUEST or CANCEL, with the numbers that order them.

For each attendee SEQUENCE never falls and DTSTAMP always rises, in the order in which the
use-cases committed (RFC 5546 section 2.1.5). Call these under the event's lock.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from community.calendar.facts import Invite, Method, Status, When
from community.core.addresses import domain_of
from community.core.clock import now
from community.core.current import settings
from community.core.db import execute_plain
from community.core.identity import community_name
from community.core.links import link
from community.core.text import gettext as _
from community.events.models import Event
from community.events.visibility import Place, place_of, shown_to_answer, shown_to_anybody
from community.rsvp.models import Attendee, Partstat

# Plain: an object that has changed costs as much as all else that an RSVP writes.
_attendees: sa.Table = Attendee.metadata.tables["attendees"]
_NUMBER = (
    sa.update(_attendees)
    .where(_attendees.c.id == sa.bindparam("attendee"))
    .values({name: sa.bindparam(name) for name in ("sequence", "dtstamp", "partstat")})
)


def calendar_key(attendee: Attendee) -> str:
    """What the outbox knows an attendee's calendar entry by."""
    return f"attendee:{attendee.id}"


def organizer_address(attendee: Attendee) -> str:
    """Where this attendee's answers go: RSVP_ADDRESS with their own key, the same for ever."""
    local, _at, domain = settings().rsvp_address.partition("@")
    return f"{local}+{attendee.reply_key}@{domain}"


def thread_id(invite: Invite) -> str:
    """The Message-ID of the first mail about an entry, to which all later ones are answers.

    Also if that one never left: programs put mails together that answer the same one.
    """
    return f"{invite.uid}@{domain_of(settings().mail_from)}"


def message_id(invite: Invite | None) -> str | None:
    """The Message-ID that a mail with this invite must have; None for any."""
    return thread_id(invite) if invite is not None and invite.is_first else None


def when(event: Event) -> When:
    """The event's time as calendars state it."""
    return When(event.starts_local, event.ends_local, event.timezone, event.fold)


def description(event: Event, place: Place) -> str:
    """The plain text inside a calendar entry: what it is, how to join, where to read more."""
    join = _("Join online: %(url)s", url=place.link) if place.link else ""
    page = _("Details: %(url)s", url=link("event", slug=event.slug))
    return "\n\n".join(part for part in (event.summary, join, page) if part)


def next_request(
    attendee: Attendee,
    event: Event,
    *,
    partstat: Partstat,
    bump: bool = True,
    moved: bool = False,
) -> Invite:
    """The attendee's new REQUEST. ``bump`` raises SEQUENCE: for everything but new wording.

    ``moved``: the time is another, so that an answer to an older REQUEST does not count.
    """
    tentative = partstat == Partstat.TENTATIVE
    invite = _next(
        attendee,
        event,
        method="REQUEST",
        partstat=partstat,
        status="TENTATIVE" if tentative else "CONFIRMED",
        bump=bump,
    )
    if moved:
        attendee.rescheduled_sequence = attendee.sequence
    return invite


def next_cancel(attendee: Attendee, event: Event, *, partstat: Partstat) -> Invite:
    """The CANCEL for this attendee alone, because they left or the event is off."""
    return _next(
        attendee,
        event,
        method="CANCEL",
        partstat=partstat,
        status="CANCELLED",
        bump=True,
    )


def _number(attendee: Attendee, sequence: int, stamp: datetime, partstat: Partstat) -> None:
    numbers = {"sequence": sequence, "dtstamp": stamp, "partstat": partstat}
    for name, value in numbers.items():
        set_committed_value(attendee, name, value)
    # Of a guest who is no longer with a party there is no row.
    execute_plain(_NUMBER, {"attendee": attendee.id, **numbers})


def _next(
    attendee: Attendee,
    event: Event,
    *,
    method: Method,
    partstat: Partstat,
    status: Status,
    bump: bool,
) -> Invite:
    assert attendee.address is not None, "an invite needs somebody to go to"
    organizer = community_name()  # asked before anything is changed, which would be saved first
    # A CANCEL may go to whoever has lost the seat, or to a mailbox that is no longer theirs.
    asks = method == "REQUEST"
    may_know = shown_to_answer(event, attendee.rsvp.status) if asks else shown_to_anybody(event)
    place = place_of(event, may_know)
    stamp = now().replace(microsecond=0)
    if attendee.dtstamp is not None:
        stamp = max(stamp, attendee.dtstamp + timedelta(seconds=1))
    is_first = attendee.sequence == -1
    _number(attendee, max(attendee.sequence + int(bump), 0), stamp, partstat)
    return Invite(
        method=method,
        uid=attendee.uid,
        sequence=attendee.sequence,
        dtstamp=stamp,
        organizer_name=organizer,
        organizer_address=organizer_address(attendee),
        attendee_name=attendee.name,
        attendee_address=attendee.address,
        partstat=partstat.value,
        status=status,
        when=when(event),
        summary=event.title,
        description=description(event, place),
        location=place.line,
        url=link("event", slug=event.slug),
        is_first=is_first,
    )
