"""The door's page on a phone without JavaScript: names, buttons, counts, and nothing else."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from community.core.db import db
from community.events.models import Event, HostRole, Visibility
from community.events.team import add_helper
from community.organizing.export import csv_lines
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def at_door(app: Flask, **facts: object) -> tuple[Browser, Event, Rsvp]:
    """Dora at the door, and a party of Ada and her guest Bo."""
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, guests_allowed=2, **facts)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    ada = a_member("Ada", "ada.secret@example.org", organization="Acme")
    rsvp = say_yes(ada.id, event.id, guests=[Guest("Bo", "nuts")], dietary="vegan", note="late")
    with during(event, hours=-9):
        browser = signed_in(app, dora)
    return browser, event, rsvp


def during(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift))


def page_of(event: Event) -> str:
    return f"/organize/events/{event.slug}/check-in"


def test_a_head_is_found_let_in_counted_and_taken_back(app: Flask) -> None:
    browser, event, rsvp = at_door(app)
    with during(event, minutes=12):
        assert browser.get(page_of(event)).says("0 in, of 2 expected")
        page = browser.get(f"{page_of(event)}?q=bo")
        assert page.says("Bo with Ada")
        browser.submit(at="/check-in", press=str(rsvp.guests[0].id))
        assert browser.page.says("Bo is in.")
        assert browser.page.says("1 in, of 2 expected")
        assert browser.page.says("In since 6:12")
        assert browser.page.says("by Dora")
        assert browser.page.path.endswith("?q=bo")
        browser.submit(at="/check-in/undo", press=str(rsvp.guests[0].id))
        assert browser.page.says("Bo is not checked in any more.")
        assert browser.page.says("0 in, of 2 expected")


def test_pressed_again_it_says_since_when_and_by_whom(app: Flask) -> None:
    browser, event, rsvp = at_door(app)
    with during(event, minutes=12):
        token = browser.get(page_of(event)).form(at="/check-in").values["csrf_token"]
        fields = {"csrf_token": token, "attendee": str(rsvp.head.id)}
        assert browser.post(page_of(event), fields).says("Ada is in.")
    with during(event, minutes=15):
        page = browser.post(page_of(event), fields)
        assert page.says("Ada is already in since 6:12")
        assert page.says("by Dora")
    db.session.rollback()  # the test's own view of the database is from before
    line = b"".join(csv_lines(event)).decode().splitlines()[1]
    assert "T18:12:" in line


def test_the_code_that_somebody_brings_finds_them_and_lets_them_in(app: Flask) -> None:
    browser, event, rsvp = at_door(app)
    with during(event):
        page = browser.get(f"{page_of(event)}?code={rsvp.head.reply_key}")
        assert page.says("Ada")
        assert not page.says("with Ada")
        token = page.form(at="/check-in").values["csrf_token"]
        fields = {"csrf_token": token, "code": rsvp.head.reply_key}
        assert browser.post(page_of(event), fields).says("Ada is in.")


@pytest.mark.parametrize("code", ["nobodys", "x" * 5000, "\x00", "ü" * 26, "a b", "' OR 1=1"])
def test_a_code_that_is_nobodys_lets_nobody_in(app: Flask, code: str) -> None:
    browser, event, _rsvp = at_door(app)
    with during(event):
        page = browser.get(page_of(event), query_string={"code": code})
        assert page.says("This code belongs to nobody who is expected here.")
        token = browser.get(page_of(event)).form(at="/check-in").values["csrf_token"]
        page = browser.post(page_of(event), {"csrf_token": token, "code": code})
        assert page.status == 422
        assert page.says("This code belongs to nobody who is expected here.")
        assert page.says("0 in, of 2 expected")


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "1.0", "9" * 10, "9" * 30])
def test_a_number_that_is_nobodys_lets_nobody_in(app: Flask, number: str) -> None:
    browser, event, _rsvp = at_door(app)
    with during(event):
        token = browser.get(page_of(event)).form(at="/check-in").values["csrf_token"]
        for path in (page_of(event), f"{page_of(event)}/undo"):
            page = browser.post(path, {"csrf_token": token, "attendee": number})
            assert page.status in {404, 422}
        assert browser.get(page_of(event)).says("0 in, of 2 expected")


@pytest.mark.parametrize(
    ("shift", "words"), [({"hours": -9}, "People can be checked in from"), ({"days": 3}, "is over")]
)
def test_outside_its_time_the_page_says_so_and_names_nobody(
    app: Flask, shift: dict[str, float], words: str
) -> None:
    browser, event, rsvp = at_door(app)
    with during(event, **shift):
        page = browser.get(page_of(event))
        assert page.says(words)
        assert not page.says("Ada")
        token = page.forms[0].values["csrf_token"]
        page = browser.post(page_of(event), {"csrf_token": token, "attendee": str(rsvp.head.id)})
        assert page.status == 422
        assert page.says(words)


def test_the_door_reads_names_and_nothing_else(app: Flask) -> None:
    browser, event, rsvp = at_door(app, visibility=Visibility.MEMBERS)
    with during(event):
        html = browser.get(page_of(event)).html
        for secret in ("ada.secret", "vegan", "nuts", "late", "Acme", rsvp.head.reply_key):
            assert secret not in html
        desk = f"/organize/events/{event.slug}"
        assert [link for link in browser.page.links if link.startswith("/organize")] == []
        for path in ("", "/attendees", "/attendees.csv", "/edit", "/team"):
            assert browser.get(desk + path).status == 404
        assert browser.get("/organize").status == 404
        assert page_of(event) in browser.get("/my/events").links


def test_a_draft_and_an_event_for_others_stay_hidden_from_the_door(app: Flask) -> None:
    owner, dora = an_organizer(), a_member("Dora")
    draft = an_event(owner, published=False)
    private = an_event(owner, visibility=Visibility.INVITED)
    for event in (draft, private):
        add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
        assert signed_in(app, dora).get(f"/events/{event.slug}").status == 404


def test_the_search_cares_for_neither_accents_nor_case(app: Flask) -> None:
    browser, event, _ = at_door(app)
    ozlem = a_member("Özlem Müller")
    say_yes(ozlem.id, event.id, guests=[Guest("Łucja Ångström")])
    with during(event, minutes=12):
        for q in ("muller", "MÜLLER ozlem", "angstrom", "ÅNGSTRÖM muller"):
            page = browser.get(f"{page_of(event)}?q={quote(q)}")
            assert page.says("Łucja Ångström with Özlem Müller"), q
            assert not page.says("Ada"), q
        assert browser.get(f"{page_of(event)}?q=muller+ada").says("Nobody of that name")
