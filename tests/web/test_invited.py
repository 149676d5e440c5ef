"""The page of somebody who is invited: an answer without an account, and nothing by a look."""

import pytest
import time_machine
from flask import Flask

from community.events.models import Event
from community.membership.queries import find_person
from community.rsvp.hand import remove_attendee
from community.rsvp.models import Rsvp
from community.rsvp.offers import lapse_due
from tests.factories.events import an_event
from tests.factories.invitations import ANN, answer_of, in_days, invited, own_page, owner_of
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import statuses
from tests.web.browser_without_js import Browser, signed_in


@pytest.fixture
def event(app: Flask) -> Event:
    return an_event(visibility="invited", guests_allowed=2, requires_approval=True)


@pytest.fixture
def rsvp(event: Event) -> Rsvp:
    return invited(event, reserve_until=in_days(3))


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def test_the_mailed_link_opens_the_page(browser: Browser, rsvp: Rsvp) -> None:
    post()
    mail = letter(outbox("event_invitation")[0].body)
    assert f"http://community.test{own_page(rsvp)}" in mail.text
    browser.get(own_page(rsvp))
    assert browser.page.says("You are invited")
    assert browser.page.says("A seat is kept for you until")


def test_a_yes_with_guests_and_a_note_needs_no_account(
    browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    browser.get(own_page(rsvp))
    fields = {
        "guests": "1",
        "guest-1-name": "Bo Li",
        "guest-1-dietary": "No nuts",
        "dietary": "Vegan",
        "note": "See you there.",
    }
    browser.submit(fields, press="going")
    assert browser.page.says("You are going.")
    answer = answer_of(event)
    assert (answer.status, answer.party_size, answer.note) == ("going", 2, "See you there.")
    assert (answer.head.dietary, answer.guests[0].dietary) == ("Vegan", "No nuts")
    assert answer.source == "invitation"
    assert find_person(ANN) is not None, "the mail was read and answered"
    post()
    assert outbox("seat_given", to=ANN)[0].state == "sent"
    for hidden in (ANN, "Vegan", "No nuts"):
        assert hidden not in browser.page.html


def test_a_plain_yes_and_a_no_with_a_word(browser: Browser, event: Event, rsvp: Rsvp) -> None:
    browser.get(own_page(rsvp))
    browser.submit(press="decline", note="I am in Rome.")
    assert browser.page.says("You said no")
    answer = answer_of(event)
    assert (answer.status, answer.note) == ("declined", "I am in Rome.")
    browser.submit(press="going")
    assert answer_of(event).status == "going"
    assert answer_of(event).note == "I am in Rome."


def test_too_many_guests_are_refused_and_what_was_typed_stays(
    browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    browser.get(own_page(rsvp))
    browser.submit({"guests": "3", "guest-1-name": "Bo"}, press="going", note="Hello.")
    assert browser.page.status == 422
    assert browser.page.form("note").values["note"] == ["Hello."]
    assert statuses(event.id) == ["invited"]


def test_pressing_twice_is_once(browser: Browser, event: Event, rsvp: Rsvp) -> None:
    browser.get(own_page(rsvp))
    form = browser.page.form("note")
    for _ in range(2):
        browser.post(own_page(rsvp), {**form.values, "action": "going"}, headers={"Origin": "null"})
    assert len(outbox("seat_given", to=ANN)) == 1


def test_a_hidden_event_is_seen_with_the_link_and_when_signed_in(
    app: Flask, browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    assert browser.get(f"/events/{event.slug}").status == 404
    assert browser.get(own_page(rsvp)).status == 200
    assert signed_in(app, a_member()).get(f"/events/{event.slug}").status == 404
    theirs = signed_in(app, rsvp.person)
    assert theirs.get(f"/events/{event.slug}").status == 200
    assert theirs.page.says("You are invited")
    assert theirs.get("/my/events").says(event.title)


def test_a_token_of_another_person_or_event_opens_only_its_own(
    browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    other = invited(an_event(an_organizer(), title="Other"), "bo@example.org", name="Bo")
    mine, theirs = own_page(rsvp), own_page(other)
    forged = f"{theirs.partition('-')[0]}-{mine.partition('-')[2]}"
    assert browser.get(forged).status == 404
    assert browser.get(f"{mine}x").status == 404
    browser.get(mine)
    token = browser.page.form("note").values["csrf_token"]
    answer = browser.post(
        forged, {"action": "going", "csrf_token": token}, headers={"Origin": "null"}
    )
    assert answer.status == 404
    assert statuses(other.event_id) == statuses(event.id) == ["invited"]


def test_a_withdrawn_invitation_can_be_looked_at_and_not_taken(
    app: Flask, browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    browser.get(own_page(rsvp))
    form = browser.page.form("note")
    remove_attendee(owner_of(event), event.id, rsvp.id, word="Sorry.")
    theirs = signed_in(app, rsvp.person)
    answer = browser.post(
        own_page(rsvp), {**form.values, "action": "going"}, headers={"Origin": "null"}
    )
    assert answer.status == 422
    assert browser.get(own_page(rsvp)).says("Your invitation was taken back")
    assert browser.page.says("This event is shown to those alone who are invited.")
    assert not browser.page.says("Glass House")
    assert theirs.get(f"/events/{event.slug}").status == 404
    assert theirs.get(f"/events/{event.slug}/event.ics").status == 404
    assert not theirs.get("/my/events").says(event.title)
    assert statuses(event.id) == ["removed"]
    post()
    assert "Sorry." in letter(outbox("removed", to=ANN)[0].body).text


def test_an_invitation_whose_seat_is_kept_no_longer_may_ask_again(
    browser: Browser, event: Event, rsvp: Rsvp
) -> None:
    with time_machine.travel(in_days(3.1)):
        lapse_due()
        browser.get(own_page(rsvp))
        browser.submit(press="going")
    assert statuses(event.id) == ["going"], "an invitation passes approval, also later"
