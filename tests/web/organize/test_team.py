"""The page of an event's team, and what each of the team then finds."""

import re

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event, HostRole
from community.events.team import add_helper, team_of
from community.events.team_invitations import say_yes_to_helping
from community.events.visibility import Rights
from community.membership.standing import suspend
from community.organizing import door
from community.web import access
from tests.factories.events import an_event
from tests.factories.joining import mailed_helping
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def roles(event: Event) -> list[tuple[str, str]]:
    db.session.rollback()  # the test's own view of the database is from before
    return [(helper.name, helper.role.value) for helper in team_of(event.id)]


def at_team(app: Flask) -> tuple[Browser, Event]:
    owner = an_organizer("Olga", "olga@example.org")
    event = an_event(owner)
    browser = signed_in(app, owner)
    browser.get(f"/organize/events/{event.slug}/team")
    return browser, event


def test_the_owner_asks_changes_hands_over_and_removes(app: Flask) -> None:
    browser, event = at_team(app)
    ann, otto = a_member("Ann"), an_organizer("Otto")
    browser.submit(email=ann.address, role="door")
    assert browser.page.says(f"A mail asks {ann.address} to help.")
    assert roles(event) == [("Olga", "owner")]
    assert not browser.page.says("Ann")  # who has the address is not said here
    say_yes_to_helping(mailed_helping(ann.address))
    browser.get(f"/organize/events/{event.slug}/team")
    browser.submit(at=f"/team/{ann.id}", press="Make a co-organizer")
    assert roles(event) == [("Olga", "owner"), ("Ann", "cohost")]
    assert not [form for form in browser.page.forms if f"{ann.id}/hand-over" in form.action]
    browser.submit(email=otto.address, role="cohost")
    say_yes_to_helping(mailed_helping(otto.address))
    browser.submit(at=f"/team/{ann.id}/remove")
    assert browser.page.says("Ann is not on the team any more.")
    browser.submit(at=f"/team/{otto.id}/hand-over")
    assert browser.page.says("Otto owns this event now")
    assert roles(event) == [("Otto", "owner"), ("Olga", "cohost")]
    assert browser.page.status == 200
    assert browser.get(f"/organize/events/{event.slug}/team").status == 404


def test_the_page_is_the_same_whoever_has_the_address(app: Flask) -> None:
    browser, _event = at_team(app)
    known, unknown = a_member("Ann", "ann@example.org").address, "bob@example.org"
    pages = []
    for address in (known, unknown):
        page = browser.submit(email=address, role="door")
        pages.append(page.text.replace(address, "ADDRESS"))
        browser.submit(at="/take-back")
        browser.page.says(f"{address} is asked no longer.")
    drawn = re.compile(r'value="[^"]{40,}"|/asked/\d+/|\d+:\d+')
    assert drawn.sub("", pages[0]) == drawn.sub("", pages[1])


def test_what_was_asked_is_sent_again_and_taken_back(app: Flask) -> None:
    browser, _event = at_team(app)
    browser.submit(email="ann@example.org", role="door")
    old = mailed_helping("ann@example.org")
    browser.submit(at="/again")
    assert browser.page.says("Another mail asks ann@example.org to help.")
    assert Browser(app).get(f"/helping/{old}").status == 410
    token = mailed_helping("ann@example.org")
    browser.submit(at="/take-back")
    assert browser.page.says("ann@example.org is asked no longer.")
    page = Browser(app).get(f"/helping/{token}")
    assert page.status == 410
    assert page.says("This link no longer works")


@pytest.mark.parametrize("role", [HostRole.DOOR, HostRole.COHOST])
def test_a_helper_who_is_removed_finds_nothing_with_the_next_request(
    app: Flask, role: HostRole
) -> None:
    browser, event = at_team(app)
    browser.submit(email="ann@example.org", role=role.value)
    ann = say_yes_to_helping(mailed_helping("ann@example.org"), "Ann")
    helper = signed_in(app, ann)
    page = f"/organize/events/{event.slug}/check-in"
    edits = f"/organize/events/{event.slug}/attendees"
    assert helper.get(page).status == 200
    token = helper.page.forms[0].values["csrf_token"][0]
    browser.get(f"/organize/events/{event.slug}/team")
    browser.submit(at=f"/team/{ann.id}/remove")
    assert helper.get(page).status == 404
    assert helper.get(edits).status == 404
    assert helper.post(page, {"csrf_token": token, "attendee": "1"}).status == 404
    assert not helper.get("/my/events").says("Where you help")


