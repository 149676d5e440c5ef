"""Pages on what is held: fetching all of it, and being erased, without JavaScript."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.membership.models import Person
from community.membership.queries import find_owner
from community.ops import worker
from community.privacy.leaving import end_membership, suspend
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.exports import an_export
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in

ADA = "ada@example.org"
EXPORT, ERASE = "/profile/privacy/export", "/profile/privacy/erase"


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", ADA)


@pytest.fixture
def browser(app: Flask, ada: Person) -> Browser:
    return signed_in(app, ada)


def test_everything_is_asked_for_made_and_fetched(app: Flask, browser: Browser) -> None:
    browser.get("/profile")
    assert EXPORT in browser.page.links
    assert browser.get(EXPORT).says("None yet.")
    page = browser.submit(at="")
    assert page.says("Your file is being made.")
    assert page.says("Being made")
    worker.work_once(app)
    (link,) = [link for link in browser.get(EXPORT).links if link.startswith(f"{EXPORT}/")]
    answer = browser.client.get(link)
    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=my-data-")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "everything.json" in archive.namelist()


def test_too_often_is_said_on_the_page(browser: Browser, ada: Person) -> None:
    for _ in range(3):
        an_export(ada)
    browser.get(EXPORT)
    page = browser.submit(at="")
    assert page.status == 429
    assert page.says("That was too often.")


@pytest.mark.parametrize("number", ["theirs", "0", "4711", "99999999999999999999", "x", "-1"])
def test_somebody_elses_file_and_none_look_alike(browser: Browser, number: str) -> None:
    theirs = an_export(a_member()).id
    assert browser.get(f"{EXPORT}/{theirs if number == 'theirs' else number}").status == 404


def test_who_signed_in_a_while_ago_proves_it_again(app: Flask, ada: Person) -> None:
    export = an_export(ada)
    browser = signed_in(app, ada)
    browser.get(EXPORT)
    token = browser.page.form(at="").values
    with time_machine.travel(now() + timedelta(minutes=16)):
        for path in (EXPORT, f"{EXPORT}/{export.id}", ERASE):
            assert browser.get(path).path.startswith("/sign-in/again")
        for path in (EXPORT, ERASE):
            assert browser.post(path, {**token, "email": ADA}).path.startswith("/sign-in/again")
    db.session.rollback()
    assert find_owner(ADA) is not None


def test_a_visitor_is_sent_to_sign_in(app: Flask) -> None:
    for path in (EXPORT, ERASE):
        assert Browser(app).get(path).path.startswith("/sign-in")


def test_somebody_who_never_joined_has_both_pages(app: Flask) -> None:
    browser = signed_in(app, a_person())
    assert EXPORT in browser.get("/profile/sessions").links
    assert browser.get(EXPORT).status == 200
    assert browser.get(ERASE).status == 200


@pytest.mark.parametrize("how", [suspend, end_membership])
def test_who_is_shut_out_takes_their_data_out_and_is_erased(
    app: Flask, ada: Person, how: Callable[[int, int], Person]
) -> None:
    say_yes(ada.id, an_event(title="Harbour Walk").id)
    how(an_admin().id, ada.id)
    browser = signed_in(app, ada)
    assert EXPORT in browser.get("/membership").links
    browser.get(EXPORT)
    assert browser.submit(at="").says("Your file is being made.")
    worker.work_once(app)
    (link,) = [link for link in browser.get(EXPORT).links if link.startswith(f"{EXPORT}/")]
    assert browser.client.get(link).status_code == 200
    assert browser.get(ERASE).says("Harbour Walk")
    assert browser.submit(email=ADA).says("Everything about you is erased.")
    db.session.rollback()
    assert find_owner(ADA) is None


def test_the_page_says_what_happens_and_names_the_seats(browser: Browser, ada: Person) -> None:
    say_yes(ada.id, an_event(title="Harbour Walk").id)
    page = browser.get(ERASE)
    assert page.says("This happens at once and cannot be taken back.")
    assert page.says("Harbour Walk")
    assert page.says(f"type {ADA}")


def test_typing_the_address_erases_and_signs_out(browser: Browser) -> None:
    browser.get(ERASE)
    page = browser.submit(email=ADA)
    assert (page.path, page.says("Everything about you is erased.")) == ("/", True)
    assert not page.says("Sign out")
    db.session.rollback()
    assert find_owner(ADA) is None


@pytest.mark.parametrize(
    "typed", ["", "x", "bob@example.org", "ada@example.net", "ada@", "ÄDA@example.org"]
)
def test_anything_else_erases_nobody(browser: Browser, typed: str) -> None:
    browser.get(ERASE)
    page = browser.submit(email=typed)
    assert page.status == 422
    db.session.rollback()
    assert find_owner(ADA) is not None


def test_what_stands_in_the_way_is_named(app: Flask) -> None:
    owner = an_organizer(email="owner@example.org")
    an_event(owner, title="Harbour Walk")
    browser = signed_in(app, owner)
    assert browser.get(ERASE).says("First hand over or cancel Harbour Walk")
    page = browser.submit(email="owner@example.org")
    assert page.status == 422
    assert page.says("These events to come are yours alone: Harbour Walk.")


def test_the_only_admin_is_told_so(app: Flask) -> None:
    browser = signed_in(app, an_admin(email="admin@example.org"))
    browser.get(ERASE)
    assert browser.submit(email="admin@example.org").says("There would be no admin left.")


def test_pages_with_somebody_erased_among_the_attendees_still_open(app: Flask, ada: Person) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(ada.id, event.id)
    signed_in(app, ada)
    browser = signed_in(app, ada)
    browser.get(ERASE)
    browser.submit(email=ADA)
    desk = signed_in(app, owner)
    page = desk.get(f"/organize/events/{event.slug}/attendees")
    assert page.status == 200
    assert not page.says("Ada")
    assert page.says("Erased person")
    assert desk.get(f"/members/{ada.handle}").status == 404
