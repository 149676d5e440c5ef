"""The page of a guest: it shows what they are expected at, and one button."""

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Visibility
from community.mail.models import OutboxMail
from community.rsvp.guests import guest_token
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.rsvp.states import seats_taken
from tests.web.browser_without_js import Browser


def a_guest_page(**facts: object) -> tuple[Rsvp, str]:
    event = an_event(**{"capacity": 4, "guests_allowed": 1, **facts})
    guests = [Guest("Bo <b>Li</b>", "CANARY-FOOD", "bo@example.org")]
    rsvp = say_yes(a_member("Ann Lee", "ann@example.org").id, event.id, guests=guests)
    return rsvp, f"/guest/{guest_token(rsvp.guests[0], rsvp)}"


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.MEMBERS])
def test_a_guest_declines_on_their_page(app: Flask, visibility: Visibility) -> None:
    rsvp, path = a_guest_page(visibility=visibility)
    browser = Browser(app)
    page = browser.get(path)
    assert page.says("You are expected, Bo <b>Li</b>")
    assert page.says("Guest of Ann Lee")
    page = browser.submit()
    assert page.says("You are off the list.")
    assert seats_taken(rsvp.event_id) == 1
    assert browser.get(path).status == 404


def test_opening_the_page_changes_nothing_and_shows_no_more_than_it_must(app: Flask) -> None:
    rsvp, path = a_guest_page()
    before = db.session.query(OutboxMail).count()
    for _ in range(10):
        page = Browser(app).get(path)
        app.test_client().head(path)
    assert "CANARY" not in page.html
    assert "@example.org" not in page.html
    assert "noindex" in page.html
    assert seats_taken(rsvp.event_id) == 2
    assert db.session.query(OutboxMail).count() == before


def test_a_guest_of_a_party_that_left_is_told_so(app: Flask) -> None:
    rsvp, path = a_guest_page()
    say_no(rsvp.person_id, rsvp.event_id)
    page = Browser(app).get(path)
    assert page.says("There is no seat for you")


@pytest.mark.parametrize("path", ["/guest/x", "/guest/1-" + "0" * 32, "/guest/999999999999-x"])
def test_a_link_that_is_not_ours_leads_nowhere(app: Flask, path: str) -> None:
    a_guest_page()
    assert Browser(app).get(path).status == 404
    assert Browser(app).post(path, {}).status in {403, 404}
