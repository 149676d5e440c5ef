"""The linter finds each fault, and nothing in a clean file."""

import pytest

from tests.calendar.linter import lint

CLEAN = (
    "BEGIN:VCALENDAR\r\n"
    "VERSION:2.0\r\n"
    "PRODID:-//community//tests//EN\r\n"
    "METHOD:REQUEST\r\n"
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"
    "BEGIN:VTIMEZONE\r\n"
    "TZID:Europe/London\r\n"
    "BEGIN:STANDARD\r\n"
    "DTSTART:19701025T020000\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0000\r\n"
    "END:STANDARD\r\n"
    "END:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\n"
    "UID:1@example.org\r\n"
    "DTSTAMP:20260101T000000Z\r\n"
    "DTSTART;TZID=Europe/London:20260716T180000\r\n"
    "SEQUENCE:0\r\n"
    "SUMMARY:Dinner\\, wine\\; talk \\\\ and a very long title that has to be\r\n"
    "  folded \U0001f389\r\n"
    'ORGANIZER;CN="Club: Chess, Go":mailto:host@example.org\r\n'
    "ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Zoë:MAILTO:zoe@example.org\r\n"
    "RRULE:FREQ=WEEKLY;UNTIL=20260816T170000Z\r\n"
    "STATUS:CONFIRMED\r\n"
    "END:VEVENT\r\n"
    "END:VCALENDAR\r\n"
).encode()

