"""What calendars state is what three readers find in them, whatever people typed and wherever."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from community.calendar.facts import Invite, When
from community.calendar.ics import event_file, feed, invite
from community.calendar.timezones import ZONES
from tests.calendar import libical
from tests.calendar.examples import a_cancellation, a_published, an_invite, wall
from tests.calendar.linter import lint
from tests.calendar.readers import ABSENT, READERS, stated

TEXTS = (
    "Dinner, with wine; cheese",
    "back\\slash \\n and \\, and \\;",
    "“Über” für 80 Gäste 🎉 " + "ä" * 90,
    "BEGIN:VEVENT",
    'a "quoted": colon',
    "=?utf-8?q?no?=  two  spaces",
)
PARTSTATS = ("NEEDS-ACTION", "ACCEPTED", "TENTATIVE")


def some_invites(count: int) -> list[Invite]:
    """Invites at any time of any zone, always the same ones."""
    chance = random.Random(4)
    return [one_of_them(number, chance) for number in range(count)]


def one_of_them(number: int, chance: random.Random) -> Invite:
    starts = wall("2026-01-01 00:15") + timedelta(hours=chance.randrange(24 * 700))
    span = When(starts, starts + timedelta(hours=chance.randint(1, 60)), chance.choice(ZONES))
    partstat = chance.choice(PARTSTATS)
    facts = an_invite(
        uid=f"{number}@example.org",
        sequence=number,
        partstat=partstat,
        status="TENTATIVE" if partstat == "TENTATIVE" else "CONFIRMED",
        when=span,
        summary=chance.choice(TEXTS).replace("  ", " "),
        location=chance.choice((*TEXTS, "")).replace("  ", " "),
    )
    return facts if chance.random() < 0.8 else replace(facts, method="CANCEL", status="CANCELLED")


INVITES = some_invites(200)
EVENTS = [
    a_published(uid=one.uid, summary=one.summary, location=one.location, when=one.when)
    for one in INVITES[:40]
]


def or_skip(name: str) -> None:
    if name in ABSENT:
        pytest.skip(ABSENT[name])


@pytest.mark.parametrize("name", READERS)
def test_each_reader_finds_what_was_stated(name: str) -> None:
    or_skip(name)
    files = [invite(facts) for facts in INVITES] + [event_file(facts) for facts in EVENTS]
    assert READERS[name](files) == [[stated(facts)] for facts in (*INVITES, *EVENTS)]
    whole = feed(name="All", description="", url="", timezone="UTC", events=EVENTS)
    (read,) = READERS[name]([whole])
    assert sorted(read, key=lambda said: said.uid) == sorted(
        map(stated, EVENTS), key=lambda said: said.uid
    )


CHANGES = {
    b"SUMMARY:": b"SUMMARY:x",
    b"SEQUENCE:2": b"SEQUENCE:3",
    b"UID:": b"UID:x",
    b"LOCATION:": b"LOCATION:x",
    b"METHOD:REQUEST": b"METHOD:CANCEL",
    b"PARTSTAT=NEEDS-ACTION": b"PARTSTAT=ACCEPTED",
    b"20260716T180000": b"20260716T180100",
    b"20260716T210000": b"20260716T210100",
    b"TZOFFSETTO:-0400": b"TZOFFSETTO:-0500",
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_that_is_told_something_else_says_something_else(name: str) -> None:
    or_skip(name)
    data, right = invite(an_invite()), stated(an_invite())
    assert all(before in data for before in CHANGES)
    read = READERS[name]([data.replace(*change) for change in CHANGES.items()])
    deaf = [change for change, said in zip(CHANGES, read, strict=True) if said == [right]]
    # icalendar goes by the name of the zone, and not by what the file says of it.
    assert deaf == ([b"TZOFFSETTO:-0400"] if name == "icalendar" else [])


def test_all_of_them_pass_the_linter_and_libical() -> None:
    files = [invite(facts) for facts in (*INVITES, a_cancellation())]
    assert [fault for data in files for fault in lint(data)] == []
    or_skip("libical")
    assert [problem for data in files for problem in libical.problems(data)] == []
