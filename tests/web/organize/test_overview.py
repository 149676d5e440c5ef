"""The overview of an event on its desk: what waits, how it filled, what could not be delivered."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event, LinePolicy
from community.events.publishing import cancel_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import Person
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.received import a_held, a_received
from tests.rsvp.states import answer_in, some_guests
from tests.web.browser_without_js import Page
from tests.web.visitors import browser_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def overview(app: Flask, owner: Person, event: Event) -> Page:
    return browser_of(app, owner).get(f"/organize/events/{event.slug}")


@transactional
def failed(event: Event, **values: str) -> None:
    about = sa.update(OutboxMail).where(OutboxMail.event_id == event.id)
    db.session.execute(about.values(state=MailState.FAILED, last_error="550 unknown", **values))


def decisions(page: Page) -> list[str]:
    """The sentences of what waits, with the address that each leads to."""
    found = re.search(r'<section class="matters".*?</section>', page.html, re.DOTALL)
    if found is None:
        return []
    lines = re.findall(r'<li>\s*<a class="target" href="([^"]*)">([^<]*)</a>', found[0])
    return [f"{address.rpartition('/')[2]}: {said}" for address, said in lines]


def test_nothing_waits_at_a_new_event(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=12)
    page = overview(app, owner, event)
    assert page.says("Nothing waits for you.")
    assert not page.says("How it filled")
    assert page.says("Free, of 12")
    assert not page.says("could not be delivered")


def test_a_draft_has_nothing_to_decide_yet(app: Flask) -> None:
    owner = an_organizer()
    page = overview(app, owner, an_event(owner, published=False))
    assert not page.says("What needs a decision")
    assert page.says("Publish the event")


def test_each_thing_leads_to_where_it_is_decided(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True, capacity=9, line_policy=LinePolicy.ORGANIZER)
    say_yes(a_member().id, event.id)
    answer_in(RsvpStatus.WAITLISTED, event.id)
    ann = a_member("Ann")
    rsvp = answer_in(RsvpStatus.GOING, event.id, ann)
    _eats(rsvp.head.id, "vegan; steak, nut allergy")
    a_held(rsvp.head.id, token_hash="x" * 64, token_expires_at=now() + timedelta(days=2))
    a_received(rsvp.head.id, words="See you")
    failed(event)
    page = overview(app, owner, event)
    said = decisions(page)
    assert [line.split(": ", 1)[0] for line in said] == [
        "attendees?status=requested",
        "attendees?status=waitlisted",
        "#undelivered",
        "kitchen",
        "kitchen",
        "replies",
        "replies",
    ]
    assert "One party asks to come. The oldest is of Jun 1, 2026, 8:00 AM." in said[0]
    assert page.says("Ann")
    assert f"/attendees/{rsvp.id}" in page.html


@transactional
def _eats(head_id: int, words: str) -> None:
    db.session.execute(sa.update(Attendee).where(Attendee.id == head_id).values(dietary=words))


def test_who_did_not_get_a_mail_is_named_with_the_reason(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    person = a_member("Zoë", "zoe@example.com")
    say_yes(person.id, event.id)
    failed(event)
    page = overview(app, owner, event)
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    assert page.says("zoe@example.com")
    assert page.says("550 unknown")
    assert f"/attendees/{rsvp.id}" in page.html


def test_what_a_mail_server_says_is_only_text(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    failed(event, recipient_name=HOSTILE)
    page = overview(app, owner, event)
    assert "<script>alert" not in page.html
    assert "&lt;script&gt;alert(1)" in page.html


def test_the_picture_has_a_name_words_and_all_its_numbers(app: Flask) -> None:
    owner = an_organizer()
    with time_machine.travel(NOON - timedelta(days=9), tick=False):
        event = an_event(owner, capacity=4, guests_allowed=2)
    for days, guests in ((8, 0), (5, 1), (2, 2)):
        with time_machine.travel(NOON - timedelta(days=days), tick=False):
            say_yes(a_member().id, event.id, guests=some_guests(guests))
    page = overview(app, owner, event)
    (drawing,) = re.findall(r'<svg class="chart"[^>]*role="img".*?</svg>', page.html, re.DOTALL)
    svg = ElementTree.fromstring(drawing)  # noqa: S314 - our own page
    named = svg.attrib["aria-labelledby"].split()
    texts = {one.attrib["id"]: "".join(one.itertext()) for one in svg if "id" in one.attrib}
    assert [texts[name] for name in named] == [
        "People going and waiting over time",
        "From May 24, 2026 to Jun 1, 2026. Now going: 3, waiting: 3.",
    ]
    numbers = re.search(r'<table class="numbers">.*?</table>', page.html, re.DOTALL)
    assert numbers is not None
    rows = re.findall(r"<th scope=\"row\">(.*?)</th>|<td class=\"num\">(\d+)</td>", numbers[0])
    flat = ["".join(one) for one in rows]
    assert [flat[n : n + 3] for n in range(0, len(flat), 3)] == [
        ["May 24, 2026", "1", "0"],
        ["May 25, 2026", "1", "0"],
        ["May 26, 2026", "1", "0"],
        ["May 27, 2026", "3", "0"],
        ["May 28, 2026", "3", "0"],
        ["May 29, 2026", "3", "0"],
        ["May 30, 2026", "3", "3"],
        ["May 31, 2026", "3", "3"],
        ["Jun 1, 2026", "3", "3"],
    ]
    assert "style=" not in page.html


def test_a_picture_by_the_hour_ends_now_and_not_in_an_hour_to_come(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=None)
    with time_machine.travel(NOON - timedelta(hours=2), tick=False):
        say_yes(a_member().id, event.id)
    with time_machine.travel(NOON + timedelta(minutes=20), tick=False):
        page = overview(app, owner, event)
    assert page.says("From Jun 1, 2026, 6:00 AM to Jun 1, 2026, 8:20 AM.")
    assert not page.says("Seats now")
    assert page.says("Now going: 1, waiting: 0.")
    with time_machine.travel(event.ends_at + timedelta(minutes=1), tick=False):
        assert overview(app, owner, event).says("In the end going: 1, waiting: 0.")


def test_the_line_and_open_invitations_say_since_when(app: Flask) -> None:
    owner = an_organizer()
    with time_machine.travel(NOON - timedelta(days=3), tick=False):
        event = an_event(owner, capacity=1)
        invite_people(owner.id, event.id, [Invitee("ann@example.com")])
        for _ in range(3):
            say_yes(a_member().id, event.id)
    page = overview(app, owner, event)
    assert page.says("2 parties wait, 2 people in all.")
    assert page.says("The first in line has waited 3 days, since May 29, 2026, 8:00 AM.")
    assert page.says("One invitation has no answer yet. The oldest is of May 29, 2026, 8:00 AM.")
    assert page.says("Nobody has been reminded.")


def test_a_cancelled_event_shows_only_what_is_left_to_tell(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    cancel_event(owner.id, event.id, "Rain")
    assert decisions(overview(app, owner, event)) == []
    assert not overview(app, owner, event).says("Nothing waits for you.")
    failed(event)
    assert len(decisions(overview(app, owner, event))) == 1


def test_what_was_typed_wrong_on_the_page_keeps_the_overview(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}")
    page = browser.submit({"message": "x" * 20_001})
    assert page.status == 422
    assert page.says("How it filled")


def test_the_desk_says_where_something_waits(app: Flask) -> None:
    owner, other = an_organizer(), an_organizer()
    waits = an_event(owner, title="Waits", requires_approval=True)
    an_event(owner, title="Rests")
    theirs = an_event(other, title="Theirs", requires_approval=True)
    for event in (waits, theirs):
        say_yes(a_member().id, event.id)
    page = browser_of(app, owner).get("/organize")
    assert page.html.count("Needs a decision: 1") == 1
    assert f'href="/organize/events/{waits.slug}#decide"' in page.html


def test_another_organizers_overview_looks_absent(app: Flask) -> None:
    event = an_event()
    assert browser_of(app, an_organizer()).get(f"/organize/events/{event.slug}").status == 404
