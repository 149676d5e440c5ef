"""Calendar files over HTTP: what is in them for whom, and how they are cached."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.robotparser import RobotFileParser

import icalendar
import pytest
import time_machine
from flask import Flask

from community.calendar.publishing import event_ways
from community.calendar.secret_feeds import FeedKind, make_feed
from community.core.clock import now
from community.events.drafts import edit_event
from community.events.models import EventFormat, Visibility
from community.events.publishing import cancel_event
from tests.calendar.linter import lint
from tests.factories.events import a_draft, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of


def read(page: Page) -> list[Any]:
    """The events of a calendar file."""
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(page.response.data).walk("VEVENT"))


def titles(page: Page) -> list[str]:
    return [str(event["SUMMARY"]) for event in read(page)]


def test_one_event_is_a_file_with_its_wall_time_place_and_page(app: Flask) -> None:
    event = an_event(description="Bring ideas.")
    page = Browser(app).get(f"/events/{event.slug}/event.ics")
    disposition = page.headers["Content-Disposition"]
    assert disposition == f"attachment; filename={event.slug}.ics"
    (entry,) = read(page)
    assert entry["UID"] == event.uid
    assert entry["DTSTART"].params["TZID"] == "America/New_York"
    assert entry["DTSTART"].dt.replace(tzinfo=None) == event.starts_local
    assert entry["DTEND"].dt.astimezone(UTC) == event.ends_at
    assert entry["LOCATION"] == "Glass House, 450 Kendall Street, Cambridge"
    assert entry["URL"] == f"http://community.test/events/{event.slug}"
    assert "Bring ideas." in entry["DESCRIPTION"]
    assert "ORGANIZER" not in entry
    assert "ATTENDEE" not in entry


def test_the_address_in_a_file_is_ours_whatever_the_host_header_says(app: Flask) -> None:
    event = an_event()
    page = Browser(app).get("/calendar.ics", headers={"Host": "evil.example"})
    assert read(page)[0]["URL"] == f"http://community.test/events/{event.slug}"
    assert b"evil.example" not in page.response.data


def test_a_file_that_did_not_change_is_not_sent_again(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    for path in (f"/events/{event.slug}/event.ics", "/calendar.ics"):
        page = Browser(app).get(path)
        tag = page.headers["ETag"]
        again = Browser(app).get(path, headers={"If-None-Match": tag})
        assert (again.status, again.response.data) == (304, b"")
        assert again.headers["ETag"] == tag
    with time_machine.travel(now() + timedelta(minutes=1)):
        edit_event(owner.id, event.id, a_draft(title="Another Title"))
    for path in (f"/events/{event.slug}/event.ics", "/calendar.ics"):
        page = Browser(app).get(path, headers={"If-None-Match": tag})
        assert page.status == 200
        assert titles(page) == ["Another Title"]


@pytest.mark.parametrize("path", ["/events/boston-leadership-dinner/event.ics", "/calendar.ics"])
def test_head_says_what_get_would(app: Flask, path: str) -> None:
    an_event()
    client = Browser(app).client
    got, head = client.get(path), client.head(path)
    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
        assert head.headers[name] == got.headers[name]


def test_the_feed_is_the_same_for_everybody_and_kept_for_a_quarter_of_an_hour(app: Flask) -> None:
    owner = an_organizer()
    an_event(owner)
    an_event(owner, visibility=Visibility.MEMBERS, title="Members Lunch")
    an_event(owner, published=False, title="Draft")
    visitor, member = Browser(app).get("/calendar.ics"), browser_of(app, owner).get("/calendar.ics")
    assert titles(visitor) == ["Boston Leadership Dinner"]
    assert member.response.data == visitor.response.data
    assert member.headers["Cache-Control"] == "public, max-age=900"
    assert "Set-Cookie" not in member.headers
    assert "Content-Disposition" not in visitor.headers


def test_the_feed_is_gzipped_for_whom_that_suits(app: Flask) -> None:
    an_event(description="A long evening. " * 200)
    plain = Browser(app).get("/calendar.ics")
    packed = Browser(app).get("/calendar.ics", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.response.data) == plain.response.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    refused = Browser(app).get("/calendar.ics", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_a_cancelled_event_stays_in_the_feed_and_says_so(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    cancel_event(owner.id, event.id)
    (entry,) = read(Browser(app).get("/calendar.ics"))
    assert entry["STATUS"] == "CANCELLED"
    assert entry["SEQUENCE"] == 1
    assert str(entry["SUMMARY"]).startswith("Cancelled:")


def test_an_event_leaves_the_feed_thirty_days_after_its_end(app: Flask) -> None:
    event = an_event()
    with time_machine.travel(event.ends_at + timedelta(days=29, hours=23)):
        assert titles(Browser(app).get("/calendar.ics")) == ["Boston Leadership Dinner"]
    with time_machine.travel(event.ends_at + timedelta(days=30, minutes=1)):
        assert titles(Browser(app).get("/calendar.ics")) == []


def test_an_empty_feed_is_a_calendar_all_the_same(app: Flask) -> None:
    page = Browser(app).get("/calendar.ics")
    assert read(page) == []
    assert b"X-WR-CALNAME:Community Network" in page.response.data
    assert "Last-Modified" not in page.headers


def stamp(page: Page) -> dict[str, str]:
    return {"If-Modified-Since": page.headers["Last-Modified"]}


def test_a_reader_who_only_knows_dates_is_told_of_every_change(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    page = Browser(app).get("/calendar.ics")
    assert Browser(app).get("/calendar.ics", headers=stamp(page)).status == 304
    with time_machine.travel(now() + timedelta(minutes=1)):
        edit_event(owner.id, event.id, a_draft(visibility=Visibility.MEMBERS))
    hidden = Browser(app).get("/calendar.ics", headers=stamp(page))
    assert hidden.status == 200
    assert titles(hidden) == []


def test_a_reader_who_only_knows_dates_is_told_when_an_event_has_aged_out(app: Flask) -> None:
    event = an_event()
    with time_machine.travel(event.ends_at + timedelta(days=29)):
        page = Browser(app).get("/calendar.ics")
    with time_machine.travel(event.ends_at + timedelta(days=31)):
        assert Browser(app).get("/calendar.ics", headers=stamp(page)).status == 200


def test_a_members_file_is_kept_by_no_cache(app: Flask) -> None:
    event = an_event(visibility=Visibility.MEMBERS)
    page = browser_of(app, a_member()).get(f"/events/{event.slug}/event.ics")
    assert titles(page) == ["Boston Leadership Dinner"]
    assert page.headers["Cache-Control"] == "no-store"


def test_programs_may_fetch_the_feeds_and_search_engines_do_not_list_them(app: Flask) -> None:
    robots = RobotFileParser()
    robots.parse(Browser(app).get("/robots.txt").response.text.splitlines())
    token = make_feed(a_member().id, FeedKind.OWN)
    for path in ("/calendar.ics", f"/calendar/{token}.ics"):
        assert robots.can_fetch("Google-Calendar-Importer", path)
        assert Browser(app).get(path).headers["X-Robots-Tag"] == "noindex"
    assert not robots.can_fetch("Google-Calendar-Importer", "/profile")  # it does forbid things


def test_a_feed_says_where_it_is_and_pages_offer_every_way_to_it(app: Flask) -> None:
    event = an_event()
    page = Browser(app).get("/calendar.ics")
    assert "SOURCE;VALUE=URI:http://community.test/calendar.ics" in page.response.text
    assert lint(page.response.data) == []
    for path in ("/events", f"/events/{event.slug}"):
        shown = Browser(app).get(path)
        assert "webcal://community.test/calendar.ics" in shown.links
        for host in ("calendar.google.com", "outlook.live.com", "outlook.office.com"):
            assert any(each.startswith(f"https://{host}/") for each in shown.links), host
    assert 'value="http://community.test/calendar.ics"' in Browser(app).get("/events").html


def test_google_gets_instants_zone_place_and_the_way_back(app: Flask) -> None:
    starts, ends = datetime(2027, 7, 15, 18, 0), datetime(2027, 7, 15, 21, 0)  # noqa: DTZ001 - wall time
    event = an_event(title="Dinner & Talk", starts_at=starts, ends_at=ends)
    url = event_ways(event).google
    assert url.startswith("https://calendar.google.com/calendar/render?action=TEMPLATE&")
    assert "text=Dinner+%26+Talk" in url
    assert "dates=20270715T220000Z%2F20270716T010000Z" in url
    assert "ctz=America%2FNew_York" in url
    assert "community.test%2Fevents%2Fdinner-talk" in url


def test_an_online_event_without_a_venue_has_no_place(app: Flask) -> None:
    event = an_event(
        format=EventFormat.ONLINE, venue="", starts_at=evening(), ends_at=evening(30, 20)
    )
    (entry,) = read(Browser(app).get(f"/events/{event.slug}/event.ics"))
    assert "LOCATION" not in entry
