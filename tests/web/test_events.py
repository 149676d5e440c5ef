"""The list of events and an event's page, for visitors, members and hosts."""

import base64
import json
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.discovery import events as discovery
from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


def forged(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def test_a_visitor_sees_what_when_where_and_one_link(app: Flask) -> None:
    host = an_organizer("Maria Host", job_title="CDO", organization="Acme")
    event = an_event(host, capacity=12, description="Bring **ideas**.")
    page = Browser(app).get(f"/events/{event.slug}")
    assert page.status == 200
    for words in ("Boston Leadership Dinner", "6:00 PM to 9:00 PM", "New York time", "Glass House"):
        assert page.says(words)
    assert page.says("12 of 12 seats left")
    assert page.says("Maria Host")
    assert "<strong>ideas</strong>" in page.html
    assert f"/events/{event.slug}/rsvp" in page.links
    assert f"/events/{event.slug}/event.ics" in page.links
    assert any(link.startswith("https://calendar.google.com/") for link in page.links)
    assert "webcal://community.test/calendar.ics" in page.links


def test_a_visitors_page_holds_no_form_sets_no_cookie_and_may_be_cached(app: Flask) -> None:
    event = an_event()
    for path in (f"/events/{event.slug}", "/events"):
        page = Browser(app).get(path)
        assert page.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Set-Cookie" not in page.headers
        assert "csrf_token" not in page.html
        tag = page.headers["ETag"]
        again = Browser(app).get(path, headers={"If-None-Match": tag})
        assert again.status == 304


def test_a_page_changes_its_tag_when_a_seat_is_taken(app: Flask) -> None:
    event = an_event(capacity=3)
    tag = Browser(app).get(f"/events/{event.slug}").headers["ETag"]
    say_yes(a_member().id, event.id)
    page = Browser(app).get(f"/events/{event.slug}", headers={"If-None-Match": tag})
    assert page.status == 200
    assert page.says("Only 2 seats left")


def test_a_member_finds_the_form_and_never_a_cached_page(app: Flask) -> None:
    event = an_event()
    page = browser_of(app, a_member()).get(f"/events/{event.slug}")
    assert page.form("csrf_token", at="/rsvp").buttons == [("action", "going", "Reserve my seat")]
    assert page.headers["Cache-Control"] == "no-store"
    assert not page.says("Organize this event")


def test_the_description_runs_no_script(app: Flask) -> None:
    event = an_event(description="<script>alert(1)</script>[x](javascript:alert(2))")
    page = Browser(app).get(f"/events/{event.slug}")
    assert "<script>alert" not in page.html
    assert 'href="javascript:' not in page.html


def test_a_title_is_text_and_never_markup(app: Flask) -> None:
    event = an_event(title="<img src=x onerror=alert(1)> & Dinner")
    for path in (f"/events/{event.slug}", "/events"):
        page = Browser(app).get(path)
        assert "<img src=x" not in page.html
        assert page.says("<img src=x onerror=alert(1)> & Dinner")


def test_a_draft_exists_for_its_host_and_for_admins_only(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    path = f"/events/{event.slug}"
    assert browser_of(app, owner).get(path).says("This is a draft.")
    assert browser_of(app, an_admin()).get(path).status == 200
    for browser in (Browser(app), browser_of(app, a_member()), browser_of(app, an_organizer())):
        assert browser.get(path).status == 404
        assert browser.get(f"{path}/event.ics").status == 404
        assert not browser.get("/events").says("Boston Leadership Dinner")


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.INVITED])
def test_an_event_that_is_not_public_is_absent_for_visitors(
    app: Flask, visibility: Visibility
) -> None:
    event = an_event(visibility=visibility, title="Secret Supper")
    path = f"/events/{event.slug}"
    for browser in (Browser(app), browser_of(app, a_person())):
        assert browser.get(path).status == 404
        assert browser.get(f"{path}/event.ics").status == 404
        for listed in ("/", "/events", "/events?q=secret", "/events?when=past"):
            assert not browser.get(listed).says("Secret Supper")
        assert b"Secret Supper" not in browser.get("/calendar.ics").response.data
    absent = Browser(app).get("/events/no-such-event")
    assert absent.text == Browser(app).get(path).text