# code, what stands in the clean file, what makes the fault
FAULTS = {
    "LF ends one line": ("line-end", b"VERSION:2.0\r\n", b"VERSION:2.0\n"),
    "CR ends one line": ("line-end", b"VERSION:2.0\r\n", b"VERSION:2.0\r"),
    "the last line does not end": ("line-end", b"END:VCALENDAR\r\n", b"END:VCALENDAR"),
    "METHOD is missing": ("method", b"METHOD:REQUEST\r\n", b""),
    "METHOD is in lower case": ("method", b"METHOD:REQUEST", b"METHOD:request"),
    "METHOD is unknown": ("method", b"METHOD:REQUEST", b"METHOD:INVITE"),
    "METHOD is inside the event too": ("method", b"SEQUENCE:0", b"SEQUENCE:0\r\nMETHOD:REQUEST"),
    "a line has 76 octets": ("long-line", b"SUMMARY:", b"COMMENT:" + b"x" * 68 + b"\r\nSUMMARY:"),
    "a two-byte character passes 75 octets": (
        "long-line",
        b"SUMMARY:",
        b"COMMENT:" + "é".encode() * 34 + b"\r\nSUMMARY:",
    ),
    "a fold cuts a character": ("fold", b"\xf0\x9f\x8e\x89", b"\xf0\x9f\r\n \x8e\x89"),
    "the file is Latin-1": ("utf-8", b"CN=Zo\xc3\xab", b"CN=Zo\xeb"),
    "a text holds NUL": ("control", b"Dinner", b"Din\x00ner"),
    "a text holds a line separator": ("control", b"Dinner", "Din\u2028ner".encode()),
    "a comma is not escaped": ("text", b"Dinner\\,", b"Dinner,"),
    "a semicolon is not escaped": ("text", b"wine\\;", b"wine;"),
    "a comma follows an escaped backslash": ("text", b"Dinner\\,", b"Dinner\\\\,"),
    "a backslash escapes nothing": ("escape", b"\\\\ and", b"\\a and"),
    "TZID names an unknown zone": ("tzid", b"DTSTART;TZID=Europe/London", b"DTSTART;TZID=Mars"),
    "TZID stands beside Z": ("tzid-utc", b"0716T180000", b"0716T180000Z"),
    "a zone has no STANDARD": ("vtimezone", b":STANDARD", b":DAYLIGHT"),
    "a time is no time": ("time", b"DTSTAMP:20260101T000000Z", b"DTSTAMP:2026-01-01"),
    "a colon beside TZID is not quoted": ("parameter", b"London:", b"London;X-A=GMT+1:00:"),
    "REFRESH-INTERVAL has no VALUE": ("refresh-interval", b";VALUE=DURATION", b""),
    "PARTSTAT has a space": ("partstat", b"NEEDS-ACTION", b"NEEDS ACTION"),
    "PARTSTAT is in lower case": ("partstat", b"NEEDS-ACTION", b"needs-action"),
    "a colon in CN is not quoted": ("parameter", b"CN=Zo\xc3\xab", b"CN=Dr: Zoe"),
    "a comma in CN is not quoted": ("parameter", b"CN=Zo\xc3\xab", b"CN=Doe, Zoe"),
    "a quote stands inside a parameter": ("syntax", b"SEQUENCE:0", b'SEQUENCE;X-A=a"b:0'),
    "ATTENDEE has no mailto": ("mailto", b"MAILTO:", b""),
    "ORGANIZER has no mailto": ("mailto", b"mailto:host", b"host"),
    "ORGANIZER has a display name": (
        "mailto",
        b"mailto:host@example.org",
        b"mailto:Host <host@example.org>",
    ),
    "UNTIL is a date": ("until", b"UNTIL=20260816T170000Z", b"UNTIL=20260816"),
    "UNTIL is wall time": ("until", b"UNTIL=20260816T170000Z", b"UNTIL=20260816T170000"),
    "UNTIL of a zone is wall time": ("until", b"BYMONTH=10", b"BYMONTH=10;UNTIL=20301027T010000"),
    "REQUEST has no ORGANIZER": ("organizer", b"ORGANIZER;", b"X-ORGANIZER;"),
    "REQUEST has no ATTENDEE": ("attendee", b"ATTENDEE;", b"X-ATTENDEE;"),
    "REQUEST is cancelled": ("status", b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
    "PUBLISH has an ATTENDEE": ("publish", b"METHOD:REQUEST", b"METHOD:PUBLISH"),
    "DTSTAMP is missing": ("dtstamp", b"DTSTAMP:", b"X-DTSTAMP:"),
    "UID is missing": ("uid", b"UID:", b"X-UID:"),
    "UID is there twice": ("uid", b"SEQUENCE:0", b"SEQUENCE:0\r\nUID:2@example.org"),
    "the end is missing": ("structure", b"END:VCALENDAR\r\n", b""),
    "the event is not closed": ("structure", b"END:VEVENT\r\n", b""),
    "there are two calendars": ("structure", CLEAN, CLEAN + CLEAN),
    "a property stands outside": ("structure", b"BEGIN:VCALENDAR", b"X-A:1\r\nBEGIN:VCALENDAR"),
    "a raw line feed cuts a text": ("syntax", b"Dinner\\,", b"Dinner\r\n\\,"),
}
CANCEL = CLEAN.replace(b"METHOD:REQUEST", b"METHOD:CANCEL").replace(b"CONFIRMED", b"CANCELLED")
CANCEL_FAULTS = {
    "CANCEL has no SEQUENCE": ("sequence", b"SEQUENCE:0\r\n", b""),
    "CANCEL has no ORGANIZER": ("organizer", b"ORGANIZER;", b"X-ORGANIZER;"),
    "CANCEL is confirmed": ("status", b"STATUS:CANCELLED", b"STATUS:CONFIRMED"),
}


def codes(data: bytes) -> set[str]:
    return {fault.partition(":")[0] for fault in lint(data)}


@pytest.mark.parametrize("clean", [CLEAN, CANCEL], ids=["REQUEST", "CANCEL"])
def test_a_clean_file_has_no_faults(clean: bytes) -> None:
    assert lint(clean) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_in_a_request_is_found_and_nothing_else(fault: str) -> None:
    code, clean, faulty = FAULTS[fault]
    assert CLEAN.count(clean) >= 1
    assert codes(CLEAN.replace(clean, faulty)) == {code}


@pytest.mark.parametrize("fault", CANCEL_FAULTS)
def test_one_fault_in_a_cancellation_is_found_and_nothing_else(fault: str) -> None:
    code, clean, faulty = CANCEL_FAULTS[fault]
    assert CANCEL.count(clean) == 1
    assert codes(CANCEL.replace(clean, faulty)) == {code}
