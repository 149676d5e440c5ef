"""The zip that a person gets of everything held about them."""

import io
import json
import zipfile

import sqlalchemy as sa

from community.calendar import ics
from community.calendar.publishing import published
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.core.identity import community_name
from community.core.links import link
from community.core.text import gettext
from community.core.types import JSONDict
from community.events.models import Event, EventStatus
from community.membership.photos import LARGE, find_photo
from community.privacy.gathering import everything_about
from community.rsvp.models import Rsvp, RsvpStatus

MOST_EVENTS = 1000  # what calendar programs take at once
FORMAT = 1  # rises when a key of everything.json changes its meaning
_IN_CALENDAR = (RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.WAITLISTED)


def archive_of(person_id: int) -> bytes:
    """The whole file. Raises NotFound for somebody who does not exist."""
    held = everything_about(person_id)
    files = {
        "README.txt": _readme(held).encode(),
        "everything.json": _json(held),
        "calendar.ics": _calendar(person_id),
    }
    if photo := _photo(person_id):
        name, data = photo
        files[name] = data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, now().timetuple()[:6])
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def _json(held: JSONDict) -> bytes:
    whole = {
        "format": FORMAT,
        "community": community_name(),
        "address": settings().base_url,
        "made_at": now().isoformat(),
        **held,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2).encode()


def _calendar(person_id: int) -> bytes:
    theirs = sa.select(Rsvp.event_id).where(
        Rsvp.person_id == person_id, Rsvp.status.in_(_IN_CALENDAR)
    )
    events = db.session.scalars(
        sa.select(Event)
        .where(Event.id.in_(theirs), Event.status != EventStatus.DRAFT)
        .order_by(Event.starts_at.desc(), Event.id)
        .limit(MOST_EVENTS)
    )
    return ics.feed(
        name=community_name(),
        description=gettext("Events of %(name)s", name=community_name()),
        url=link("events"),
        timezone=settings().timezone,
        events=map(published, events),
    )


def _photo(person_id: int) -> tuple[str, bytes] | None:
    """Name and bytes of the profile photo, the larger of its sizes."""
    photo = find_photo(person_id, LARGE)
    if photo is None:
        return None
    _, kind = photo.content_type.split("/")
    return f"photo.{kind}", photo.content


def _readme(held: JSONDict) -> str:
    lines = [
        gettext("Everything that %(name)s holds about you", name=community_name()),
        gettext("as of %(time)s (UTC)", time=f"{now():%Y-%m-%d %H:%M}"),
        "",
        gettext("everything.json: all of it, section by section. Times are ISO 8601, in UTC."),
        gettext("calendar.ics: the events that you have a seat or a place in line for."),
        gettext("photo.jpeg: your photo, if you have one."),
        "",
        gettext(
            "What others wrote about themselves, and who decided on your answers, is theirs and "
            "not in here. Of codes and links only hashes are held; they are left out."
        ),
        "",
        gettext("Sections, and how many entries each has:"),
        *(f"  {section}: {len(rows)}" for section, rows in held.items()),
        "",
        gettext("Questions, or something is wrong? %(url)s", url=link("export")),
    ]
    return "\n".join(lines) + "\n"