def test_removing_that_took_nothing_away_would_be_seen(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what the row of the role is for."""
    browser, event = at_team(app)
    browser.submit(email="ann@example.org", role="door")
    ann = say_yes_to_helping(mailed_helping("ann@example.org"), "Ann")
    browser.get(f"/organize/events/{event.slug}/team")
    browser.submit(at=f"/team/{ann.id}/remove")
    monkeypatch.setattr(access, "event_rights", lambda: Rights(checks_in=True))
    monkeypatch.setattr(door, "rights_of", lambda _viewer, _event: Rights(checks_in=True))
    assert signed_in(app, ann).get(f"/organize/events/{event.slug}/check-in").status == 200


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("OLGA@example.org", "door", "Olga is on the team already"),
        ("", "door", "Whose address is it?"),
        ("no address", "door", "address"),
        ("ａｎｎ@example.org", "door", "address"),
        ("x" * 5000 + "@example.org", "door", "254"),
        ("ann@example.org", "owner", "Not a valid choice"),
        ("ann@example.org", "", "Not a valid choice"),
        ("ann@example.org", "admin\x00", "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(app: Flask, email: str, role: str, words: str) -> None:
    browser, event = at_team(app)
    a_member("Ann", "ann@example.org")
    browser.submit(email=email, role=role)
    assert browser.page.status == 422
    assert browser.page.says(words)
    assert roles(event) == [("Olga", "owner")]


@pytest.mark.parametrize("number", ["0", "987654", "9" * 30])
@pytest.mark.parametrize("act", ["", "/remove", "/hand-over"])
def test_a_number_that_is_nobodys_is_not_there(app: Flask, number: str, act: str) -> None:
    browser, event = at_team(app)
    token = browser.page.form("email").values["csrf_token"]
    path = f"/organize/events/{event.slug}/team/{number}{act}"
    assert browser.post(path, {"csrf_token": token, "role": "door"}).status == 404


def test_addresses_are_not_tried_out_here(app: Flask) -> None:
    browser, _event = at_team(app)
    for _ in range(60):
        browser.submit(email="olga@example.org", role="door")
    assert browser.page.status == 422
    browser.submit(email="olga@example.org", role="door")
    assert browser.page.status == 429


def test_a_co_organizer_finds_the_event_and_nothing_that_is_for_organizers(app: Flask) -> None:
    event = an_event(an_organizer())
    ann = a_member("Ann")
    add_helper(team_of(event.id)[0].person_id, event.id, ann.address, HostRole.COHOST)
    browser = signed_in(app, ann)
    assert f"/organize/events/{event.slug}" in browser.get("/my/events").links
    desk = browser.get("/organize")
    assert desk.says(event.title)
    for path in ("/organize/applications", "/organize/topics", "/organize/events/new"):
        assert path not in desk.links
        assert browser.get(path).status == 404
    page = browser.get(f"/organize/events/{event.slug}")
    assert f"/organize/events/{event.slug}/team" not in page.links
    assert f"/organize/events/{event.slug}/check-in" in page.links
    assert browser.get(f"/organize/events/{event.slug}/attendees.csv").status == 200
    assert browser.get(f"/events/{event.slug}").says("Ann")


def test_whoever_helps_nowhere_is_told_nothing_of_helping(app: Flask) -> None:
    assert not signed_in(app, a_member()).get("/my/events").says("Where you help")


@pytest.mark.parametrize("role", [HostRole.COHOST, HostRole.DOOR])
def test_a_helper_who_is_suspended_finds_nothing_with_the_next_request(
    app: Flask, role: HostRole
) -> None:
    owner, carl = an_organizer(), a_member("Carl")
    event = an_event(owner)
    add_helper(owner.id, event.id, carl.address, role)
    helper, page = signed_in(app, carl), f"/organize/events/{event.slug}/check-in"
    assert helper.get(page).status == 200
    suspend(an_admin().id, carl.id)
    for path in (page, f"{page}/heads.json", f"/organize/events/{event.slug}/attendees"):
        assert helper.get(path).status == 404
    assert not helper.get("/my/events").says(event.title)
