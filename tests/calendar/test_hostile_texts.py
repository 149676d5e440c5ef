"""Whatever people type, a file keeps one event with the texts they meant, and nothing beside it."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from community.calendar.facts import Invite
from community.calendar.ics import event_file, feed, invite
from community.core.text import clean_line, clean_text, shorten
from tests.calendar.examples import a_published, an_invite
from tests.calendar.linter import lint

HOSTILE = {
    "a new property": "Dinner\r\nATTENDEE:mailto:evil@example.org",
    "a bare line feed": "Dinner\nX-EVIL:1",
    "a bare carriage return": "Dinner\rX-EVIL:1",
    "a faked end": "Dinner\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT",
    "a fold": "Dinner\r\n X-EVIL:1",
    "separators": "a;b:c,d\\e\\n\\;\\,\\",
    "quotes": 'the "Chess" club;X-EVIL="1":mailto:evil@example.org',
    "carets": "a^nb^'c^^d^",
    "an escaped line feed": "Dinner\\nX-EVIL:1",
    "10 kB in one word": "x" * 10_000,
    "10 kB of characters of four bytes": "\U0001f389 " * 2_500,
    "NUL and bell": "Din\x00ner\x07",
    "vertical tab and next line": "Din\x0bner\x85now",
    "line and paragraph separators": "Din\u2028ner\u2029now",
    "an encoded word": "=?utf-8?q?Dinner=0D=0AX-EVIL:1?=",
    "emoji with joiners": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 families" * 9,
    "a right-to-left override": "\u202egnp.exe\u202c and \u2067isolates\u2069",
    "a lone surrogate": "Din\ud800ner",
    "combining marks": "Ångström" + "\u0301" * 100,
    "a byte order mark": "\ufeffDinner",
    "only blanks": " \t\r\n ",
    "percent signs": "100 %(title)s %s %",
}
TEXTS = ("summary", "description", "location")


def the_event(data: bytes) -> Event:
    """The one event of the file, after proof that there is nothing else."""
    assert lint(data) == []
    calendar = Calendar.from_ical(data)
    assert calendar.errors == []
    assert {each.name for each in calendar.walk()} <= {
        "VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT",
    }  # fmt: skip
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    assert event.errors == []
    return event


def line(text: str, longest: int) -> str:
    return shorten(clean_line(text.replace("\ufeff", "")), longest)


def several_lines(text: str) -> str:
    return shorten(clean_text(text.replace("\ufeff", "")), 4000)


def as_name(text: str) -> str:
    """A name as it may stand in a quoted parameter."""
    return line(text.replace('"', "'").replace("^", "").replace("\\", "/"), 100)


def unescaped(text: str) -> str:
    """RFC 5545, 3.3.11, for the properties that icalendar leaves as they are written."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


def check_invite(facts: Invite) -> None:
    event = the_event(invite(facts))
    assert set(event) - {"DESCRIPTION", "LOCATION", "URL"} == {
        "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS",
        "TRANSP", "ORGANIZER", "ATTENDEE", "X-MICROSOFT-CDO-BUSYSTATUS",
        "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MICROSOFT-DISALLOW-COUNTER",
    }  # fmt: skip
    assert event["SUMMARY"] == line(facts.summary, 200)
    assert event.get("DESCRIPTION", "") == several_lines(facts.description)
    assert event.get("LOCATION", "") == line(facts.location, 250)
    for name, address, person in (
        (facts.organizer_name, facts.organizer_address, event["ORGANIZER"]),
        (facts.attendee_name, facts.attendee_address, event["ATTENDEE"]),
    ):
        assert person == f"mailto:{address}"
        assert person.params["CN"] == (as_name(name) or address)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_invite_keeps_one_event_and_the_text_as_meant(text: str) -> None:
    names = ("organizer_name", "attendee_name")
    check_invite(an_invite(**dict.fromkeys((*TEXTS, *names), text)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_uid_or_an_address_of_a_page_cannot_add_a_line(text: str) -> None:
    event = the_event(invite(an_invite(url=f"https://example.org/{text}")))
    assert event["URL"].startswith("https://example.org/")
    assert event["URL"].isascii()
    assert "X-EVIL" not in event


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_feed_keeps_one_event_and_its_own_name(text: str) -> None:
    facts = a_published(**dict.fromkeys(TEXTS, text))
    assert the_event(event_file(facts))["SUMMARY"] == line(text, 200)
    data = feed(name=text, description=text, url="", timezone="UTC", events=[facts])
    the_event(data)
    calendar = Calendar.from_ical(data)
    for name, expected in (
        ("NAME", line(text, 200)),
        ("X-WR-CALNAME", line(text, 200)),
        ("X-WR-CALDESC", several_lines(text)),
    ):
        assert unescaped(str(calendar.get(name, ""))) == expected
    assert calendar.get("DESCRIPTION", "") == several_lines(text)


def texts() -> st.SearchStrategy[str]:
    """Anything that Python calls a string, with the characters of the format made likely."""
    awkward = st.sampled_from(
        [*'\r\n\\,;:"^=% ', "\r\n ", "\\n", "END:VEVENT", "é", "\u2028", "\x00"]
    )
    return st.lists(st.one_of(awkward, st.text(max_size=30)), max_size=60).map("".join)


@settings(deadline=None, max_examples=120)
@given(
    st.fixed_dictionaries({name: texts() for name in (*TEXTS, "attendee_name", "organizer_name")})
)
def test_any_text_comes_back_as_cleaned(changes: dict[str, Any]) -> None:
    check_invite(an_invite(**changes))


@settings(deadline=None, max_examples=60)
@given(texts(), texts(), st.booleans())
def test_any_text_leaves_a_feed_clean(text: str, name: str, cancelled: bool) -> None:
    facts = a_published(**dict.fromkeys(TEXTS, text), cancelled=cancelled)
    the_event(feed(name=name, description=name, url=name, timezone="UTC", events=[facts]))
