"""Copies, series, previews, the archive and deleting drafts on the pages of the desk."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.events.cloning import clone_event
from community.events.models import Event, EventStatus
from community.events.publishing import cancel_event
from community.membership.models import Person
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga")


def events() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0


def asked(event: Event, **changes: object) -> str:
    starts = (event.starts_local + timedelta(weeks=1)).isoformat()[:16]
    fields = {"starts_at": starts, "count": 3, "every": "week", **changes}
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    return f"/organize/events/{event.slug}/clone?{query}"


def make(browser: Browser, **changes: str) -> Page:
    """Press the button below the dates."""
    number = browser.page.form("form_number").values["form_number"][0]
    return browser.submit({"form_number": number, **changes})


def test_the_dates_are_shown_before_anything_is_made(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    browser = browser_of(app, owner)
    assert browser.get(f"/organize/events/{event.slug}").says("Copy it, or make a series")
    assert browser.get(f"/organize/events/{event.slug}/clone").status == 200
    page = browser.get(asked(event))
    assert page.html.count("<ol>") == 1
    assert page.html.count("18:00") + page.html.count("6:00") >= 3
    assert events() == 1
    page = make(browser)
    assert page.says("3 drafts were made.")
    assert page.says("Publish all 3 drafts")
    assert events() == 4


def test_a_form_sent_twice_makes_its_copies_once(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    browser = browser_of(app, owner)
    page = browser.get(asked(event))
    first = make(browser)
    browser.page = page
    second = make(browser)
    assert first.path == second.path
    assert events() == 4


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"count": 0}, "How many"),
        ({"count": 53}, "How many"),
        ({"count": "x"}, "How many"),
        ({"starts_at": "nonsense"}, "The first starts"),
        ({"every": "day"}, "How often"),
        ({"starts_at": "2027-03-14T02:30", "count": 1}, "does not exist in America/New_York"),
        ({"starts_at": "2100-06-20T18:00", "count": 52}, "between 2000 and 2100"),
        ({"starts_at": "9999-12-31T18:00", "count": 52}, "between 2000 and 2100"),
    ],
)
def test_what_cannot_be_made_is_refused_by_both_steps(
    app: Flask, owner: Person, changes: dict[str, object], told: str
) -> None:
    event = an_event(owner)
    browser = browser_of(app, owner)
    page = browser.get(asked(event, **changes))
    assert page.status == 422
    assert page.says(told)
    browser.get(asked(event))
    page = make(browser, **{name: str(value) for name, value in changes.items()})
    assert page.status == 422
    assert events() == 1


def test_a_series_is_published_together_and_its_pages_name_the_other_dates(
    app: Flask, owner: Person
) -> None:
    event = an_event(owner)
    copies = clone_event(
        owner.id, event.id, starts_at=event.starts_local + timedelta(weeks=1), count=12
    )
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{copies[0].slug}")
    assert browser.submit(at="/publish-series").says("12 events are published.")
    page = Browser(app).get(f"/events/{copies[0].slug}")
    assert page.says("Also on")
    others = [link for link in page.links if link in {f"/events/{one.slug}" for one in copies}]
    assert others == [f"/events/{one.slug}" for one in copies[1:9]]
    assert not Browser(app).get(f"/events/{event.slug}").says("Also on")


def test_a_preview_is_made_shown_to_a_visitor_and_revoked(app: Flask, owner: Person) -> None:
    event = an_event(owner, published=False, online_link="https://meet.example.org/canary")
    browser, visitor = browser_of(app, owner), Browser(app)
    assert visitor.get(f"/events/{event.slug}").status == 404
    browser.get(f"/organize/events/{event.slug}")
    page = browser.submit(at="/preview")
    path = page.html.partition("http://community.test/events/preview/")[2].partition('"')[0]
    shown = visitor.get(f"/events/preview/{path}")
    assert shown.status == 200
    assert shown.says("This is a draft, shown to those who have this link.")
    assert "canary" not in shown.html
    assert "ld+json" not in shown.html
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Robots-Tag"] == "noindex"
    assert not [form for form in shown.forms if "rsvp" in form.action]
    assert visitor.post(f"/events/preview/{path}", {"action": "going"}).status in {400, 405}
    browser.submit(at="/preview/revoke")
    assert visitor.get(f"/events/preview/{path}").status == 404


def test_a_preview_of_what_is_published_leads_to_the_page(app: Flask, owner: Person) -> None:
    event = an_event(owner, published=False)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}")
    page = browser.submit(at="/preview")
    path = page.html.partition("http://community.test")[2].partition('"')[0]
    browser.submit(at="/publish")
    assert Browser(app).get(path).path == f"/events/{event.slug}"


def test_an_event_goes_into_the_archive_and_back(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    browser = browser_of(app, owner)
    page = browser.get(f"/organize/events/{event.slug}")
    assert not page.says("Put it into the archive")
    cancel_event(owner.id, event.id)
    browser.get(f"/organize/events/{event.slug}")
    assert browser.submit(at="/archive").says("The event is in the archive.")
    assert not browser.get("/organize").says(event.title)
    assert browser.get("/organize/archive").says(event.title)
    assert not browser_of(app, an_organizer()).get("/organize/archive").says(event.title)
    browser.get(f"/organize/events/{event.slug}")
    assert browser.submit(at="/unarchive").says("on your desk again")
    assert browser.get("/organize").says(event.title)


def test_a_draft_is_deleted_after_asking_and_what_is_published_is_not(
    app: Flask, owner: Person
) -> None:
    draft, event = an_event(owner, published=False), an_event(owner)
    browser = browser_of(app, owner)
    assert browser.get(f"/organize/events/{draft.slug}").says("Delete the draft")
    assert browser.get(f"/organize/events/{draft.slug}/delete").says("It is gone for good")
    token = browser.page.form(at="/delete").values["csrf_token"]
    assert events() == 2
    assert browser.submit(at="/delete").says("The draft is deleted.")
    assert events() == 1
    say_yes(a_member().id, event.id)
    page = browser.get(f"/organize/events/{event.slug}/delete")
    assert page.says("Only drafts can be deleted.")
    page = browser.post(f"/organize/events/{event.slug}/delete", {"csrf_token": token})
    assert page.status == 422
    assert events() == 1


def test_a_visitor_and_another_organizer_reach_none_of_it(app: Flask, owner: Person) -> None:
    event = an_event(owner, published=False)
    other = browser_of(app, an_organizer())
    token = other.get("/organize/events/new").form("title").values["csrf_token"]
    for act in ("clone", "delete", "archive", "unarchive", "preview", "publish-series"):
        path = f"/organize/events/{event.slug}/{act}"
        assert other.post(path, {"csrf_token": token}).status == 404
    for act in ("clone", "delete"):
        assert other.get(f"/organize/events/{event.slug}/{act}").status == 404
    db.session.refresh(event)
    assert event.status == EventStatus.DRAFT


@pytest.mark.parametrize(
    "link", ["http://meet.example.org", "javascript:alert(1)", "https://a@b.example", "meet"]
)
def test_a_link_that_is_no_safe_address_is_refused_at_its_field(
    app: Flask, owner: Person, link: str
) -> None:
    event = an_event(owner)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/edit")
    page = browser.submit(online_link=link)
    assert page.status == 422
    assert page.says("is not a whole address that begins with https://")
    page = browser.submit(online_link="https://meet.example.org/x", address_private="y")
    assert page.says("The changes are saved.")
    db.session.rollback()
    db.session.refresh(event)
    assert (event.online_link, event.address_private) == ("https://meet.example.org/x", True)
