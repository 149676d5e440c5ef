"""Three readers of calendar files that know nothing of each other: icalendar, libical, ical.js."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from icalendar import Calendar

from community.calendar.facts import Invite, Published
from tests.calendar import libical

_NODE = shutil.which("node")
_ICAL_JS = os.environ.get("ICAL_JS", "")


@dataclass(frozen=True)
class Said:
    """What a reader finds in an event; times are aware UTC."""

    method: str
    uid: str
    sequence: int
    start: datetime
    end: datetime
    summary: str
    location: str
    partstat: str


def stated(facts: Invite | Published) -> Said:
    """What a file with these facts says."""
    is_invite = isinstance(facts, Invite)
    return Said(
        method=facts.method if is_invite else "PUBLISH",
        uid=facts.uid,
        sequence=facts.sequence,
        start=facts.when.starts_at,
        end=facts.when.ends_at,
        summary=facts.summary,
        location=facts.location,
        partstat=facts.partstat if is_invite else "",
    )


def by_icalendar(files: Sequence[bytes]) -> list[list[Said]]:
    """Each file's events as the library reads them that also writes them."""
    return [
        [_said(calendar, event) for event in calendar.walk("VEVENT")]
        for calendar in map(Calendar.from_ical, files)
    ]


def _said(calendar: Any, event: Any) -> Said:
    attendee = event.get("ATTENDEE")
    return Said(
        method=str(calendar["METHOD"]),
        uid=str(event["UID"]),
        sequence=int(event["SEQUENCE"]),
        start=event["DTSTART"].dt.astimezone(UTC),
        end=event["DTEND"].dt.astimezone(UTC),
        summary=str(event["SUMMARY"]),
        location=str(event.get("LOCATION", "")),
        partstat=str(attendee.params["PARTSTAT"]) if attendee else "",
    )


def by_libical(files: Sequence[bytes]) -> list[list[Said]]:
    """As the C library does that is in most Linux desktops; zones by the files themselves."""
    return [[Said(**facts) for facts in libical.events(data)] for data in files]


def by_icaljs(files: Sequence[bytes]) -> list[list[Said]]:
    """As the JavaScript library does that is in Thunderbird and Nextcloud."""
    assert _NODE is not None
    script = Path(__file__).with_name("read_by_icaljs.cjs")
    texts = json.dumps([data.decode() for data in files])
    done = subprocess.run(
        [_NODE, str(script)], input=texts, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [[_from_json(event) for event in events] for events in json.loads(done.stdout)]


def _from_json(facts: dict[str, Any]) -> Said:
    times = {name: datetime.fromtimestamp(facts[name], UTC) for name in ("start", "end")}
    return Said(**{**facts, **times})


READERS: dict[str, Callable[[Sequence[bytes]], list[list[Said]]]] = {
    "icalendar": by_icalendar,
    "libical": by_libical,
    "ical.js": by_icaljs,
}
# Why a reader cannot be asked on this machine; `.ci/run` brings them all.
ABSENT = {
    name: reason
    for name, present, reason in (
        ("libical", libical.PRESENT, f"{libical.LIBRARY} is not on this machine"),
        ("ical.js", _NODE and _ICAL_JS, "no node, or no ICAL_JS (see tools/ical_js.sh)"),
    )
    if not present
}