def test_members_see_members_events_and_not_those_for_invited_people(app: Flask) -> None:
    members = an_event(visibility=Visibility.MEMBERS, title="Members Lunch")
    invited = an_event(visibility=Visibility.INVITED, title="Closed Circle")
    browser = browser_of(app, a_member())
    assert browser.get(f"/events/{members.slug}").status == 200
    assert browser.get(f"/events/{members.slug}/event.ics").status == 200
    assert browser.get(f"/events/{invited.slug}").status == 404
    page = browser.get("/events")
    assert page.says("Members Lunch")
    assert not page.says("Closed Circle")


def test_a_cancelled_event_says_so_and_why(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    cancel_event(owner.id, event.id, "The house is closed.")
    page = browser_of(app, a_member()).get(f"/events/{event.slug}")
    assert page.says("This event is cancelled")
    assert page.says("The house is closed.")
    assert "action" not in {name for form in page.forms for name, _, _ in form.buttons}


def test_a_past_event_is_listed_under_past_and_takes_no_answer(app: Flask) -> None:
    event, member = an_event(), a_member()
    with time_machine.travel(event.ends_at + timedelta(days=1)):
        browser = browser_of(app, member)
        assert not browser.get("/events").says("Boston Leadership Dinner")
        assert browser.get("/events?when=past").says("Boston Leadership Dinner")
        page = browser.get(f"/events/{event.slug}")
        assert page.says("This event is over")
        assert not any(name for form in page.forms for name, _, _ in form.buttons if name)


def test_events_are_found_by_topic_and_by_words(app: Flask) -> None:
    a_topic("Data Management", "data-management")
    an_event(title="Data Breakfast", topics=["data-management"])
    an_event(title="Board Dinner", venue="Harbour Club", venue_city="Oslo")
    browser = Browser(app)
    page = browser.get("/events?topic=data-management")
    assert (page.says("Data Breakfast"), page.says("Board Dinner")) == (True, False)
    for words in ("board", "OSLO", "harbour dinner"):
        page = browser.get("/events", query_string={"q": words})
        assert (page.says("Data Breakfast"), page.says("Board Dinner")) == (False, True)
    assert browser.get("/events?q=nothing-like-it").says("Nothing matches")
    assert browser.get("/events?topic=no-such-topic").status == 404


@pytest.mark.parametrize("q", ["%", "_", "\x00", "'; DROP TABLE events; --", "x" * 5000, "\u202e"])
def test_strange_words_find_nothing_and_break_nothing(app: Flask, q: str) -> None:
    an_event()
    for name in ("q", "topic", "when"):
        page = Browser(app).get("/events", query_string={name: q})
        assert page.status in {200, 404}


def test_long_lists_come_in_pages_that_keep_what_was_asked(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = an_organizer()
    for day in range(1, discovery.PAGE + 3):
        an_event(owner, title=f"Dinner {day}", starts_at=evening(day), ends_at=evening(day, 21))
    browser = Browser(app)
    page = browser.get("/events?q=dinner")
    assert page.says(f"Dinner {discovery.PAGE}")
    assert not page.says(f"Dinner {discovery.PAGE + 1}")
    (more,) = [link for link in page.links if "after=" in link]
    page = browser.get(more)
    assert [f"Dinner {n}" for n in range(1, 40) if f"/events/dinner-{n}" in page.links] == [
        f"Dinner {discovery.PAGE + 1}",
        f"Dinner {discovery.PAGE + 2}",
    ]
    assert page.form("q", at="/events").values["q"] == ["dinner"]
    assert not [link for link in page.links if "after=" in link]


@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "\x00",
        forged("2026-01-01T00:00:00+00:00"),
        forged(1, 1),
        forged("yesterday", 1),
        forged("2026-01-01T00:00:00", 1),
        forged("2026-01-01T00:00:00+00:00", 2**70),
        forged("9999-12-31T23:59:59-23:59", 1),
        forged("\x00", 1),
        "A" * 5000,
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(app: Flask, after: str) -> None:
    page = Browser(app).get("/events", query_string={"after": after})
    assert page.status == 409
    assert page.says("This link into a list is broken.")


def test_a_host_finds_the_way_to_the_desk(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    page = browser_of(app, owner).get(f"/events/{event.slug}")
    assert page.says("Organize this event")
    assert f"/organize/events/{event.slug}" in page.links


def test_the_page_of_a_closed_list_says_when_it_closed(app: Flask) -> None:
    event, member = an_event(answer_by=evening(20)), a_member()
    with time_machine.travel(now() + timedelta(days=25)):
        page = browser_of(app, member).get(f"/events/{event.slug}")
    assert page.says("Answers are closed")
