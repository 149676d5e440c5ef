"""What a person reads about their own answer: why it stands as it does, and when they may leave."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.tokens import link_token
from community.events.models import Event
from community.events.publishing import cancel_event
from community.events.queries import get_event
from community.events.seats import stop_answers
from community.membership.models import Person
from community.rsvp.hand import remove_attendee
from community.rsvp.models import Rsvp
from community.rsvp.queries import LINK
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import some_guests, statuses
from tests.web.browser_without_js import HERE, Browser, Page
from tests.web.visitors import browser_of


def own_pages(rsvp: Rsvp) -> list[str]:
    """Every page on which a person reads where they stand."""
    slug = get_event(rsvp.event_id).slug
    return [f"/events/{slug}", f"/events/{slug}/rsvp", linked(rsvp), "/my/events"]


def linked(rsvp: Rsvp) -> str:
    return f"/rsvp/{link_token(LINK, rsvp.id, rsvp.link_generation)}"


def press(browser: Browser, action: str) -> Page:
    """The button of that value, in whichever form of the page it is."""
    having = [
        form
        for form in browser.page.forms
        if ("action", action) in [button[:2] for button in form.buttons]
    ]
    assert len(having) == 1, browser.page.text
    address = urljoin(browser.page.path, having[0].action)
    hidden = browser.page.headers.get("Referrer-Policy") == "no-referrer"
    from_here = {"Origin": "null" if hidden else HERE, "Sec-Fetch-Site": "same-origin"}
    return browser.post(address, {**having[0].values, "action": action}, headers=from_here)


def a_full_event(**facts: object) -> tuple[Person, Event, list[Rsvp]]:
    owner = an_organizer()
    event = an_event(owner, **{"capacity": 3, "guests_allowed": 2, **facts})
    answers = [say_yes(a_member().id, event.id, guests=some_guests(1)) for _ in range(3)]
    return owner, event, answers


def test_who_waits_reads_the_figures_the_second_and_the_place_on_every_page(app: Flask) -> None:
    with time_machine.travel("2026-05-04T18:02:07+00:00", tick=False):
        _, _, answers = a_full_event()
        browser = browser_of(app, answers[2].person)
        for path in own_pages(answers[2]):
            page = browser.get(path)
            assert page.says(
                "May 4, 2026, 2:02:07 PM: Too few seats were free when you answered. "
                "1 seat was left, your party is 2. Place 2 of 2."
            ), (path, page.text)


def test_the_place_is_that_of_now_and_the_figures_those_of_then(app: Flask) -> None:
    _, event, answers = a_full_event()
    say_no(answers[1].person_id, event.id)
    page = browser_of(app, answers[2].person).get(f"/events/{event.slug}")
    assert page.says("1 seat was left, your party is 2. Place 1 of 1.")


def test_who_moved_up_reads_why_and_how_it_came_to_this(app: Flask) -> None:
    _, event, answers = a_full_event()
    say_no(answers[0].person_id, event.id)
    browser = browser_of(app, answers[1].person)
    for path in own_pages(answers[1])[:3]:
        page = browser.get(path)
        assert page.says("You moved up when a seat became free. 3 seats were left"), path
        assert page.says("How it came to this")
        assert page.says("Too few seats were free when you answered.")
        assert '<details class="no-print">' in page.html


def test_a_word_of_the_host_is_read_by_whom_it_concerns_and_by_nobody_else(app: Flask) -> None:
    owner, event, answers = a_full_event()
    remove_attendee(owner.id, event.id, answers[0].id, word="Two seats by mistake.")
    said = "The host took it back. “Two seats by mistake.”"
    assert browser_of(app, answers[0].person).get(f"/events/{event.slug}").says(said)
    for other in (Browser(app), browser_of(app, answers[1].person)):
        assert "by mistake" not in other.get(f"/events/{event.slug}").text


def test_a_visitors_page_says_nothing_of_anybody(app: Flask) -> None:
    _, event, _ = a_full_event()
    page = Browser(app).get(f"/events/{event.slug}")
    assert not page.says("Place")
    assert not page.says("How it came to this")


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("closed", ["stopped", "late", "running"])
def test_leaving_is_possible_on_every_page_until_the_event_ends(
    app: Flask, page: int, which: int, closed: str
) -> None:
    owner, event, answers = a_full_event(answer_by=evening(20), edit_until=evening(20))
    if closed == "stopped":
        stop_answers(owner.id, event.id)
    moments = {"stopped": now(), "late": event.starts_at - timedelta(days=2)}
    moment = moments.get(closed, event.ends_at - timedelta(seconds=30))
    with time_machine.travel(moment, tick=False):
        browser = browser_of(app, answers[which].person)
        shown = browser.get(own_pages(answers[which])[page])
        assert not shown.says("Answers are closed")
        press(browser, "withdraw")
    assert statuses(event.id)[which] == "withdrawn"


def test_who_waits_is_told_that_the_place_stays_when_the_list_is_closed(app: Flask) -> None:
    owner, event, answers = a_full_event()
    stop_answers(owner.id, event.id)
    page = browser_of(app, answers[1].person).get(f"/events/{event.slug}")
    assert page.says("You are number 1 in line")
    assert page.says("The list is closed. You keep your place")
    say_no(answers[0].person_id, event.id)
    assert statuses(event.id)[1] == "going", "the line still moves"


def test_before_it_opens_the_page_says_when_and_an_old_form_is_refused(app: Flask) -> None:
    event, person = an_event(opens_at=evening(5)), a_member()
    browser = browser_of(app, person)
    page = browser.get(f"/events/{event.slug}")
    assert page.says("Answers open soon")
    assert page.says("The list opens on")
    token = browser.get("/my/events").forms[0].values["csrf_token"]
    page = browser.post(f"/events/{event.slug}/rsvp", {"csrf_token": token, "action": "going"})
    assert (page.status, page.says("The list for this event opens on")) == (422, True)
    assert statuses(event.id) == []


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        ("closes", "The list for this event is closed."),
        ("is_cancelled", "This event is cancelled."),
        ("ends", "This event is over."),
    ],
)
def test_a_form_that_was_open_when_it_happened_is_told_so(
    app: Flask, happens: str, said: str
) -> None:
    owner = an_organizer()
    event = an_event(owner)
    with time_machine.travel(event.ends_at - timedelta(seconds=30), tick=False) as clock:
        browser = browser_of(app, a_member())
        browser.get(f"/events/{event.slug}")
        if happens == "closes":
            stop_answers(owner.id, event.id)
        elif happens == "is_cancelled":
            cancel_event(owner.id, event.id, "")
        else:
            clock.shift(30)
        page = browser.submit(press="going", at="/rsvp")
    assert (page.status, page.says(said)) == (422, True), page.text
    assert statuses(event.id) == []
