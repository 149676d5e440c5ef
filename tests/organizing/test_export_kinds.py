"""What is in each kind of file, and in which form."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
import vobject
from flask import Flask

from community.core.db import db, transactional
from community.events.models import Event, Visibility
from community.events.publishing import cancel_event
from community.membership.audiences import Audience
from community.membership.connections import accept, ask_to_connect
from community.membership.models import Person
from community.membership.viewer import Viewer
from community.organizing import export_rows, export_xlsx
from community.organizing.export_ics import ics_of
from community.organizing.export_json import json_of
from community.organizing.export_rows import COLUMNS, Attending
from community.organizing.export_vcf import count_cards, vcards_of
from community.organizing.export_xlsx import write_xlsx
from community.organizing.segments import Segment
from community.rsvp.answers import Typed
from community.rsvp.checkin import check_in
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind as Q
from community.rsvp.respond import say_no, say_yes
from tests.calendar.linter import lint
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question, owner_of

WHEN = datetime(2030, 7, 1, 9, 30, 15, tzinfo=UTC)


@pytest.fixture
def event(app: Flask) -> Event:
    """Zoë comes with two guests and answered everything, at half past eleven in Berlin."""
    with time_machine.travel(WHEN, tick=False):
        event = an_event(guests_allowed=3, timezone="Europe/Berlin")
        count = a_question(event, Q.NUMBER, "How many nights?")
        day = a_question(event, Q.DATE, "Arriving?")
        train = a_question(event, Q.YES_NO, "By train?")
        dish = a_question(event, Q.SEVERAL_OF, "Dishes?", each=True)
        zoe = a_member("Zoë", "zoe@example.com", organization="Acme")
        bo = Guest("Bo", "no nuts", "bo@example.com", answers={dish.id: Typed(options=("o1",))})
        answers = {
            count.id: Typed("2.5"),
            day.id: Typed("2030-07-15"),
            train.id: Typed("yes"),
            dish.id: Typed(options=("o1", "o2")),
        }
        say_yes(zoe.id, event.id, guests=[bo, Guest("Cy")], dietary="vegan", answers=answers)
        say_no(a_member("Dan", "dan@example.com").id, event.id)
    return event


def test_json_has_numbers_as_numbers_guests_as_a_list_and_none_where_nothing_is(
    event: Event,
) -> None:
    zoe, dan = json.loads(b"".join(json_of(Attending(event))))["attendees"]
    assert list(zoe)[: len(COLUMNS)] == list(COLUMNS)
    assert zoe["guests"] == ["Bo", "Cy"]
    assert (zoe["party_size"], zoe["answered_at"]) == (3, "2030-07-01T11:30:15+02:00")
    assert (zoe["How many nights?"], zoe["Arriving?"], zoe["By train?"]) == (
        2.5,
        "2030-07-15",
        True,
    )
    assert zoe["Dishes?"] == [["Fish", "Beef"], ["Fish"], None]
    assert zoe["dietary"] == "vegan; Bo: no nuts"
    assert dan["checked_in_at"] is None
    assert (dan["How many nights?"], dan["Dishes?"], dan["guests"]) == (None, [None], [])


def test_json_of_nobody_is_an_empty_list(app: Flask) -> None:
    assert json.loads(b"".join(json_of(Attending(an_event())))) == {"attendees": []}


@pytest.mark.parametrize("text", ["0.1", "12", "-3", "999999999999.999999", "0.30"])
def test_a_number_of_json_is_the_number_that_was_typed(text: str, event: Event) -> None:
    question = a_question(event, Q.NUMBER, "Exactly?")
    say_yes(a_member().id, event.id, answers={question.id: Typed(text)})
    rows = json.loads(b"".join(json_of(Attending(event))))["attendees"]
    assert rows[-1]["Exactly?"] in {float(text), text}
    assert float(rows[-1]["Exactly?"]) == float(text)


def book_of(event: Event, folder: Path) -> Any:
    write_xlsx(Attending(event), folder / "a.xlsx")
    assert [path.name for path in folder.iterdir()] == ["a.xlsx"]
    return openpyxl.load_workbook(folder / "a.xlsx")


def test_a_workbook_has_sheets_of_people_guests_and_answers(event: Event, tmp_path: Path) -> None:
    book = book_of(event, tmp_path)
    assert book.sheetnames == ["people", "guests", "questions"]
    head, zoe, dan = book["people"].iter_rows(values_only=True)
    assert head[: len(COLUMNS)] == COLUMNS
    row = dict(zip(head, zoe, strict=True))
    assert row["answered_at"] == datetime(2030, 7, 1, 11, 30, 15)  # noqa: DTZ001 - wall time
    assert (row["party_size"], row["guests"]) == (3, "Bo; Cy")
    assert (row["How many nights?"], row["Arriving?"]) == (2.5, datetime(2030, 7, 15))  # noqa: DTZ001 - a wall time
    assert row["Dishes?"] == "Fish; Beef\nBo: Fish"
    assert dan[4] == "declined"
    guests = list(book["guests"].iter_rows(min_row=2, values_only=True))
    assert guests == [
        ("Bo", "Zoë", "zoe@example.com", "going", "no nuts", None),
        ("Cy", "Zoë", "zoe@example.com", "going", None, None),
    ]
    said = list(book["questions"].iter_rows(min_row=2, values_only=True))
    assert ("Zoë", "zoe@example.com", "Bo", "Dishes?", "Fish") in said
    assert ("Zoë", "zoe@example.com", None, "How many nights?", 2.5) in said
    assert len(said) == 5


def test_a_workbook_is_made_for_working_in(event: Event, tmp_path: Path) -> None:
    for sheet in book_of(event, tmp_path):
        assert sheet.freeze_panes == "A2"
        assert all(cell.font.bold for cell in sheet[1])
        assert sheet.auto_filter.ref == sheet.dimensions
    people = openpyxl.load_workbook(tmp_path / "a.xlsx")["people"]
    assert [cell.number_format for cell in people[2][9:10]] == ["yyyy-mm-dd hh:mm:ss"]
    assert people[2][9].is_date


def test_a_sheet_that_is_full_goes_on_in_another(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_xlsx, "_MOST_ROWS", 3)
    book = book_of(event, tmp_path)
    assert book.sheetnames == ["people", "guests", "questions", "questions 2", "questions 3"]
    assert sum(book[name].max_row - 1 for name in book.sheetnames[2:]) == 5
    assert book["questions 3"]["A1"].value == "person"


def test_a_date_that_spreadsheets_do_not_know_is_a_text(event: Event, tmp_path: Path) -> None:
    question = a_question(event, Q.DATE, "Born?")
    say_yes(a_member().id, event.id, answers={question.id: Typed("1900-02-28")})
    people = book_of(event, tmp_path)["people"]
    assert people.cell(people.max_row, people.max_column).value == "1900-02-28"
    assert date.fromisoformat("1900-02-28").year < 1901


def test_who_came_is_there_with_the_time(event: Event, tmp_path: Path) -> None:
    with time_machine.travel(event.starts_at, tick=False):
        for head in _heads(event):
            check_in(owner_of(event), event.id, head)
    book = book_of(event, tmp_path)
    assert book["people"].cell(2, 11).value == event.starts_local
    assert book["guests"].cell(2, 6).value == event.starts_local


def _heads(event: Event) -> list[int]:
    heads, rsvps = (db.metadata.tables[name] for name in ("attendees", "rsvps"))
    query = db.select(heads.c.id).join(rsvps).where(rsvps.c.status == "going")
    return list(db.session.scalars(query))


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_batches_lose_nobody_and_mix_no_events(
    app: Flask, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "BATCH", batch)
    one, other = an_event(guests_allowed=1), an_event(guests_allowed=1)
    for number in range(9):
        for event in (one, other, other, other, other, other) if number % 3 else (one, other):
            person = a_member(f"Nr{number}x at {event.id}")
            say_yes(person.id, event.id, guests=[Guest(f"of {number} at {event.id}")])
    lines = list(Attending(one))
    assert [(line.name, line.guests) for line in lines] == [
        (f"Nr{number}x at {one.id}", [f"of {number} at {one.id}"]) for number in range(9)
    ]
    segment = Segment(q="Nr7x")
    assert [line.name for line in Attending(one, segment)] == [f"Nr7x at {one.id}"]


def test_the_calendar_file_names_who_comes_and_holds_no_key(event: Event) -> None:
    data = b"".join(ics_of(Attending(event)))
    assert lint(data) == []
    assert b"METHOD" not in data  # RFC 5546, 3.2.1: PUBLISH names nobody, REQUEST asks everybody
    (entry,) = vobject.readOne(data.decode()).contents["vevent"]
    people = {one.value: one.params for one in entry.contents["attendee"]}
    assert set(people) == {f"mailto:{name}@example.com" for name in ("zoe", "bo", "dan")}
    assert people["mailto:zoe@example.com"]["CN"] == ["Zoë"]
    assert people["mailto:zoe@example.com"]["PARTSTAT"] == ["ACCEPTED"]
    assert people["mailto:zoe@example.com"]["X-NUM-GUESTS"] == ["1"]
    assert people["mailto:dan@example.com"]["PARTSTAT"] == ["DECLINED"]
    assert entry.uid.value == event.uid
    heads = db.metadata.tables["attendees"]
    for uid, key in db.session.execute(db.select(heads.c.uid, heads.c.reply_key)):
        assert uid not in data.decode()
        assert key not in data.decode()


def test_the_calendar_file_of_an_event_that_was_called_off_says_so(event: Event) -> None:
    cancel_event(owner_of(event), event.id)
    data = b"".join(ics_of(Attending(db.session.get_one(Event, event.id))))
    assert b"STATUS:CANCELLED" in data


def test_a_name_cannot_add_a_line_to_the_calendar_file(app: Flask) -> None:
    event = an_event()
    say_yes(a_member('Ann";X=1:mailto:x\r\nATTENDEE:mailto:evil@example.com').id, event.id)
    data = b"".join(ics_of(Attending(event)))
    assert lint(data) == []
    (entry,) = vobject.readOne(data.decode()).contents["vevent"]
    assert len(entry.contents["attendee"]) == 1


@transactional
def _shows_address(person: Person, audience: Audience) -> None:
    db.session.get_one(Person, person.id).email_audience = audience


def test_cards_are_of_members_who_let_the_organizer_read_their_address(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, visibility=Visibility.MEMBERS)
    shows = {
        "Everybody": Audience.EVERYBODY,
        "Members": Audience.MEMBERS,
        "Fellows": Audience.SAME_EVENT,
        "Nobody": Audience.NOBODY,
        "Connected": Audience.NOBODY,
    }
    for name, audience in shows.items():
        person = a_member(name)
        _shows_address(person, audience)
        say_yes(person.id, event.id)
        if name == "Connected":
            ask_to_connect(person.id, owner.id)
            accept(owner.id, person.id)
    db.session.rollback()
    viewer = Viewer.of(db.session.get_one(Person, owner.id))
    text = b"".join(vcards_of(Attending(event), viewer)).decode()
    cards = list(vobject.readComponents(text))
    assert [card.fn.value for card in cards] == ["Everybody", "Members", "Fellows", "Connected"]
    assert all(card.email.value for card in cards)
    assert count_cards(event, Segment(), viewer) == 4
    stranger = Viewer.of(an_organizer())
    assert count_cards(event, Segment(), stranger) == 2
    assert (
        len(list(vobject.readComponents(b"".join(vcards_of(Attending(event), stranger)).decode())))
        == 2
    )
