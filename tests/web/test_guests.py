"""The page of a guest: it shows what they are expected at, and one button."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Visibility
from community.mail.models import OutboxMail
from community.rsvp.answers import Typed
from community.rsvp.guests import answer_as_guest, guest_token
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.people import a_member
from tests.factories.questions import a_question
from tests.rsvp.states import seats_taken
from tests.web.browser_without_js import Browser, signed_in


def a_guest_page(**facts: object) -> tuple[Rsvp, str]:
    event = an_event(**{"capacity": 4, "guests_allowed": 1, **facts})
    guests = [Guest("Bo <b>Li</b>", "CANARY-FOOD", "bo@example.org")]
    ann = a_member("Ann Lee", "ann@example.org")
    rsvp = say_yes(ann.id, event.id, guests=guests, dietary="CANARY-OTHER")
    return rsvp, f"/guest/{guest_token(rsvp.guests[0], rsvp)}"


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.MEMBERS])
def test_a_guest_declines_on_their_page(app: Flask, visibility: Visibility) -> None:
    rsvp, path = a_guest_page(visibility=visibility)
    browser = Browser(app)
    page = browser.get(path)
    assert page.says("You are expected, Bo <b>Li</b>")
    assert page.says("Guest of Ann Lee")
    page = browser.submit(press="I cannot come")
    assert page.says("You are off the list.")
    assert seats_taken(rsvp.event_id) == 1
    assert browser.get(path).status == 404


def test_opening_the_page_changes_nothing_and_shows_no_more_than_it_must(app: Flask) -> None:
    rsvp, path = a_guest_page()
    before = db.session.query(OutboxMail).count()
    for _ in range(10):
        page = Browser(app).get(path)
        app.test_client().head(path)
    assert page.form("dietary").values["dietary"] == ["CANARY-FOOD"], "their own"
    assert "CANARY-OTHER" not in page.html
    assert "@example.org" not in page.html
    assert "noindex" in page.html
    assert seats_taken(rsvp.event_id) == 2
    assert db.session.query(OutboxMail).count() == before


def test_a_guest_of_a_party_that_left_is_told_so(app: Flask) -> None:
    rsvp, path = a_guest_page()
    say_no(rsvp.person_id, rsvp.event_id)
    page = Browser(app).get(path)
    assert page.says("There is no seat for you")


def test_a_guest_says_what_they_eat_and_whoever_brings_them_sees_it(app: Flask) -> None:
    rsvp, path = a_guest_page(edit_until=evening(9))
    event = rsvp.event
    dish = a_question(event, QuestionKind.ONE_OF, "Dish?", required=True, each=True)
    a_question(event, label="Where do you work?")
    browser = Browser(app)
    page = browser.get(path)
    assert not page.says("Where do you work?"), "that is asked of the person alone"
    page = browser.submit({"dietary": "No nuts"}, press="Save")
    assert page.status == 422
    assert page.says("Please answer this.")
    assert page.form("dietary").values["dietary"] == ["No nuts"]
    page = browser.submit({f"answer-{dish.id}": "o1"}, press="Save")
    assert page.says("Thank you. The host sees what you wrote.")
    assert page.form("dietary").values["dietary"] == ["No nuts"]
    host = signed_in(app, rsvp.person)
    form = host.get(f"/events/{event.slug}/rsvp").form("guest-1-dietary")
    assert form.values["guest-1-dietary"] == ["No nuts"]
    host.submit(
        {"guest-1-dietary": "Neither milk", f"answer-{dish.id}": "o2"}, press="Save changes"
    )
    assert browser.get(path).form("dietary").values["dietary"] == ["Neither milk"]
    with time_machine.travel(now() + timedelta(days=10)):
        assert "dietary" not in browser.get(path).html
        token = browser.page.form("csrf_token").values["csrf_token"]
        data = {"csrf_token": token, "action": "save", "dietary": "x", f"answer-{dish.id}": "o1"}
        late = browser.post(path, data, headers=browser._origin())
        assert late.status == 422
        assert late.says("Changes were possible until a while ago.")


def test_a_guest_answers_for_nobody_else_and_no_other_question(app: Flask) -> None:
    rsvp, _ = a_guest_page()
    mine = a_question(rsvp.event, label="Where do you work?")
    guest = rsvp.guests[0].id
    for asked in (mine.id, a_question(an_event(title="Other"), each=True).id, 10**14):
        with pytest.raises(Refused, match="question_gone"):
            answer_as_guest(guest, dietary="x", answers={asked: Typed("x")})
    with pytest.raises(NotFound):
        answer_as_guest(rsvp.head.id, dietary="x", answers={})
    say_no(rsvp.person_id, rsvp.event_id)
    with pytest.raises(NotFound):
        answer_as_guest(guest, dietary="x", answers={})


@pytest.mark.parametrize("path", ["/guest/x", "/guest/1-" + "0" * 32, "/guest/999999999999-x"])
def test_a_link_that_is_not_ours_leads_nowhere(app: Flask, path: str) -> None:
    a_guest_page()
    assert Browser(app).get(path).status == 404
    assert Browser(app).post(path, {}).status in {403, 404}
