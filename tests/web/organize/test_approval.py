"""Deciding on requests at the desk."""

import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


def standing() -> list[str]:
    db.session.rollback()
    return [status.value for status in db.session.scalars(sa.select(Rsvp.status).order_by(Rsvp.id))]


def desk_with(app: Flask, requests: int, **facts: object) -> tuple[Browser, str]:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True, **facts)
    for number in range(requests):
        say_yes(a_member(name=f"Asker {number}").id, event.id)
    return browser_of(app, owner), f"/organize/events/{event.slug}/attendees"


def test_yes_and_no_are_one_press_each(app: Flask) -> None:
    desk, address = desk_with(app, 3, capacity=1)
    assert desk.get(address).says("Waits for your yes.")
    assert desk.submit(at="/approve").says("Asker 0 is going, and has been told.")
    assert desk.submit(at="/approve").says(
        "Too few seats are free: Asker 1 is on the waitlist now."
    )
    assert desk.submit({"word": "The table is set."}, at="/refuse").says("Asker 2 has been told.")
    assert standing() == ["going", "waitlisted", "refused"]
    assert "The table is set." in desk.get(address).text
    assert not any("/approve" in form.action for form in desk.page.forms)


def test_a_word_that_is_too_long_decides_nothing(app: Flask) -> None:
    desk, address = desk_with(app, 1)
    desk.get(address)
    desk.submit({"word": "x" * 1001}, at="/refuse")
    assert standing() == ["requested"]


def test_somebody_elses_requests_look_absent(app: Flask) -> None:
    desk, address = desk_with(app, 1)
    desk.get(address)
    action = next(form.action for form in desk.page.forms if "/approve" in form.action)
    other = browser_of(app, an_organizer())
    token = other.get("/my/events").forms[0].values["csrf_token"]
    assert other.post(action, {"csrf_token": token}).status == 404
    assert desk.post(action, {}).status == 403, "without the form's own token"
    assert standing() == ["requested"]
