"""Secret calendar addresses: what a person's and an organizer's feed show, to whom, how long."""

import gzip
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.calendar.secret_feeds import (
    CalendarFeed,
    FeedKind,
    find_tokens,
    get_secret_feed,
    make_feed,
    revoke_feed,
)
from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.identity import community_name
from community.core.tokens import digest
from community.events.drafts import edit_event
from community.events.models import EventFormat, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper, remove_helper
from community.membership.models import Membership, Person
from community.rsvp.models import RsvpStatus
from community.rsvp.respond import say_no, say_yes
from tests.calendar import libical
from tests.calendar.linter import lint
from tests.factories.events import a_draft, an_event
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, an_admin, an_organizer
from tests.rsvp.states import answer_in
from tests.web.browser_without_js import Browser, Page, signed_in


def feed_of(person: Person, kind: FeedKind = FeedKind.OWN) -> str:
    return f"/calendar/{make_feed(person.id, kind)}.ics"


def get(app: Flask, path: str, **headers: str) -> Page:
    return Browser(app).get(path, headers=headers)


def read(page: Page) -> dict[str, Any]:
    """The events of a feed by their titles; every judge of calendar files has looked at it."""
    assert (page.status, page.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert lint(page.response.data) == []
    if libical.PRESENT and b"BEGIN:VEVENT" in page.response.data:
        found = {each.partition("for ")[2] for each in libical.problems(page.response.data)}
        assert found == {"ORGANIZER property. Expected 1 instances of the property and got 0"}
    events = icalendar.Calendar.from_ical(page.response.data).walk("VEVENT")
    assert not any(event.errors for event in events)
    return {str(event["SUMMARY"]): event for event in events}


def test_the_own_feed_shows_what_stands_in_the_persons_calendar(app: Flask) -> None:
    ann, owner = a_member("Ann"), an_organizer()
    for status in RsvpStatus:
        event = an_event(owner, title=status.value.title(), capacity=9)
        answer_in(status, event.id, ann)
    an_event(owner, title="Never heard of")
    events = read(get(app, feed_of(ann)))
    assert {title: event["STATUS"] for title, event in events.items()} == {
        "Going": "CONFIRMED",
        "Waitlist: Waitlisted": "TENTATIVE",
        "Seat held: Offered": "TENTATIVE",
        "Invited: Invited": "TENTATIVE",
    }


def test_a_feed_has_the_uid_and_the_sequence_of_the_invite_and_nothing_to_answer_with(
    app: Flask,
) -> None:
    ann, owner = a_member("Ann", "ann@example.org"), an_organizer(email="boss@example.org")
    event = an_event(owner)
    rsvp = say_yes(ann.id, event.id)
    path = feed_of(ann)
    edit_event(owner.id, event.id, a_draft(venue="Town Hall", venue_address="Main Street"))
    post()
    invite = entry(letter(outbox(to=ann.address)[-1].body))
    page = get(app, path)
    (shown,) = read(page).values()
    assert (shown["UID"], shown["SEQUENCE"]) == (invite.uid, invite.sequence)
    assert shown["DTSTAMP"].dt >= invite.dtstamp
    assert "Town Hall" in shown["LOCATION"]
    for secret in (rsvp.head.reply_key, "ORGANIZER", "ATTENDEE", "mailto", "@", path):
        assert secret not in page.response.text, secret
    own = f"/rsvp/{outbox(to=ann.address)[-1].facts['rsvp_token']}/event.ics"
    (file,) = read(get(app, own)).values()
    assert (file["UID"], file["SEQUENCE"]) == (invite.uid, invite.sequence)
    say_no(ann.id, event.id)
    assert get(app, own).status == 404


def test_the_place_is_for_whoever_has_a_seat(app: Flask) -> None:
    ann, owner = a_member(), an_organizer()
    facts = {"address_private": True, "online_link": "https://meet.example.org/canary"}
    event = an_event(owner, capacity=1, format=EventFormat.HYBRID, **facts)
    first = say_yes(a_member().id, event.id)
    assert say_yes(ann.id, event.id).status == RsvpStatus.WAITLISTED
    path = feed_of(ann)
    for word in ("canary", "Kendall"):
        assert word not in get(app, path).response.text
    say_no(first.person_id, event.id)
    unfolded = get(app, path).response.text.replace("\r\n ", "")
    for word in ("canary", "Kendall"):
        assert word in unfolded


def test_a_cancelled_event_stays_for_thirty_days_and_says_so(app: Flask) -> None:
    ann, owner = a_member(), an_organizer()
    event = an_event(owner)
    say_yes(ann.id, event.id)
    path = feed_of(ann)
    cancel_event(owner.id, event.id)
    (shown,) = read(get(app, path)).values()
    assert (shown["STATUS"], shown["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert shown["SUMMARY"] == "Cancelled: Boston Leadership Dinner"
    with time_machine.travel(event.ends_at + timedelta(days=29)):
        page = get(app, path)
        assert len(read(page)) == 1
    with time_machine.travel(event.ends_at + timedelta(days=31)):
        known = {"If-Modified-Since": page.headers["Last-Modified"]}
        assert read(get(app, path, **known)) == {}


def test_what_was_left_is_gone_and_every_reader_is_told(app: Flask) -> None:
    ann = a_member()
    event = an_event()
    say_yes(ann.id, event.id)
    path = feed_of(ann)
    page = get(app, path)
    tag, date = page.headers["ETag"], page.headers["Last-Modified"]
    assert not tag.startswith("W/")
    assert get(app, path).response.data == page.response.data
    same = get(app, path, **{"If-None-Match": tag})
    assert (same.status, same.response.data, same.headers["ETag"]) == (304, b"", tag)
    assert get(app, path, **{"If-Modified-Since": date}).status == 304
    with time_machine.travel(now() + timedelta(minutes=1)):
        say_no(ann.id, event.id)
    assert read(get(app, path, **{"If-None-Match": tag})) == {}
    assert read(get(app, path, **{"If-Modified-Since": date})) == {}


def test_a_secret_feed_is_passed_on_by_nobody_and_packed_for_whom_that_suits(app: Flask) -> None:
    ann = a_member()
    say_yes(ann.id, an_event(description="A long evening. " * 100).id)
    path = feed_of(ann)
    plain, packed = get(app, path), get(app, path, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.response.data) == plain.response.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for page in (plain, packed, get(app, path, **{"If-None-Match": plain.headers["ETag"]})):
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.headers["Cache-Control"] == "private, max-age=900"
        assert "Accept-Encoding" in page.headers["Vary"]
        assert "Set-Cookie" not in page.headers
    got, head = Browser(app).client.get(path), Browser(app).client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Vary"):
        assert head.headers[name] == got.headers[name]


def test_the_page_shows_the_address_makes_another_and_ends_it(app: Flask) -> None:
    ann = a_member()
    say_yes(ann.id, an_event().id)
    browser = signed_in(app, ann)
    page = browser.get("/my/events")
    assert "/calendar/" not in page.html
    assert not page.says("Organizing")
    seen = []
    for _ in range(2):
        page = browser.submit(at="/my/calendar")
        (webcal,) = [each for each in page.links if each.startswith("webcal:")]
        assert webcal.replace("webcal:", "http:") in page.html  # as text to be copied
        seen.append(urlsplit(webcal).path)
        assert len(read(get(app, seen[-1]))) == 1
    assert get(app, seen[0]).status == 404
    page = browser.submit(at="/my/calendar/revoke")
    assert "/calendar/" not in page.html
    assert get(app, seen[1]).status == 404
    assert browser.post("/my/calendar/revoke", {"feed": "own"}).status == 403  # no form's token


@pytest.mark.parametrize("feed", ["", "x", "organizer", "own\x00"])
def test_a_feed_that_is_not_for_the_person_is_not_made(app: Flask, feed: str) -> None:
    browser = signed_in(app, a_member())
    browser.get("/my/events")
    page = browser.submit(at="/my/calendar", feed=feed)
    assert page.status == 404
    assert not db.session.scalar(sa.select(sa.func.count()).select_from(CalendarFeed))


def test_a_wrong_token_leads_nowhere(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    ann = a_member()
    token = make_feed(ann.id, FeedKind.OWN)
    with caplog.at_level(logging.DEBUG):
        for wrong in ("x", token[:-1], token + "x", token.swapcase(), "1", "%00", digest(token)):
            page = get(app, f"/calendar/{wrong}.ics")
            assert (page.status, page.headers["Referrer-Policy"]) == (404, "no-referrer"), wrong
        assert get(app, f"/calendar/{token}.ics").status == 200
    assert token not in caplog.text


def test_the_database_alone_opens_no_feed(app: Flask) -> None:
    ann = a_member()
    token = make_feed(ann.id, FeedKind.OWN)
    assert len(token) * 6 >= 160
    row = db.session.scalars(sa.select(CalendarFeed)).one()
    for stored in (row.salt, row.token_hash):
        assert stored != token
        with pytest.raises(NotFound):
            get_secret_feed(stored)
    assert find_tokens(ann.id) == {FeedKind.OWN: token}
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"secret_key": "another" * 8})
    try:
        assert get_secret_feed(token)[1].id == ann.id
        assert find_tokens(ann.id) == {FeedKind.OWN: ""}
        assert signed_in(app, ann).get("/my/events").says("we can no longer show it")
    finally:
        app.extensions["community_settings"] = known


def test_an_organizer_sees_how_their_events_stand(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=2, address_private=True)
    an_event(owner, title="Draft", published=False)
    an_event(title="Somebody Else's")
    unlimited = an_event(owner, title="Open House")
    path = feed_of(owner, FeedKind.ORGANIZER)
    page = get(app, path)
    assert set(read(page)) == {"Boston Leadership Dinner (0 of 2)", "Open House (0)"}
    with time_machine.travel(now() + timedelta(minutes=1)):
        for _ in range(3):
            say_yes(a_member().id, event.id)
        say_yes(a_member().id, unlimited.id)
    for known in ({"If-None-Match": "ETag"}, {"If-Modified-Since": "Last-Modified"}):
        headers = {name: page.headers[value] for name, value in known.items()}
        events = read(get(app, path, **headers))
        assert set(events) == {"Boston Leadership Dinner (2 of 2)", "Open House (1)"}
    shown = events["Boston Leadership Dinner (2 of 2)"]
    assert "2 of 2 seats taken. One party waits." in shown["DESCRIPTION"]
    assert "Kendall" in shown["LOCATION"]
    assert shown["URL"] == f"http://community.test/organize/events/{event.slug}"
    assert shown["UID"] == event.uid
    assert shown["LAST-MODIFIED"].dt > event.changed_at + timedelta(seconds=58)
    assert "@" not in get(app, path).response.text
    admin = feed_of(an_admin(), FeedKind.ORGANIZER)
    assert "Somebody Else's (0)" in read(get(app, admin))


def test_an_organizers_feed_ends_with_the_role(app: Flask) -> None:
    owner, cleo = an_organizer(), a_member("Cleo")
    event = an_event(owner)
    with pytest.raises(NotFound):
        make_feed(cleo.id, FeedKind.ORGANIZER)
    other = an_event(owner, title="Another")
    for one in (event, other):
        add_helper(owner.id, one.id, cleo.address, HostRole.COHOST)
    path = feed_of(cleo, FeedKind.ORGANIZER)
    page = get(app, path)
    assert len(read(page)) == 2
    with time_machine.travel(now() + timedelta(minutes=1)):
        remove_helper(owner.id, event.id, cleo.id)
    date = {"If-Modified-Since": page.headers["Last-Modified"]}
    assert set(read(get(app, path, **date))) == {"Another (0)"}
    remove_helper(owner.id, other.id, cleo.id)
    assert get(app, path).status == 404
    own = feed_of(cleo)
    db.session.get_one(Person, cleo.id).membership = Membership.SUSPENDED
    db.session.commit()
    assert get(app, own).status == 200  # what is somebody's own stays theirs


def test_a_feed_introduces_itself_without_its_address(app: Flask) -> None:
    path = feed_of(a_member())
    text = get(app, path).response.text.replace("\r\n ", "")
    for line in (
        f"NAME:My events · {community_name()}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "URL:http://community.test/my/events",
    ):
        assert line in text.split("\r\n")
    assert "SOURCE" not in text
    assert path not in text


@pytest.mark.parametrize("kind", FeedKind)
def test_many_events_take_as_many_queries_as_few(app: Flask, kind: FeedKind) -> None:
    owner = an_organizer()
    path = feed_of(owner, kind)

    def ask() -> int:
        counted: list[str] = []

        def count(*what: Any) -> None:
            counted.append(what[2])

        sa.event.listen(db.engine, "before_cursor_execute", count)
        assert get(app, path).status == 200
        sa.event.remove(db.engine, "before_cursor_execute", count)
        return len(counted)

    def add(count: int) -> None:
        for number in range(count):
            say_yes(owner.id, an_event(owner, venue=f"Room {number}").id)

    add(2)
    few = ask()
    add(6)
    assert ask() == few


def test_revoking_twice_is_once(app: Flask) -> None:
    ann = a_member()
    make_feed(ann.id, FeedKind.OWN)
    for _ in range(2):
        revoke_feed(ann.id, FeedKind.OWN)
    assert find_tokens(ann.id) == {}
