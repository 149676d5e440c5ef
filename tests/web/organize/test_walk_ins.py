"""The form for somebody who is not on the list: once, exact, and kept as typed when refused."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.events.models import Event, HostRole
from community.events.team import add_helper, team_of
from community.rsvp.hand import remove_attendee
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import seats_taken
from tests.web.browser_without_js import Browser, signed_in


def at_door(app: Flask, **facts: object) -> tuple[Browser, Event, str]:
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, **facts)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    with during(event, hours=-9):
        browser = signed_in(app, dora)
    return browser, event, f"/organize/events/{event.slug}/check-in/walk-in"


def during(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift))


def test_somebody_walks_in_with_two_guests_and_is_counted(app: Flask) -> None:
    browser, event, path = at_door(app, capacity=10, guests_allowed=2)
    with during(event, minutes=12):
        assert browser.get(path).says("10 of 10 seats left")
        browser.submit(at="", name="Ada Love", guests="Bo\n\n  Cy \n", email="")
        assert browser.page.says("In: Ada Love, Bo, Cy.")
        assert browser.page.says("3 in, of 3 expected")
        assert browser.page.says("Cy with Ada Love In since 6:12 PM by Dora")
    assert seats_taken(event.id) == 3


def test_the_same_form_sent_twice_is_one_walk_in(app: Flask) -> None:
    browser, event, path = at_door(app)
    with during(event):
        fields = {**browser.get(path).form(at="").values, "name": "Ada"}
        for _ in range(2):
            assert browser.post(path, fields).says("1 in, of 1 expected")
        page = browser.post(path, {**fields, "name": "Bo"})
        assert page.status == 422
        assert page.says("This form was sent before, with other words.")
        assert page.form(at="").values["name"] == ["Bo"]
    assert seats_taken(event.id) == 1


def test_without_its_number_the_form_acts_each_time(app: Flask) -> None:
    """The control: the test above sees what the number is for."""
    browser, event, path = at_door(app)
    with during(event):
        fields = {**browser.get(path).form(at="").values, "name": "Ada", "form_number": ""}
        for _ in range(2):
            browser.post(path, fields)
    assert seats_taken(event.id) == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Please give a name."),
        ({"name": "x" * 500}, "120"),
        ({"name": "Ada", "guests": "Bo\nCy\nDi"}, "may bring 2 at most"),
        ({"name": "Ada", "guests": "Bo\nCy"}, "The seats do not suffice. Free: 2."),
        ({"name": "Ada", "email": "not an address"}, "address"),
        ({"name": "Ada", "email": "here@example.org"}, "is on the list already: Here. Look"),
    ],
)
def test_what_is_refused_stays_as_typed_and_seats_nobody(
    app: Flask, typed: dict[str, str], words: str
) -> None:
    browser, event, path = at_door(app, capacity=3, guests_allowed=2)
    say_yes(a_member("Here", "here@example.org").id, event.id)
    with during(event):
        page = browser.post(path, {**browser.get(path).form(at="").values, **typed})
        assert page.status == 422
        assert page.says(words)
        assert {name: page.form(at="").values[name][0] for name in typed} == typed
    assert seats_taken(event.id) == 1


def test_outside_its_time_there_is_no_form_and_a_late_press_says_so(app: Flask) -> None:
    browser, event, path = at_door(app)
    with during(event):
        fields = {**browser.get(path).form(at="").values, "name": "Ada"}
    with during(event, days=2):
        page = browser.post(path, fields)
        assert page.status == 422
        assert page.says("The event is over, and its door is closed.")
        assert browser.get(path).says("The door is closed now.")
    assert seats_taken(event.id) == 0


def test_an_event_without_guests_asks_for_none(app: Flask) -> None:
    browser, event, path = at_door(app, guests_allowed=0)
    with during(event):
        fields = browser.get(path).form(at="").values
        assert "guests" not in fields
        browser.post(path, {**fields, "name": "Ada", "guests": "Bo"})
    assert seats_taken(event.id) == 1


def test_what_is_said_back_is_what_was_typed_and_not_whose_address_it_is(app: Flask) -> None:
    browser, event, path = at_door(app, guests_allowed=2)
    a_member("Secret Name", "known@example.org")
    gone = a_member("Other Secret", "gone@example.org")
    with during(event, hours=-8):
        rsvp = say_yes(gone.id, event.id)
        owner = next(one for one in team_of(event.id) if one.role == HostRole.OWNER)
        remove_attendee(owner.person_id, event.id, rsvp.id)
    with during(event, minutes=12):
        browser.get(path)
        browser.submit(at="", name=" Ada ", guests="Bo", email="known@example.org")
        assert browser.page.says("In: Ada, Bo.")
        assert browser.page.says("Bo with Secret Name")  # the list says who is in
        browser.get(path)
        browser.submit(at="", name="Ada", email="gone@example.org")
        assert browser.page.status == 422
        assert not browser.page.says("Other Secret")
