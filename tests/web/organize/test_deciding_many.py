"""Requests that are ticked on the list and decided together."""

import pytest
from flask import Flask

from community.events.models import Event
from community.organizing.roster import PAGE
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import statuses
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


def a_list(app: Flask, requests: int, **facts: object) -> tuple[Browser, Event, str, list[str]]:
    owner = an_organizer()
    event = an_event(owner, **{"requires_approval": True, **facts})
    ids = [str(say_yes(a_member(f"Asker {n}").id, event.id).id) for n in range(requests)]
    desk, address = browser_of(app, owner), f"/organize/events/{event.slug}/attendees"
    desk.get(address)
    return desk, event, address, ids


def test_those_ticked_are_let_in_and_the_others_wait_on(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 3, capacity=5)
    page = desk.submit({"rsvp": ids[:2]}, press="approve")
    assert page.says("Going: 2. On the waitlist: 0.")
    assert page.path.endswith("?status=requested")
    assert statuses(event.id) == ["going", "going", "requested"]


def test_more_than_fit_are_refused_with_the_ticks_kept_or_wait_when_told(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 3, capacity=1)
    page = desk.submit({"rsvp": ids[:2]}, press="approve")
    assert page.status == 422
    assert page.says("Free seats: 1. These requests ask for 2.")
    assert statuses(event.id) == ["requested"] * 3
    assert page.form("rsvp").values["rsvp"] == ids[:2]
    page = desk.submit({"or_waitlist": "y"}, press="approve")
    assert page.says("Going: 1. On the waitlist: 1.")
    assert statuses(event.id) == ["going", "waitlisted", "requested"]


def test_those_ticked_are_told_no_with_one_word(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 3)
    page = desk.submit({"rsvp": ids[1:], "word": "The table is set."}, press="refuse")
    assert page.says("2 were told no.")
    assert statuses(event.id) == ["requested", "refused", "refused"]
    assert desk.get(f"{address}?status=refused").says("An organizer said no. “The table is set.”")


def test_a_button_pressed_twice_decides_once(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 2, capacity=5)
    values = {**desk.page.form("rsvp").values, "rsvp": ids, "action": "approve"}
    desk.post(address, values)
    assert desk.post(address, values).says("Nobody was ticked who still waits for your answer.")
    assert statuses(event.id) == ["going", "going"]


@pytest.mark.parametrize(
    "sent", [{}, {"rsvp": []}, {"rsvp": ["x", "-1", "", "1e3", "9" * 30]}, {"action": "sing"}]
)
def test_nobody_ticked_decides_nothing(app: Flask, sent: dict[str, list[str]]) -> None:
    desk, event, address, _ = a_list(app, 1)
    token = desk.page.form("rsvp").values["csrf_token"]
    page = desk.post(address, {"csrf_token": token, "action": "approve", **sent})
    assert page.says("Nobody was ticked who still waits for your answer.")
    assert statuses(event.id) == ["requested"]


@pytest.mark.parametrize("action", ["", "sing", "APPROVE"])
def test_no_known_button_decides_nothing(app: Flask, action: str) -> None:
    desk, event, address, ids = a_list(app, 1)
    values = {**desk.page.form("rsvp").values, "rsvp": ids, "action": action}
    assert desk.post(address, values).status == 200
    assert statuses(event.id) == ["requested"]


def test_a_word_that_is_too_long_decides_nothing(app: Flask) -> None:
    desk, event, _, ids = a_list(app, 1)
    assert desk.submit({"rsvp": ids, "word": "x" * 1001}, press="refuse").status == 422
    assert statuses(event.id) == ["requested"]


def test_another_events_request_among_them_is_not_found(app: Flask) -> None:
    desk, event, address, ids = a_list(app, 1)
    other = an_event(title="Another", requires_approval=True)
    theirs = say_yes(a_member().id, other.id).id
    values = {**desk.page.form("rsvp").values, "rsvp": [*ids, str(theirs)], "action": "approve"}
    assert desk.post(address, values).status == 404
    foreign = browser_of(app, an_organizer())
    own = foreign.get("/my/events").forms[0].values["csrf_token"]
    assert foreign.post(address, {**values, "csrf_token": own, "rsvp": ids}).status == 404
    assert statuses(event.id) + statuses(other.id) == ["requested", "requested"]


def test_only_requests_have_a_box_and_only_their_page_has_the_form(app: Flask) -> None:
    desk, _, address, _ = a_list(app, 1, requires_approval=False)
    assert not any("rsvp" in form.names for form in desk.page.forms)
    assert not desk.get(address).says("Those ticked")


def test_as_many_as_a_page_shows_are_decided_at_once(app: Flask) -> None:
    desk, event, address, ids = a_list(app, PAGE + 2)
    assert len(ids) == PAGE + 2
    values = {**desk.page.form("rsvp").values, "rsvp": ids, "action": "approve"}
    assert desk.post(address, values).says(f"Going: {PAGE}.")
    assert statuses(event.id).count("requested") == 2
