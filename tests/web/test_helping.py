"""The page of a mail that asks somebody to help: who reads it, and what each button does."""

import pytest
from flask import Flask

from community.core.db import db, transactional
from community.events.models import Event, HostRole
from community.events.queries import find_role
from community.events.team_invitations import ask_to_help
from community.membership.models import Membership, Person
from community.membership.queries import find_person
from tests.factories.events import an_event
from tests.factories.joining import mailed_helping
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in

ANN = "ann@example.org"


def an_asked(address: str = ANN, role: HostRole = HostRole.DOOR) -> tuple[Event, str]:
    owner = an_organizer("Olga")
    event = an_event(owner)
    ask_to_help(owner.id, event.id, address, role)
    return event, f"/helping/{mailed_helping(address)}"


def role_of(event: Event, address: str = ANN) -> HostRole | None:
    db.session.rollback()
    person = find_person(address)
    return find_role(event.id, person.id if person else None)


def test_a_stranger_says_yes_and_is_led_to_sign_in_and_then_to_the_door(app: Flask) -> None:
    event, page = an_asked()
    browser = Browser(app)
    browser.get(page)
    assert browser.page.says("Olga asks you")
    assert browser.page.says("Would you help at the door?")
    assert browser.page.headers["Cache-Control"] == "no-store"
    browser.submit(name="Ann Lee", press="Yes, I help")
    assert role_of(event) == HostRole.DOOR
    # Whoever holds the mail is not signed in by it: that takes a code to the same mailbox.
    assert browser.page.path.startswith("/sign-in?next=/organize/events/")
    assert browser.get(f"/organize/events/{event.slug}/check-in").path.startswith("/sign-in")
    person = find_person(ANN)
    assert person is not None
    helper = signed_in(app, person)
    assert helper.get(f"/organize/events/{event.slug}/check-in").status == 200
    assert helper.get(f"/organize/events/{event.slug}/attendees").status == 404
    assert Browser(app).get(page).status == 410


def test_a_name_is_asked_for_where_there_is_none_and_kept_when_it_is_wrong(app: Flask) -> None:
    event, page = an_asked(role=HostRole.COHOST)
    browser = Browser(app)
    browser.get(page)
    assert browser.page.says("Would you co-organize this event?")
    browser.submit(press="Yes, I help")
    assert browser.page.status == 422
    assert browser.page.says("Please tell us your name.")
    browser.submit(name="x" * 200, press="Yes, I help")
    assert browser.page.status == 422
    assert browser.page.form("name").values["name"] == ["x" * 200]
    assert role_of(event) is None
    assert find_person(ANN) is None


def test_a_member_is_not_asked_who_they_are(app: Flask) -> None:
    a_member("Ann", ANN)
    event, page = an_asked()
    browser = Browser(app)
    browser.get(page)
    assert not browser.page.says("Your name")
    browser.submit(press="Yes, I help")
    assert role_of(event) == HostRole.DOOR


def test_in_somebody_elses_browser_the_role_goes_to_whom_was_asked(app: Flask) -> None:
    event, page = an_asked()
    bob = a_member("Bob")
    browser = signed_in(app, bob)
    browser.get(page)
    browser.submit(name="Ann", press="Yes, I help")
    assert browser.page.path == "/"
    assert (role_of(event), role_of(event, bob.address)) == (HostRole.DOOR, None)
    assert browser.get(f"/organize/events/{event.slug}/check-in").status == 404


def test_no_forgets_the_address_and_needs_no_name(app: Flask) -> None:
    event, page = an_asked()
    browser = Browser(app)
    browser.get(page)
    browser.submit(press="No, thank you")
    assert browser.page.says("You said no.")
    assert role_of(event) is None
    assert browser.get(page).status == 410


@pytest.mark.parametrize("token", ["x" * 43, "%00", "a", "😀"])
def test_any_other_address_says_that_it_is_dead(app: Flask, token: str) -> None:
    page = Browser(app).get(f"/helping/{token}")
    assert page.status == 410
    assert page.says("This link no longer works")


def test_who_is_suspended_is_told_to_write(app: Flask) -> None:
    sue = a_member("Sue")
    event, page = an_asked(sue.address)
    _suspend(sue)
    browser = Browser(app)
    browser.get(page)
    browser.submit(press="Yes, I help")
    assert browser.page.status == 422
    assert browser.page.says("This membership is closed.")
    assert role_of(event, sue.address) is None


@transactional
def _suspend(person: Person) -> None:
    db.session.get_one(Person, person.id).membership = Membership.SUSPENDED
