"""The front page."""

from flask import Flask

from community.events.models import Visibility
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def test_a_visitor_sees_what_is_on_and_how_to_join(app: Flask) -> None:
    a_topic("Diversity", "diversity")
    an_event(title="Boston Leadership Dinner")
    page = Browser(app).get("/")
    assert page.status == 200
    assert page.says("Boston Leadership Dinner")
    assert page.says("Glass House")
    assert page.says("Diversity")
    assert {"/join", "/sign-in", "/events/boston-leadership-dinner"} <= set(page.links)


def test_the_promises_are_made_word_for_word(app: Flask) -> None:
    page = Browser(app).get("/")
    for promise in (
        "Stay updated on the latest trends",
        "Gain inspiration from like-minded peers",
        "Build lasting connections with global leaders",
    ):
        assert page.says(promise)


def test_the_next_event_comes_first_and_the_eighth_is_left_for_the_list(app: Flask) -> None:
    owner = an_organizer()
    for days in (9, 8, 7, 6, 5, 4, 3, 2):
        starts, ends = evening(days, 18), evening(days, 20)
        an_event(owner, title=f"In {days} days", starts_at=starts, ends_at=ends)
    page = Browser(app).get("/")
    assert page.text.index("In 2 days") < page.text.index("In 3 days")
    assert page.says("In 8 days")
    assert not page.says("In 9 days")


def test_drafts_and_what_is_for_members_are_hidden_from_visitors(app: Flask) -> None:
    owner = an_organizer()
    an_event(owner, published=False, title="A draft")
    an_event(owner, title="For members", visibility=Visibility.MEMBERS)
    page = Browser(app).get("/")
    assert not page.says("A draft")
    assert not page.says("For members")
    page = signed_in(app, a_member(name="Grace Hopper")).get("/")
    assert page.says("For members")
    assert page.says("Grace Hopper")
    assert not page.says("A draft")


def test_an_empty_community_has_a_front_page_too(app: Flask) -> None:
    page = Browser(app).get("/")
    assert page.status == 200
    assert page.says("The next date is being planned.")


def test_crawlers_are_asked_to_leave_personal_pages_alone(app: Flask) -> None:
    response = Browser(app).get("/robots.txt").response
    assert response.mimetype == "text/plain"
    for path in ("/organize", "/rsvp/", "/join/confirm/", "/sign-in/"):
        assert f"Disallow: {path}\n" in response.text
