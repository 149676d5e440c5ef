"""What search engines read of an event: valid, about public events alone, and never a way out."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from community.events.covers import as_cover, change_cover
from community.events.drafts import edit_event
from community.events.models import EventFormat, Visibility
from community.events.publishing import cancel_event
from community.membership.models import Person
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.pictures import a_picture
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]> & \" ' \\ \\u003c",
    "line\u2028separator",
    "😀 \u05d0\u05d1",
]


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer()


def read(browser: Browser, slug: str) -> dict[str, Any]:
    """What a parser of JSON finds between the tags, as HTML ends them."""
    [block] = BLOCK.findall(browser.get(f"/events/{slug}").html)
    found = json.loads(block)
    assert isinstance(found, dict)
    return found


def test_a_public_event_says_what_when_where_and_how_many(app: Flask, owner: Person) -> None:
    event = an_event(owner, capacity=12, kept_back=2)
    change_cover(owner.id, event.id, as_cover(a_picture(size=(1300, 700))))
    data = read(Browser(app), event.slug)
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Event")
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert data["url"] == f"http://community.test/events/{event.slug}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT18:00:00-0[45]:00", data["startDate"])
    [place] = data["location"]
    assert (place["@type"], place["name"]) == ("Place", "Glass House")
    assert place["address"]["streetAddress"] == "450 Kendall Street"
    assert (data["maximumAttendeeCapacity"], data["remainingAttendeeCapacity"]) == (12, 10)
    assert data["organizer"]["@type"] == "Organization"
    assert data["image"][0].startswith("http://community.test/events/")
    assert "offers" not in data


def test_moved_and_cancelled_are_said(app: Flask, owner: Person) -> None:
    event = an_event(owner)
    later = {
        "starts_at": event.starts_local + timedelta(days=1),
        "ends_at": event.ends_local + timedelta(days=1),
    }
    before = read(Browser(app), event.slug)["startDate"]
    edit_event(owner.id, event.id, a_draft(**later))
    data = read(Browser(app), event.slug)
    assert data["eventStatus"] == "https://schema.org/EventRescheduled"
    assert data["previousStartDate"] == before
    cancel_event(owner.id, event.id)
    data = read(Browser(app), event.slug)
    assert data["eventStatus"] == "https://schema.org/EventCancelled"
    assert "previousStartDate" not in data


def test_a_place_and_a_link_that_are_not_for_everybody_are_not_in_it(
    app: Flask, owner: Person
) -> None:
    event = an_event(
        owner,
        format=EventFormat.HYBRID,
        address_private=True,
        online_link="https://meet.example.org/canary",
    )
    for browser in (Browser(app), browser_of(app, owner)):
        data = read(browser, event.slug)
        place, virtual = data["location"]
        assert place == {
            "@type": "Place",
            "name": "Cambridge",
            "address": {"@type": "PostalAddress", "addressLocality": "Cambridge"},
        }
        assert virtual == {"@type": "VirtualLocation", "url": data["url"]}
        assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"


def test_an_event_that_is_not_public_or_no_more_than_a_draft_has_none(
    app: Flask, owner: Person
) -> None:
    hidden = an_event(owner, visibility=Visibility.MEMBERS)
    draft = an_event(owner, published=False)
    assert not BLOCK.findall(browser_of(app, a_member()).get(f"/events/{hidden.slug}").html)
    assert not BLOCK.findall(browser_of(app, owner).get(f"/events/{draft.slug}").html)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_title_ends_the_block_or_breaks_it(app: Flask, owner: Person, text: str) -> None:
    event = an_event(owner, title=text, summary=text, venue=text)
    html = Browser(app).get(f"/events/{event.slug}").html
    data = read(Browser(app), event.slug)
    assert (data["name"], data["location"][0]["name"]) == (event.title, event.title)
    [block] = BLOCK.findall(html)
    assert not set("<>&'\u2028\u2029") & set(block)
    assert block.isascii()
