"""Inviting and reminding as an organizer does it in a browser, without JavaScript."""

import csv
import io
import re

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.membership.models import Person
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.invitations import ANN, invited
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import seats_taken, statuses
from tests.web.browser_without_js import Browser, signed_in


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga Host")


@pytest.fixture
def desk(app: Flask, owner: Person) -> Browser:
    return signed_in(app, owner)


@pytest.fixture
def event(owner: Person) -> Event:
    return an_event(owner, capacity=3)


def work() -> None:
    """What the worker does, who sees what was saved by now."""
    db.session.rollback()
    expand_due()


def hand_in(desk: Browser, event: Event, people: str, **fields: str) -> None:
    desk.get(f"/organize/events/{event.slug}/invite")
    desk.submit(people=people, **fields)


def test_people_are_invited_in_three_steps(desk: Browser, event: Event) -> None:
    known = a_member("Bo Li", "bo@example.org")
    hand_in(desk, event, f"Ann Lee, {ANN}\nBo@Example.org\nnobody", message="Do come, all of you.")
    assert desk.page.says("2 people would be invited")
    assert desk.page.says("You are invited: Boston Leadership Dinner")
    assert desk.page.says("Hello Ann Lee, Olga Host invites you to:")
    assert desk.page.says("Do come, all of you.")
    for words in ("New", "Known", "Left out: wrong", "There is no address."):
        assert desk.page.says(words)
    assert outbox("event_invitation") == [], "so far it was a look"
    desk.submit(press="Send the invitations", at="/send")
    assert desk.page.says("The invitations are on their way.")
    assert desk.page.says("0 of 3 rows are done")
    work()
    desk.get(desk.page.path)
    assert desk.page.says("Everybody on this list who could be invited is invited.")
    assert [mail.recipient for mail in outbox("event_invitation")] == [ANN, known.address]


def test_what_was_typed_comes_back_to_be_corrected(desk: Browser, event: Event) -> None:
    text = f"{ANN}\nnobody"
    hand_in(desk, event, text, message="Come.", reserve_until=evening(7).strftime("%Y-%m-%dT%H:%M"))
    (again,) = [link for link in desk.page.links if "?list=" in link]
    desk.get(again)
    form = desk.page.form("people")
    assert form.values["people"] == [text]
    assert form.values["message"] == ["Come."]
    assert form.values["reserve_until"] == [evening(7).strftime("%Y-%m-%dT%H:%M")]


def test_further_columns_are_kept_and_shown(desk: Browser, event: Event) -> None:
    hand_in(desk, event, f"name\temail\ttable\nAnn Lee\t{ANN}\tSeven")
    assert desk.page.says("table")
    assert desk.page.says("Seven")


def a_file(raw: bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(raw), "guests.csv")}


def test_people_are_read_from_a_file_and_what_it_says_can_be_corrected(
    desk: Browser, event: Event
) -> None:
    raw = f"Name;E-Mail;Tisch\nZoë;{ANN};Sieben\nZoe;ANN@example.org;8\n;nobody;\n".encode("cp1252")
    desk.get(f"/organize/events/{event.slug}/invite")
    desk.submit(a_file(raw), message="Do come.")  # type: ignore[arg-type]  # a file
    for words in ("1 person would be invited", "Zoë", "Sieben", "Left out: twice"):
        assert desk.page.says(words), words
    assert desk.page.says("Left out: wrong")
    (again,) = [link for link in desk.page.links if "?list=" in link]
    desk.get(again)
    form = desk.page.form("people")
    assert "Zoë" in form.values["people"][0]
    assert form.values["message"] == ["Do come."]


NO_FILES = {
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00", "", "This is not a CSV file."),
    "empty": (b"", "", "There is nothing in this file."),
    "beside lines": (b"bo@example.org", ANN, "not both"),
    "nobody in it": (b"name,email\n", "", "There is nobody to invite here."),
}


@pytest.mark.parametrize("case", NO_FILES)
def test_a_file_that_is_refused_leaves_what_was_typed(
    desk: Browser, event: Event, case: str
) -> None:
    raw, people, said = NO_FILES[case]
    desk.get(f"/organize/events/{event.slug}/invite")
    desk.submit(a_file(raw), people=people, message="Do come.")  # type: ignore[arg-type]  # a file
    assert desk.page.status == 422
    assert desk.page.says(said)
    form = desk.page.form("people", "message")
    assert form.values["message"] == ["Do come."]
    assert people in form.values["people"][0]
    assert statuses(event.id) == []


