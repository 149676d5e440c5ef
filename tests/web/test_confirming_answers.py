"""The page on which somebody says that an answer by calendar was theirs: only its button acts."""

from datetime import timedelta

import time_machine
from flask import Flask

from community.calendar.aliases import bind_alias, list_aliases
from community.core.clock import now
from community.events.publishing import cancel_event
from community.rsvp.models import Partstat
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.received import a_held, token_of
from tests.rsvp.states import statuses
from tests.web.browser_without_js import Browser, signed_in


def test_the_button_lets_the_answer_count_and_opening_the_page_does_not(app: Flask) -> None:
    event = an_event()
    rsvp = say_yes(a_member("Ann Lee").id, event.id)
    soon = (now() + timedelta(seconds=5)).replace(microsecond=0)
    held = a_held(rsvp.head.id, Partstat.DECLINED, as_="ann@office.example", reply_stamp=soon)
    path, browser = f"/answers/{token_of(held)}", Browser(app)
    page = browser.get(path)
    assert page.says("Did you say no, Ann Lee?")
    assert page.says("ann@office.example")
    assert "noindex" in page.html
    app.test_client().head(path)
    assert statuses(event.id) == ["going"]
    browser.get(path)
    assert browser.submit().says("Thank you. Your answer counts.")
    assert statuses(event.id) == ["withdrawn"]
    assert browser.get(path).status == 410


def test_a_dead_link_and_a_refusal_say_so(app: Flask) -> None:
    host, ann = an_organizer(), a_member("Ann Lee")
    event = an_event(host)
    rsvp = say_yes(ann.id, event.id)
    soon = (now() + timedelta(seconds=5)).replace(microsecond=0)
    browser, held = Browser(app), a_held(rsvp.head.id, reply_stamp=soon)
    path = f"/answers/{token_of(held)}"
    assert browser.get(path).says("Did you say yes, Ann Lee?")
    cancel_event(host.id, event.id)
    assert browser.submit().status == 422
    assert browser.get(path).status == 200, "the link stays good"
    with time_machine.travel(now() + timedelta(days=8)):
        assert browser.get(path).status == 410
    assert browser.get("/answers/x").status == 410


def test_an_address_that_they_answer_from_is_shown_and_can_be_taken_back(app: Flask) -> None:
    ann, other = a_member("Ann Lee"), a_member()
    for person in (ann, other):
        bind_alias(person.id, "ann@office.example")
    browser = signed_in(app, ann)
    assert browser.get("/profile/email").says("ann@office.example")
    page = browser.submit(address="ann@office.example")
    assert page.says("Answers from there are asked about from now on.")
    assert not page.says("ann@office.example")
    assert list_aliases(ann.id) == []
    assert list_aliases(other.id) == ["ann@office.example"]
