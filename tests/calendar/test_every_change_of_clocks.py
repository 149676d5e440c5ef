"""Events before, inside, across and after every change of clocks, in every zone that has one."""

import io
import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import time_machine
from dateutil.tz import tzical
from flask import Flask

from community.calendar.ics import event_file
from community.calendar.publishing import published
from community.calendar.timezones import ZONES
from community.core.db import db
from community.core.errors import Refused
from community.core.walltime import WallTime, kind_of
from community.events.drafts import create_event, edit_event
from community.events.models import Event
from community.events.publishing import publish_event
from community.events.visibility import shown_to_team
from community.mail.broadcasts import expand_due
from community.organizing.event_reminders import send_due
from community.rsvp.respond import say_yes
from tests.calendar.test_timezones import transitions
from tests.evidence import Evidence
from tests.factories.announcements import a_reminder
from tests.factories.events import a_draft
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_organizer

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
LAST = datetime(2031, 1, 1, tzinfo=UTC)
CHANGES = 14 if PROOF else 1  # of each zone
KEPT = "wall time is kept over every change of clocks, and read back by another library"
ONCE = "a reminder over a change of clocks leaves once, at its instant"
_HOUR = timedelta(hours=1)


@cache
def changing() -> dict[str, list[tuple[datetime, timedelta, timedelta]]]:
    """By zone, its changes of clocks from 2024 to 2030."""
    if PROOF:
        names = list(ZONES)
    else:  # a few of each kind, and what comes by lot
        odd = ["Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin", "America/New_York"]
        names = [*odd, *random.Random(9).sample(sorted(ZONES), 36)]
    found = {}
    for name in names:
        changes = [one for one in transitions(ZoneInfo(name)) if one[0] < LAST]
        if changes:
            found[name] = changes[:CHANGES]
    return found


def spans(change: tuple[datetime, timedelta, timedelta]) -> Iterator[tuple[datetime, datetime]]:
    """Wall times across the change, in what it skips or repeats, and after it."""
    instant, old, new = change
    walls = sorted(instant.replace(tzinfo=None) + offset for offset in (old, new))
    first, last = (wall.replace(second=0) for wall in walls)
    middle = first + (last - first) / 2
    yield first - 2 * _HOUR, last + 2 * _HOUR
    yield middle, last + 2 * _HOUR
    yield last + _HOUR, last + 3 * _HOUR


def faults(owner_id: int, zone: str, starts: datetime, ends: datetime) -> list[str]:
    """What is wrong with an event at that wall time, written down, moved by a day, and read."""
    draft = a_draft(title=zone, starts_at=starts, ends_at=ends, timezone=zone)
    try:
        event = create_event(owner_id, draft)
    except Refused as refused:
        is_right = refused.code == "time_skipped" and kind_of(starts, zone) == WallTime.SKIPPED
        return [] if is_right else [f"{zone} {starts}: {refused}"]
    if kind_of(starts, zone) == WallTime.SKIPPED:
        return [f"{zone} {starts}: taken, and the clocks skip it"]
    found = [f"written {one}" for one in _differences(event, zone, starts, ends)]
    day = timedelta(days=7)
    moved = a_draft(title=zone, starts_at=starts + day, ends_at=ends + day, timezone=zone)
    event = edit_event(owner_id, event.id, moved)
    found += [f"moved {one}" for one in _differences(event, zone, starts + day, ends + day)]
    return found


def _differences(event: Event, zone: str, starts: datetime, ends: datetime) -> Iterator[str]:
    right = starts.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if (event.starts_local, event.ends_local, event.timezone) != (starts, ends, zone):
        yield f"{zone} {starts}: the wall time is {event.starts_local}"
    if event.starts_at != right:
        yield f"{zone} {starts}: begins at {event.starts_at}"
    data = event_file(published(event, shown_to_team(event))).decode().replace("\r\n ", "")
    for name, local, instant in (
        ("DTSTART", starts, event.starts_at),
        ("DTEND", ends, event.ends_at),
    ):
        wall, read = _read(name, data)
        if read != instant or wall not in {None, local}:
            yield f"{zone} {local}: {name} reads as {wall} {read}"


def _read(name: str, data: str) -> tuple[datetime | None, datetime]:
    """The wall time, if the file says one, and the instant, by dateutil and the file alone."""
    line = rf"^{name}(?:;TZID=([^:]+))?:(\d+T\d+)(Z?)\r$"
    told = re.search(line, data.partition("BEGIN:VEVENT")[2], re.MULTILINE)
    assert told, data
    wall = datetime.strptime(told[2], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time
    if told[3]:
        return None, wall.replace(tzinfo=UTC)
    zone = tzical(io.StringIO(data)).get(told[1])
    return wall, wall.replace(tzinfo=zone).astimezone(UTC)


def test_wall_time_is_kept_and_read_back(app: Flask, evidence: Evidence) -> None:
    owner_id, found, count = an_organizer().id, [], 0
    few = 3 if db.engine.dialect.name == "postgresql" else CHANGES  # both keep the same values
    for zone, changes in changing().items():
        for change in changes[:few]:
            for starts, ends in spans(change):
                found += faults(owner_id, zone, starts, ends)
                count += 1
        db.session.remove()
    assert found == []
    evidence("R9", KEPT, count=f"{len(changing())} zones, {count} events, each moved once")


def test_an_offset_that_is_kept_instead_is_found_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    def by_january(local: datetime, zone: str, _fold: int = 0) -> datetime:
        winter = local.replace(month=1, day=15, tzinfo=ZoneInfo(zone)).utcoffset()
        return (local - (winter or timedelta())).replace(tzinfo=UTC)

    monkeypatch.setattr("community.events.drafts.to_utc", by_january)
    zone = "America/New_York"
    (starts, ends), *_ = spans(next(transitions(ZoneInfo(zone))))
    assert faults(an_organizer().id, zone, starts + timedelta(days=1), ends + timedelta(days=1))
    evidence("R9", KEPT, control="the offset of January kept: found")


def test_a_reminder_over_a_change_of_clocks_leaves_once(app: Flask, evidence: Evidence) -> None:
    owner_id, member_id, count = an_organizer().id, a_member().id, 0
    for zone, changes in list(changing().items())[:: 1 if PROOF else 8]:
        instant, _old, _new = changes[0]
        starts, ends = list(spans(changes[0]))[2]
        with time_machine.travel(instant - timedelta(days=3), tick=False):
            draft = a_draft(title=zone, starts_at=starts, ends_at=ends, timezone=zone)
            event = publish_event(owner_id, create_event(owner_id, draft).id)
            say_yes(member_id, event.id)
            a_reminder(event, hours=24)
        due, before = event.starts_at - timedelta(hours=24), len(outbox("event_reminder"))
        for minutes, sent in ((-1, 0), (0, 1), (1, 1), (180, 1)):
            with time_machine.travel(due + timedelta(minutes=minutes), tick=False):
                send_due()
                while expand_due():
                    pass
                assert len(outbox("event_reminder")) - before == sent, f"{zone} {minutes}"
        count += 1
    evidence("R9", ONCE, count=f"{count} zones", control="a minute before it is due: none")
