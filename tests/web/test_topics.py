"""The pages of topics: who sees and follows what, and addresses that lead on."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import Visibility
from community.events.topics import merge_topics
from community.membership.models import Topic
from community.membership.queries import count_followers
from community.membership.topics import create_topic, edit_topic, follow_topic
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def a_described_topic(description: str = "What **works**.") -> Topic:
    return create_topic(an_organizer().id, name="Data Management", description=description)


def followed() -> dict[int, int]:
    db.session.rollback()  # what was read before is not the present
    return count_followers()


def rename(topic: Topic, name: str) -> None:
    edit_topic(an_organizer().id, topic.id, name=name, description=topic.description)


def test_a_topics_page_shows_what_it_is_about_what_is_on_and_what_was(app: Flask) -> None:
    a_described_topic()
    an_event(
        title="Long Gone", topics=["data-management"], starts_at=evening(1), ends_at=evening(2)
    )
    an_event(title="Soon", topics=["data-management"])
    an_event(title="On Something Else")
    with time_machine.travel(now() + timedelta(days=10)):
        page = Browser(app).get("/topics/data-management")
    assert page.status == 200
    assert "<strong>works</strong>" in page.html
    assert page.text.index("Coming events") < page.text.index("Soon")
    assert page.text.index("Past events") < page.text.index("Long Gone")
    assert not page.says("On Something Else")
    assert page.says("0 followers")


def test_a_visitors_page_has_no_form_and_sets_no_cookie_and_leads_to_joining(app: Flask) -> None:
    a_described_topic()
    browser = Browser(app)
    page = browser.get("/topics/data-management")
    assert page.forms == []
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"].startswith("public")
    assert "/join?topic=data-management" in page.links
    form = browser.get("/join?topic=data-management").form("email")
    assert form.values["topics"] == ["data-management"]
    assert "topics" not in browser.get("/join").form("email").values
    assert "topics" not in browser.get("/join?topic=<b>").form("email").values


def test_a_member_follows_and_stops_by_one_press_each(app: Flask) -> None:
    topic, me = a_described_topic(), a_member()
    browser = signed_in(app, me)
    browser.get("/topics/data-management")
    page = browser.submit(at="/follow")
    assert page.path == "/topics/data-management"
    assert page.says("You follow this topic. 1 follower")
    assert followed() == {topic.id: 1}
    page = browser.submit(at="/unfollow")
    assert page.says("You no longer follow Data Management.")
    assert page.says("0 followers")
    assert followed() == {}


def test_followers_are_a_number_and_never_names(app: Flask) -> None:
    topic = a_described_topic()
    for name in ("Grace Hopper", "Ada Lovelace"):
        follow_topic(a_member(name).id, topic.id)
    for browser in (Browser(app), signed_in(app, a_member()), signed_in(app, an_organizer())):
        for path in ("/topics", "/topics/data-management"):
            page = browser.get(path)
            assert page.says("2 followers")
            assert not page.says("Hopper")
            assert not page.says("Ada")


def test_who_has_not_joined_is_led_to_joining(app: Flask) -> None:
    a_described_topic()
    browser = signed_in(app, a_person())
    page = browser.get("/topics/data-management")
    assert "/join?topic=data-management" in page.links
    csrf = browser.page.html.split('name="csrf_token" value="')[1].split('"')[0]
    page = browser.post("/topics/data-management/follow", {"csrf_token": csrf})
    assert page.status == 403
    assert page.says("This is for members.")
    assert followed() == {}


def test_a_visitor_who_posts_is_sent_to_sign_in(app: Flask) -> None:
    a_described_topic()
    for act in ("follow", "unfollow"):
        response = Browser(app).client.post(f"/topics/data-management/{act}")
        assert (response.status_code, response.location) == (303, "/sign-in")
    assert followed() == {}


def test_following_needs_the_token_of_the_form(app: Flask) -> None:
    a_described_topic()
    browser = signed_in(app, a_member())
    assert browser.post("/topics/data-management/follow").status == 403
    assert browser.get("/topics/data-management/follow").status == 405
    assert followed() == {}


def test_a_thousand_presses_are_stopped(app: Flask) -> None:
    a_described_topic()
    browser = signed_in(app, a_member())
    csrf = browser.get("/topics/data-management").form(at="/follow").values["csrf_token"][0]
    statuses = [
        browser.client.post(f"/topics/data-management/{act}", data={"csrf_token": csrf}).status_code
        for _ in range(101)
        for act in ("follow", "unfollow")
    ]
    assert statuses == [303] * 200 + [429] * 2


HIDDEN = [Visibility.MEMBERS, Visibility.INVITED]


@pytest.mark.parametrize("visibility", HIDDEN)
def test_what_somebody_may_not_see_is_not_on_the_page_nor_counted(
    app: Flask, visibility: Visibility
) -> None:
    a_described_topic()
    owner, invited = an_organizer(), a_member()
    event = an_event(owner, title="Hidden Dinner", topics=["data-management"])
    say_yes(invited.id, event.id)
    event.visibility = visibility
    db.session.commit()
    an_event(title="Secret Draft", topics=["data-management"], published=False)
    members = visibility == Visibility.MEMBERS
    sees = {
        "visitor": (Browser(app), False),
        "registered": (signed_in(app, a_person()), False),
        "member": (signed_in(app, a_member()), members),
        "invited": (signed_in(app, invited), True),
        "owner": (signed_in(app, owner), True),
        "other organizer": (signed_in(app, an_organizer()), members),
        "admin": (signed_in(app, an_admin()), True),
    }
    for who, (browser, seen) in sees.items():
        assert browser.get("/topics/data-management").says("Hidden Dinner") is seen, who
        assert not browser.page.says("Secret Draft"), who
        counted = browser.get("/topics").says("1 coming event")
        assert counted is seen, who
        feed = browser.client.get("/topics/data-management/calendar.ics")
        assert feed.status_code == 200
        assert b"Hidden Dinner" not in feed.data, who


def test_an_old_address_leads_to_the_new_one_in_one_step_and_is_not_kept(app: Flask) -> None:
    topic = a_described_topic()
    rename(topic, "Second")
    rename(topic, "Third")
    for old in ("data-management", "second"):
        for page in ("", "/calendar.ics"):
            response = Browser(app).client.get(f"/topics/{old}{page}?x=//evil.example")
            assert response.status_code == 301
            assert response.location == f"/topics/third{page}"
            # Or a browser that remembers it would go in circles once the old name is back.
            assert response.headers["Cache-Control"] == "no-store"
    rename(topic, "Second")
    assert Browser(app).client.get("/topics/second").status_code == 200
    assert Browser(app).client.get("/topics/third").location == "/topics/second"


@pytest.mark.parametrize(
    "slug", ["nothing", "new", "%2F%2Fevil.example", "UPPER", "a%0d%0ab", "x" * 101, "..%2f.."]
)
def test_an_unknown_topic_is_absent(app: Flask, slug: str) -> None:
    a_described_topic()
    browser = Browser(app)
    for page in ("", "/calendar.ics"):
        assert browser.client.get(f"/topics/{slug}{page}").status_code == 404
    csrf = signed_in(app, a_member())
    token = csrf.get("/topics/data-management").form(at="/follow").values["csrf_token"][0]
    assert csrf.post(f"/topics/{slug}/follow", {"csrf_token": token}).status == 404


def test_a_form_that_was_open_while_the_topic_was_renamed_still_follows_it(app: Flask) -> None:
    topic, browser = a_described_topic(), signed_in(app, a_member())
    browser.get("/topics/data-management")
    rename(topic, "Data")
    page = browser.submit(at="/follow")
    assert page.path == "/topics/data"
    assert followed() == {topic.id: 1}


def test_markdown_cannot_bring_html_or_scripts_or_pictures(app: Flask) -> None:
    a_described_topic(
        "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) "
        "![p](https://evil.example/p.png) [ok](https://ok.example)\n\n# Heading"
    )
    html = Browser(app).get("/topics/data-management").html
    story = html.split('class="prose"')[1].split("</section>")[0]
    assert "<script" not in story
    assert "<img" not in story
    assert "javascript:" not in story.replace("[x](javascript:alert(1))", "")
    assert '<a href="https://ok.example" rel="nofollow noopener">ok</a>' in story
    assert "<h3>Heading</h3>" in story


def test_a_name_is_text_wherever_it_appears(app: Flask) -> None:
    create_topic(an_organizer().id, name='<b>"x" %(name)s')
    an_event(topics=["b-x-name-s"])
    for path in ("/", "/topics", "/topics/b-x-name-s", "/events", "/events?topic=b-x-name-s"):
        html = Browser(app).get(path).html
        assert "<b>" not in html
        assert "&lt;b&gt;&#34;x&#34; %(name)s" in html


def test_cards_events_and_the_front_page_link_to_topics(app: Flask) -> None:
    a_topic()
    event = an_event(topics=["data-management"])
    for path in ("/", "/events", f"/events/{event.slug}", "/topics"):
        assert "/topics/data-management" in Browser(app).get(path).links, path


def test_the_filter_of_the_list_of_events_keeps_working(app: Flask) -> None:
    topic = a_described_topic()
    an_event(title="Shown", topics=["data-management"])
    an_event(title="Left Out")
    rename(topic, "Data")
    for slug in ("data", "data-management"):
        page = Browser(app).get(f"/events?topic={slug}")
        assert page.says("Events on Data")
        assert page.says("Shown")
        assert not page.says("Left Out")
    assert Browser(app).get("/events?topic=nothing").status == 404


def test_a_long_list_leads_to_all_events_on_the_topic(app: Flask) -> None:
    a_topic()
    owner = an_organizer()
    for number in range(13):
        an_event(owner, title=f"Evening {number}", topics=["data-management"])
    page = Browser(app).get("/topics/data-management")
    assert page.html.count("<article") == 12
    assert "/events?topic=data-management" in page.links
    assert Browser(app).get("/topics").says("13 coming events")


def test_a_topic_that_was_merged_leads_to_the_other(app: Flask) -> None:
    topic = a_described_topic()
    boss = an_organizer()
    other = create_topic(boss.id, name="Data")
    merge_topics(boss.id, topic.id, other.id)
    page = Browser(app).get("/topics/data-management")
    assert (page.status, page.path) == (200, "/topics/data")
    assert Browser(app).get("/topics").text.count("0 followers") == 1


def test_without_topics_the_page_says_so(app: Flask) -> None:
    assert Browser(app).get("/topics").says("No topics yet")
