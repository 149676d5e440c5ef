"""A topic's calendar to subscribe to: the rules of the feed of everything, for one topic."""

import gzip
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.events.drafts import edit_event
from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.events.topics import merge_topics
from community.membership.models import Topic
from community.membership.topics import create_topic, edit_topic
from tests.calendar.linter import lint
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, Page, signed_in

FEED = "/topics/ai/calendar.ics"


@pytest.fixture
def topic(app: Flask) -> Topic:
    return create_topic(an_organizer().id, name="AI")


def get(app: Flask, path: str = FEED, **headers: str) -> Page:
    return Browser(app).get(path, headers=headers)


def titles(page: Page) -> list[str]:
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert lint(page.response.data) == []
    found: list[Any] = icalendar.Calendar.from_ical(page.response.data).walk("VEVENT")
    return sorted(str(event["SUMMARY"]) for event in found)


def test_the_feed_holds_the_public_events_on_the_topic_and_no_others(
    app: Flask, topic: Topic
) -> None:
    owner = an_organizer("Olive Owner", "olive@example.org")
    an_event(owner, title="Shown", topics=["ai"])
    off = an_event(owner, title="Off", topics=["ai"])
    cancel_event(owner.id, off.id)
    an_event(owner, title="On Nothing")
    an_event(owner, title="Members", topics=["ai"], visibility=Visibility.MEMBERS)
    an_event(owner, title="Invited", topics=["ai"], visibility=Visibility.INVITED)
    an_event(owner, title="Draft", topics=["ai"], published=False)
    page = get(app)
    assert titles(page) == ["Cancelled: Off", "Shown"]
    assert "NAME:AI · Community Network" in page.response.text
    assert "URL:http://community.test/topics/ai" in page.response.text
    assert "webcal://community.test/topics/ai/calendar.ics" in Browser(app).get("/topics/ai").links
    for name in ("olive", "mailto", "ATTENDEE", "ORGANIZER"):
        assert name not in page.response.text
    mine = signed_in(app, owner).get(FEED)
    assert mine.response.data == page.response.data
    assert mine.headers["Cache-Control"] == "public, max-age=900"
    assert "Set-Cookie" not in mine.headers


def test_an_empty_feed_is_a_calendar_all_the_same(app: Flask, topic: Topic) -> None:
    assert titles(get(app)) == []


def test_a_feed_that_did_not_change_is_not_sent_again(app: Flask, topic: Topic) -> None:
    an_event(topics=["ai"])
    page = get(app)
    again = get(app, **{"If-None-Match": page.headers["ETag"]})
    assert (again.status, again.response.data) == (304, b"")
    assert get(app, **{"If-Modified-Since": page.headers["Last-Modified"]}).status == 304
    got, head = Browser(app).client.get(FEED), Browser(app).client.head(FEED)
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
        assert head.headers[name] == got.headers[name]


def _rename(topic: Topic, event_id: int, owner_id: int) -> None:
    edit_topic(an_organizer().id, topic.id, name="A I", description="")
    edit_topic(an_organizer().id, topic.id, name="AI", description="")


def _take_off(topic: Topic, event_id: int, owner_id: int) -> None:
    edit_event(owner_id, event_id, a_draft(topics=[]))


def _hide(topic: Topic, event_id: int, owner_id: int) -> None:
    edit_event(owner_id, event_id, a_draft(topics=["ai"], visibility=Visibility.MEMBERS))


def _merge_another(topic: Topic, event_id: int, owner_id: int) -> None:
    other = create_topic(owner_id, name="Other")
    merge_topics(owner_id, other.id, topic.id)


@pytest.mark.parametrize("change", [_rename, _take_off, _hide, _merge_another])
def test_a_reader_who_only_knows_dates_is_told_of_every_change(
    app: Flask, topic: Topic, change: Any
) -> None:
    owner = an_organizer()
    event = an_event(owner, topics=["ai"])
    with time_machine.travel(now() + timedelta(minutes=1)):
        an_event(title="Another On It", topics=["ai"])
        page = get(app)
    with time_machine.travel(now() + timedelta(minutes=2)):
        change(topic, event.id, owner.id)
        assert get(app, **{"If-Modified-Since": page.headers["Last-Modified"]}).status == 200


def test_renaming_the_topic_changes_the_etag_of_its_feed(app: Flask, topic: Topic) -> None:
    an_event(topics=["ai"])
    tag = get(app).headers["ETag"]
    edit_topic(an_organizer().id, topic.id, name="ai", description="")
    page = get(app, **{"If-None-Match": tag})
    assert page.status == 200
    assert "NAME:ai · Community Network" in page.response.text
    edit_topic(an_organizer().id, topic.id, name="Machine Learning", description="")
    renamed = get(app)
    assert renamed.path == "/topics/machine-learning/calendar.ics"
    assert len({tag, page.headers["ETag"], renamed.headers["ETag"]}) == 3


def test_the_feed_is_gzipped_for_whom_that_suits(app: Flask, topic: Topic) -> None:
    an_event(topics=["ai"], description="A long evening. " * 200)
    plain, packed = get(app), get(app, **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.response.data) == plain.response.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_an_event_leaves_the_feed_thirty_days_after_its_end(app: Flask, topic: Topic) -> None:
    event = an_event(topics=["ai"])
    with time_machine.travel(event.ends_at + timedelta(days=29, hours=23)):
        assert len(titles(get(app))) == 1
    with time_machine.travel(event.ends_at + timedelta(days=30, minutes=1)):
        assert titles(get(app)) == []


def test_a_hostile_name_stays_one_line_of_the_calendar(app: Flask) -> None:
    name = 'AI\r\nATTENDEE:mailto:x@example.org; \\n, "q"'
    slug = create_topic(a_boss(), name=name).slug
    page = get(app, f"/topics/{slug}/calendar.ics")
    assert titles(page) == []
    assert not [line for line in page.response.text.splitlines() if line.startswith("ATTENDEE")]


def a_boss() -> int:
    return an_organizer().id


def test_the_address_in_the_feed_is_ours_whatever_the_host_header_says(
    app: Flask, topic: Topic
) -> None:
    an_event(topics=["ai"])
    page = signed_in(app, a_member()).get(FEED, headers={"Host": "evil.example"})
    assert b"evil.example" not in page.response.data
