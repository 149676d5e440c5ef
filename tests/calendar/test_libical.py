"""The C library that knows the rules of iTIP finds no fault, and reads our zones as we do."""

from datetime import timedelta

import pytest

from community.calendar.facts import Invite, When
from community.calendar.ics import event_file, feed, invite
from community.calendar.timezones import ZONES, vtimezone
from tests.calendar import libical
from tests.calendar.examples import a_cancellation, a_published, an_invite, wall

pytestmark = pytest.mark.skipif(
    not libical.PRESENT, reason=f"{libical.LIBRARY} is not on this machine (package libical3)"
)


@pytest.mark.parametrize(
    "facts",
    [an_invite(), an_invite(partstat="TENTATIVE", status="TENTATIVE"), a_cancellation()],
    ids=["REQUEST", "waitlisted", "CANCEL"],
)
def test_invites_keep_the_rules_of_itip(facts: Invite) -> None:
    assert libical.problems(invite(facts)) == []


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (b"ORGANIZER;", b"X-ORGANIZER;", "ORGANIZER"),
        (b"ATTENDEE;", b"X-ATTENDEE;", "ATTENDEE"),
        (b"METHOD:REQUEST", b"METHOD:PUBLISH", "ATTENDEE"),
        (b"DTSTAMP:", b"X-DTSTAMP:", "DTSTAMP"),
        (b"STATUS:CONFIRMED", b"STATUS:CANCELLED", "STATUS"),
    ],
)
def test_the_judge_does_find_a_fault(before: bytes, after: bytes, word: str) -> None:
    data = invite(an_invite())
    assert before in data
    assert word in "".join(libical.problems(data.replace(before, after)))


def test_published_events_keep_all_rules_but_the_one_that_asks_for_an_address() -> None:
    # RFC 5546, 3.2.1 wants an ORGANIZER in PUBLISH; what anybody may download holds no address.
    events = [a_published(), a_published(uid="2", cancelled=True)]
    whole = feed(name="All", description="", url="", timezone="UTC", events=events)
    for data in (event_file(events[0]), whole):
        assert {
            problem.partition("restrictions for ")[2] for problem in libical.problems(data)
        } == {"ORGANIZER property. Expected 1 instances of the property and got 0"}


@pytest.mark.parametrize("name", ZONES)
def test_the_zones_of_a_file_mean_the_same_instants(name: str) -> None:
    for starts in (wall("2026-01-15 18:00"), wall("2026-07-15 09:30")):
        span = When(starts, starts + timedelta(hours=3), name)
        data = invite(an_invite(when=span))
        assert libical.instants(data) == (span.starts_at, span.ends_at)
        assert (b"TZID=" in data) is (vtimezone(name) is not None)