REFUSED: dict[str, tuple[str, dict[str, int], str]] = {
    "nobody": ("", {}, "Please name somebody to invite."),
    "blank lines": (" \n,\n", {}, "There is nobody to invite here."),
    "too many": (
        "\n".join(f"p{n}@x.org" for n in range(2001)),
        {},
        "A list has 2,000 people at most.",
    ),
    "a seat kept after the start": (ANN, {"days": 40}, "seats can be kept until then"),
    "a seat kept until yesterday": (ANN, {"days": -1}, "This moment is over."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_keeps_what_was_typed(desk: Browser, event: Event, case: str) -> None:
    text, given, said = REFUSED[case]
    days = given.get("days")
    until = f"{evening(days):%Y-%m-%dT%H:%M}" if days else ""
    hand_in(desk, event, text, message="Do come.", reserve_until=until)
    assert desk.page.status == 422
    assert desk.page.says(said)
    form = desk.page.form("people", "message")
    assert form.values["people"][0].strip("\r\n") == text.strip("\r\n") or not text.strip()
    assert form.values["message"] == ["Do come."]


def test_nobody_is_invited_to_a_draft_or_to_what_is_off(desk: Browser, owner: Person) -> None:
    draft = an_event(owner, published=False, title="Draft")
    hand_in(desk, draft, ANN)
    assert desk.page.says("This event is not published yet.")
    off = an_event(owner, title="Off")
    hand_in(desk, off, ANN)
    path = desk.page.path
    cancel_event(owner.id, off.id, "")
    desk.get(path)
    desk.submit(press="Send the invitations", at="/send")
    assert desk.page.status == 422
    assert desk.page.says("This event is cancelled")
    assert statuses(off.id) == []


def test_the_preview_says_how_far_the_seats_reach(desk: Browser, event: Event) -> None:
    people = "\n".join(f"p{n}@x.org" for n in range(5))
    hand_in(desk, event, people, reserve_until=evening(7).strftime("%Y-%m-%dT%H:%M"))
    assert desk.page.says("Only 3 seats are free.")
    desk.submit(press="Send the invitations", at="/send")
    work()
    desk.get(desk.page.path)
    assert desk.page.says("No seat left to keep 2")
    assert seats_taken(event.id) == 3


def test_hostile_cells_are_text_on_the_page_in_the_mail_and_in_the_export(
    desk: Browser, event: Event
) -> None:
    name = "<script>alert(1)</script>"
    people = f'name,email,note\n"{name}\nBcc: x@x.org",{ANN},=1+1\n=cmd()|x,bo@example.org,\n'
    hand_in(desk, event, people)
    assert "<script>alert" not in desk.page.html
    desk.submit(press="Send the invitations", at="/send")
    work()
    post()
    mail = letter(outbox("event_invitation", to=ANN)[0].body)
    assert mail.recipient == ANN
    assert "<script>alert" not in mail.html
    export = desk.client.get(f"/organize/events/{event.slug}/attendees.csv").text
    names = [row["name"] for row in csv.DictReader(io.StringIO(export.lstrip("\ufeff")))]
    assert names == [f"{name} Bcc: x@x.org", "'=cmd()|x"]


def test_invited_people_are_part_of_the_list_and_the_export(desk: Browser, event: Event) -> None:
    invited(event)
    desk.get(f"/organize/events/{event.slug}/attendees?status=invited")
    assert desk.page.says("Ann Lee")
    assert desk.page.says("Was invited.")
    export = desk.client.get(f"/organize/events/{event.slug}/attendees.csv").text
    assert re.search(rf"{ANN}.*,invited,1,.*,invitation\b", export)


def test_a_list_of_another_event_looks_absent(app: Flask, desk: Browser, event: Event) -> None:
    hand_in(desk, event, ANN)
    number = desk.page.path.rpartition("/")[2]
    otto = an_organizer("Otto")
    other = an_event(otto, title="Other")
    theirs = signed_in(app, otto)
    assert theirs.get(f"/organize/events/{event.slug}/invite/{number}").status == 404
    assert theirs.get(f"/organize/events/{other.slug}/invite/{number}").status == 404
    assert theirs.get(f"/organize/events/{other.slug}/invite/99999999999").status == 404


def test_a_list_can_be_put_away(desk: Browser, event: Event) -> None:
    hand_in(desk, event, ANN)
    desk.submit(press="Put the list away", at="/put-away")
    assert desk.page.says("The list is put away.")
    assert statuses(event.id) == []


def test_who_has_not_answered_is_reminded_all_or_chosen(desk: Browser, event: Event) -> None:
    rsvps = [invited(event, f"{name}@x.org", name=name.title()) for name in ("ann", "bo", "cy")]
    post()
    say_no(rsvps[2].person_id, event.id)
    desk.get(f"/organize/events/{event.slug}/remind")
    assert desk.page.says("2 people have not answered")
    assert desk.page.says("2 mails would be sent to everybody now.")
    desk.submit({"rsvp": str(rsvps[1].id)}, who="chosen", word="Please?")
    assert desk.page.says("1 person is being reminded.")
    work()
    desk.get(desk.page.path)
    assert desk.page.says("1 of them was reminded in the last 24 hours, and is left out.")
    desk.submit(who="all")
    work()
    assert [mail.recipient for mail in outbox("invitation_reminder")] == ["bo@x.org", "ann@x.org"]
    desk.get(desk.page.path)
    desk.submit(who="all")
    assert desk.page.says("There is nobody to remind")


def test_nobody_ticked_reminds_nobody(desk: Browser, event: Event) -> None:
    invited(event)
    desk.get(f"/organize/events/{event.slug}/remind")
    desk.submit({"rsvp": ["x", "99999999999", "-1"]}, who="chosen")
    assert desk.page.status == 422
    work()
    assert outbox("invitation_reminder") == []


def test_an_event_where_nobody_is_left_to_answer_says_so(desk: Browser, event: Event) -> None:
    say_yes(a_member().id, event.id)
    desk.get(f"/organize/events/{event.slug}/remind")
    assert desk.page.says("0 people have not answered")
