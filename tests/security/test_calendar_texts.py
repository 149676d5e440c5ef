"""Texts that would be lines of a calendar: each file keeps one event, and its texts as meant."""

import os

import pytest

from community.calendar import ics, safe_text
from community.calendar.ics import event_file, feed, invite
from tests.calendar.examples import a_published, an_invite
from tests.calendar.linter import lint
from tests.calendar.test_hostile_texts import HOSTILE, TEXTS, check_invite, line, the_event
from tests.evidence import Evidence
from tests.factories.header_payloads import PAYLOADS

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no text adds a line, a parameter or an event to a calendar file"
NAMES = ("organizer_name", "attendee_name")
LINES = [
    "END:VEVENT",
    "END:VCALENDAR",
    "BEGIN:VALARM",
    "ATTENDEE:mailto:evil@x.test",
    "ORGANIZER:mailto:evil@x.test",
    "RRULE:FREQ=SECONDLY",
    "ATTACH;FMTTYPE=text/html:https://evil.example",
    "X-ALT-DESC;FMTTYPE=text/html:<script>alert(1)</script>",
    "METHOD:CANCEL",
    "DTSTART:19700101T000000Z",
    "URL:javascript:alert(1)",
    "STATUS:CANCELLED",
]
BREAKS = ["\r\n", "\n", "\r", "\\n", "\x0b", "\x85", "\u2028", '"\r\n', '";', "^n", ":", "\r\n "]
# Each line behind a break, with breaks taken in turn, and those that would be headers of a mail.
MADE = [f"Dinner{BREAKS[(i + j) % 12]}{one}" for i, one in enumerate(LINES) for j in range(6)]
TEXTS_HERE = list(dict.fromkeys([*HOSTILE.values(), *MADE, *(PAYLOADS if PROOF else [])]))


@pytest.mark.proof
def test_a_file_keeps_its_one_event_and_its_texts(evidence: Evidence) -> None:
    assert len({*HOSTILE.values(), *MADE}) >= 90
    for text in TEXTS_HERE if PROOF else TEXTS_HERE[::3]:
        check_invite(an_invite(**dict.fromkeys((*TEXTS, *NAMES), text)))
        facts = a_published(**dict.fromkeys(TEXTS, text))
        assert the_event(event_file(facts))["SUMMARY"] == line(text, 200), ascii(text)
        data = feed(name=text, description=text, url="", timezone="UTC", events=[facts])
        assert the_event(data)["SUMMARY"] == line(text, 200), ascii(text)
    count = f"{len(TEXTS_HERE)} texts x 5 fields of an invite, a file and a feed"
    evidence("S12", SHOWN, count=count)


@pytest.mark.proof
def test_control_without_cleaning_a_line_comes_through(
    monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    for module in (ics, safe_text):
        for name in ("safe_line", "safe_text", "clean_line", "clean_text"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda text, *_: text)
    spoiled = 0
    for text in MADE:
        try:
            data = invite(an_invite(**dict.fromkeys((*TEXTS, *NAMES), text)))
            spoiled += bool(lint(data))
        except ValueError:
            spoiled += 1
    assert spoiled > 5
    evidence("S12", SHOWN, control=f"cleaning off: {spoiled} of {len(MADE)} spoil the file")
