"""What is for those who are going is in nothing that anybody else gets: a search for canaries."""

from typing import Any

import pytest
from flask import Flask

from community.calendar.publishing import event_ways
from community.events.drafts import edit_event
from community.events.models import AttendeesVisibleTo, Event, EventFormat
from community.events.publishing import cancel_event
from community.membership.models import Person
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, a_topic, an_event
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, an_organizer, follow
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of

STREET, HOUSE, LINK = "canary-street 7", "canary-house", "https://meet.example.org/canary"
FACTS: dict[str, Any] = {
    "title": "Salon",
    "format": EventFormat.HYBRID,
    "venue": HOUSE,
    "venue_address": STREET,
    "venue_city": "Cambridge",
    "address_private": True,
    "online_link": LINK,
    "topics": ["data-management"],
    "attendees_visible_to": AttendeesVisibleTo.GOING,
}


@pytest.fixture
def owner(app: Flask) -> Person:
    a_topic()
    return an_organizer("Olga")


def a_salon(owner: Person, **facts: Any) -> Event:
    return an_event(owner, **{**FACTS, "capacity": 1, **facts})


def public_outputs(browser: Browser, event: Event) -> dict[str, str]:
    """All that this browser can get about the event, by address."""
    at = f"/events/{event.slug}"
    paths = [
        *("/", "/events", "/events?q=canary", "/topics/data-management", at, f"{at}/rsvp"),
        *(f"{at}/rsvp/check-mail", f"{at}/event.ics", "/calendar.ics"),
        *("/topics/data-management/calendar.ics", "/my/events"),
    ]
    return {path: unfolded(browser.get(path).response.text) for path in paths}


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "").replace("\r\n\t", "")


def found_in(texts: dict[str, str]) -> list[str]:
    # The page of a search says again what was searched for.
    hidden = ("canary-", "meet.example.org", "canary-guest")
    return [path for path, text in texts.items() if any(word in text for word in hidden)]


def test_nobody_but_those_who_are_going_finds_a_canary_anywhere(app: Flask, owner: Person) -> None:
    event = a_salon(owner)
    going, waiting = a_member("canary-guest"), a_member("Wanda")
    say_yes(going.id, event.id)
    say_yes(waiting.id, event.id)
    for browser in (Browser(app), browser_of(app, a_member()), browser_of(app, waiting)):
        assert found_in(public_outputs(browser, event)) == []
        assert not browser.get("/events?q=canary-house").says("Salon")
    assert "canary" not in event_ways(event).google


def test_the_control_those_who_are_going_find_them_all(app: Flask, owner: Person) -> None:
    event = a_salon(owner)
    going = a_member("canary-guest")
    say_yes(going.id, event.id)
    texts = public_outputs(browser_of(app, going), event)
    page, file = texts[f"/events/{event.slug}"], texts[f"/events/{event.slug}/event.ics"]
    for canary in (STREET, HOUSE, LINK, "canary-guest"):
        assert canary in page
    for canary in (STREET, HOUSE, LINK):
        assert canary in file
    assert "canary-" not in texts["/calendar.ics"]  # the same for everybody
    texts = public_outputs(browser_of(app, owner), event)
    assert STREET in texts[f"/events/{event.slug}"]


def test_mails_and_invites_say_it_once_the_seat_is_theirs(owner: Person) -> None:
    fan, going, waiting = a_member(), a_member(), a_member()
    event = a_salon(owner)
    follow(fan, event.topics[0])
    say_yes(going.id, event.id)
    say_yes(waiting.id, event.id)
    post()
    for mail in outbox():
        told = letter(mail.body)
        inside = mail.recipient == going.address
        calendar = unfolded((told.calendar or b"").decode())
        for part in (told.text, told.html, *([calendar] if calendar else [])):
            assert ("canary-street" in part) == inside, (mail.kind, mail.recipient)
            assert (LINK in part) == inside, (mail.kind, mail.recipient)
    assert entry(letter(outbox(to=waiting.address)[-1].body)).location == "Cambridge"
    say_no(going.id, event.id)
    post()
    gone, promoted = outbox("left")[-1], outbox("seat_given")[-1]
    assert "canary" not in letter(gone.body).text + unfolded(
        (letter(gone.body).calendar or b"").decode()
    )
    assert promoted.recipient == waiting.address
    told = letter(promoted.body)
    assert STREET in entry(told).location
    assert LINK in told.text
    assert "Before:" not in told.text  # that they may know more now is no move


def test_a_new_house_in_the_same_city_and_a_new_link_are_news_to_those_going(
    owner: Person,
) -> None:
    going, waiting = a_member(), a_member()
    event = a_salon(owner)
    say_yes(going.id, event.id)
    say_yes(waiting.id, event.id)
    post()
    times = {"starts_at": event.starts_local, "ends_at": event.ends_local, "capacity": 1}
    edit_event(owner.id, event.id, a_draft(**{**FACTS, **times, "venue_address": "canary-road 9"}))
    post()
    [mail] = outbox("event_changed")
    assert mail.recipient == going.address
    assert "canary-road 9" in letter(mail.body).text
    other = {"venue_address": "canary-road 9", "online_link": "https://meet.example.org/canary2"}
    edit_event(owner.id, event.id, a_draft(**{**FACTS, **times, **other}))
    post()
    mails = outbox("event_changed")
    assert [one.recipient for one in mails] == [going.address] * 2
    assert "canary2" in letter(mails[-1].body).text


def test_who_only_waits_hears_of_a_cancelled_event_without_its_address(owner: Person) -> None:
    going, waiting = a_member(), a_member()
    event = a_salon(owner)
    say_yes(going.id, event.id)
    say_yes(waiting.id, event.id)
    cancel_event(owner.id, event.id, "Snow.")
    post()
    mails = {mail.recipient: letter(mail.body).text for mail in outbox("event_cancelled")}
    assert "canary" in mails[going.address]
    assert "canary" not in mails[waiting.address]


def test_names_are_of_those_alone_who_show_theirs(app: Flask, owner: Person) -> None:
    event = a_salon(owner, capacity=9, attendees_visible_to=AttendeesVisibleTo.MEMBERS)
    say_yes(a_member("Ada Shown").id, event.id)
    say_yes(a_member("Bea Hidden", name_audience="nobody").id, event.id)
    page = browser_of(app, a_member()).get(f"/events/{event.slug}")
    assert page.says("Ada Shown and 1 more")
    assert not page.says("Bea Hidden")
    assert not Browser(app).get(f"/events/{event.slug}").says("Who is going")
