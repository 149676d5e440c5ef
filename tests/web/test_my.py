"""A person's own events."""

from datetime import timedelta

import time_machine
from flask import Flask

from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


def test_a_visitor_is_asked_to_sign_in_first(app: Flask) -> None:
    page = Browser(app).get("/my/events")
    assert page.path == "/sign-in?next=/my/events"


def test_my_events_are_those_that_i_answered(app: Flask) -> None:
    person, other = a_member(), a_member()
    full = an_event(title="Full Dinner", capacity=1)
    say_yes(other.id, full.id)
    say_yes(person.id, full.id)
    say_yes(person.id, an_event(title="Going Dinner").id)
    say_no(person.id, an_event(title="Declined Dinner").id)
    an_event(title="Unanswered Dinner")
    page = browser_of(app, person).get("/my/events")
    assert page.headers["Cache-Control"] == "no-store"
    for title, status in (
        ("Full Dinner", "On the waitlist"),
        ("Going Dinner", "You are going"),
        ("Declined Dinner", "You said no"),
    ):
        assert page.says(title)
        assert page.says(status)
    assert not page.says("Unanswered Dinner")


def test_past_events_stand_apart(app: Flask) -> None:
    person = a_member()
    soon = an_event(title="Soon", starts_at=evening(2), ends_at=evening(2, 21))
    later = an_event(title="Later", starts_at=evening(20), ends_at=evening(20, 21))
    for event in (soon, later):
        say_yes(person.id, event.id)
    with time_machine.travel(soon.ends_at + timedelta(days=1)):
        text = browser_of(app, person).get("/my/events").text
    assert text.index("Later") < text.index("Past") < text.index("Soon")
    assert text.count("You are going") == text.count("You were on the list") == 1


def test_a_cancelled_event_stays_where_it_was_answered(app: Flask) -> None:
    owner, person = an_organizer(), a_member()
    event = an_event(owner, title="Called Off")
    say_yes(person.id, event.id)
    cancel_event(owner.id, event.id)
    page = browser_of(app, person).get("/my/events")
    assert page.says("Called Off")
    assert page.says("Cancelled")
    assert not page.says("You are going"), "nobody is"


def test_an_answer_keeps_an_event_visible_for_whom_it_would_be_hidden(app: Flask) -> None:
    person = a_member()
    event = an_event(visibility=Visibility.MEMBERS, title="Members Lunch")
    say_yes(person.id, event.id)
    assert browser_of(app, person).get("/my/events").says("Members Lunch")
