"""The door's page on a phone without JavaScript: names, buttons, counts, and nothing else."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from community.core.dates import day
from community.core.db import db
from community.events.models import Event, HostRole, Visibility
from community.events.team import add_helper
from community.organizing.export import csv_lines
from community.rsvp.codes import code_of
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def at_door(app: Flask, **facts: object) -> tuple[Browser, Event, Rsvp]:
    """Dora at the door, and a party of Ada and her guest Bo."""
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, guests_allowed=2, **facts)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    ada = a_member("Ada", "ada.secret@example.org", organization="Acme")
    rsvp = say_yes(ada.id, event.id, guests=[Guest("Bo", "nuts")], dietary="vegan", note="by tram")
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
        code = code_of(rsvp.guests[0].id)
        for query in (f"code={code}", f"code={code.lower()}", f"q={code.replace('-', '+')}"):
            page = browser.get(f"{page_of(event)}?{query}")
            assert page.text.index("Bo with Ada") < page.text.index("Let in Ada")
            assert page.says("0 in, of 2 expected")  # opening it acts on nothing
        token = page.form(at="/check-in").values["csrf_token"]
        fields = {"csrf_token": token, "code": code}
        assert browser.post(page_of(event), fields).says("Bo is in.")
        assert browser.page.says("1 in, of 2 expected")


def test_a_whole_party_is_let_in_by_one_button(app: Flask) -> None:
    browser, event, rsvp = at_door(app)
    with during(event, minutes=12):
        browser.get(f"{page_of(event)}?code={code_of(rsvp.head.id)}")
        token = browser.page.form(at="/check-in").values["csrf_token"]
        browser.post(page_of(event), {"csrf_token": token, "party": str(rsvp.id)})
        assert browser.page.says("In: Ada, Bo.")
        assert browser.page.says("2 in, of 2 expected")
        assert browser.page.says(
            "Let in last Bo In since 6:12 PM by Dora Ada In since 6:12 PM by Dora"
        )
        page = browser.post(page_of(event), {"csrf_token": token, "party": str(rsvp.id)})
        assert page.says("All of them were in already.")
        for party in ("0", "987654", "9" * 10):
            page = browser.post(page_of(event), {"csrf_token": token, "party": party})
            assert page.status == 404


def test_a_code_that_lets_nobody_in_says_what_to_do(app: Flask) -> None:
    browser, event, rsvp = at_door(app)
    other = an_event()
    elsewhere = say_yes(a_member("Cy").id, other.id).head.id
    with during(event, hours=-1):
        code, gone = code_of(elsewhere), code_of(rsvp.head.id)
        page = browser.get(f"{page_of(event)}?code={code}")
        assert page.says("This code is for another event. Look for their name")
        assert not page.says("Cy")
        say_no(rsvp.person_id, event.id)
        page = browser.get(f"{page_of(event)}?code={gone}")
        assert page.says(f"Ada withdrew on {day(event.starts_local)}, 5:00")
        token = browser.get(f"{page_of(event)}/walk-in").form(at="").values["csrf_token"]
        for wrong, words in ((code, "is for another event"), (gone, "Ada withdrew on")):
            page = browser.post(page_of(event), {"csrf_token": token, "code": wrong})
            assert (page.status, page.says(words)) == (422, True)
        assert page.says("0 in, of 0 expected")


def test_a_code_asks_a_stranger_to_sign_in_and_is_nothing_to_anybody_else(app: Flask) -> None:
    _browser, event, rsvp = at_door(app)
    address = f"{page_of(event)}?code={code_of(rsvp.head.id)}"
    with during(event):
        page = Browser(app).get(address)
        assert page.path.startswith("/sign-in?next=")
        assert quote(code_of(rsvp.head.id)) in page.path
        for who in (a_member(), an_organizer()):
            assert signed_in(app, who).get(address).status == 404


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
        for secret in ("ada.secret", "vegan", "nuts", "tram", "Acme", code_of(rsvp.head.id)):
            assert secret not in html
        desk = f"/organize/events/{event.slug}"
        assert [link for link in browser.page.links if link.startswith("/organize")] == [
            page_of(event),
            f"{page_of(event)}/walk-in",
        ]
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
