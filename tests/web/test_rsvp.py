"""Answering an event while signed in: one press, twice, full, leaving, and everything refused."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, Visibility
from community.events.publishing import cancel_event
from community.membership.models import Person
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp, last_decision
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, a_person, an_organizer
from tests.web.visitors import browser_of


def answer_of(event: Event, person: Person) -> Rsvp | None:
    """What the database holds now; the test's own session saw an earlier state."""
    db.session.rollback()
    db.session.expire_all()
    return find_rsvp(event.id, person.id)


def status_of(event: Event, person: Person) -> str | None:
    rsvp = answer_of(event, person)
    return rsvp.status.value if rsvp else None


def test_one_press_on_the_events_page_takes_the_seat(app: Flask) -> None:
    event, person = an_event(capacity=2), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}")
    page = browser.submit(press="going", at="/rsvp")
    assert page.path == f"/events/{event.slug}"
    assert page.says("You are going. Your seat is reserved.")
    assert page.says("I cannot come after all")
    assert status_of(event, person) == "going"
    assert event.seats_taken == 1


def test_the_answer_leads_to_the_events_page_by_get(app: Flask) -> None:
    event, person = an_event(), a_member()
    browser = browser_of(app, person)
    form = browser.get(f"/events/{event.slug}/rsvp").form("note")
    response = browser.client.post(
        f"/events/{event.slug}/rsvp", data={**form.values, "action": "going"}
    )
    assert response.status_code == 303
    assert response.headers["Location"] == f"/events/{event.slug}"


def test_pressing_twice_in_two_tabs_takes_one_seat(app: Flask) -> None:
    event, person = an_event(capacity=5), a_member()
    first, second = browser_of(app, person), browser_of(app, person)
    for browser in (first, second):
        browser.get(f"/events/{event.slug}")
    for browser in (first, second):
        assert browser.submit(press="going", at="/rsvp").says("You are going.")
    assert status_of(event, person) == "going"
    assert event.seats_taken == 1
    assert db.session.query(Rsvp).count() == 1


def test_the_button_of_an_old_tab_does_what_it_says(app: Flask) -> None:
    event, person = an_event(), a_member()
    old_tab, new_tab = browser_of(app, person), browser_of(app, person)
    old_tab.get(f"/events/{event.slug}")
    new_tab.get(f"/events/{event.slug}")
    new_tab.submit(press="going", at="/rsvp")
    new_tab.submit(press="withdraw", at="/rsvp")
    page = old_tab.submit(press="going", at="/rsvp")
    assert page.says("You are going.")
    assert status_of(event, person) == "going"


def test_who_comes_when_it_is_full_learns_their_place_in_line(app: Flask) -> None:
    event = an_event(capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id)
    person = a_member()
    browser = browser_of(app, person)
    page = browser.get(f"/events/{event.slug}")
    assert page.says("Join the waitlist")
    page = browser.submit(press="going", at="/rsvp")
    assert page.says("You are number 2 on the waitlist.")
    assert page.says("You are number 2 in line")
    assert page.says("Leave the waitlist")
    assert status_of(event, person) == "waitlisted"


def test_who_withdraws_gives_the_seat_to_the_next_in_the_same_moment(app: Flask) -> None:
    event = an_event(capacity=1)
    first, second = a_member(), a_member()
    say_yes(first.id, event.id)
    say_yes(second.id, event.id)
    browser = browser_of(app, first)
    browser.get(f"/events/{event.slug}")
    page = browser.submit(press="withdraw", at="/rsvp")
    assert page.says("You withdrew. Thank you for telling us.")
    assert status_of(event, first) == "withdrawn"
    assert status_of(event, second) == "going"
    assert event.seats_taken == 1
    waiting = browser_of(app, second).get(f"/events/{event.slug}")
    assert waiting.says("You are going")


def test_guests_needs_and_a_note_are_kept(app: Flask) -> None:
    event, person = an_event(guests_allowed=2), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    typed = {
        "guests": "2",
        "guest-1-name": " Bo \t Li ",
        "guest-1-dietary": "no nuts",
        "guest-2-name": "Cy",
        "dietary": "vegan",
        "note": "We come late.",
    }
    page = browser.submit(typed, press="going")
    assert page.says("You are going. 3 seats are reserved, your guests included.")
    rsvp = answer_of(event, person)
    assert rsvp is not None
    assert [(a.name, a.dietary) for a in rsvp.attendees] == [
        (person.name, "vegan"),
        ("Bo Li", "no nuts"),
        ("Cy", ""),
    ]
    assert (rsvp.note, rsvp.party_size, event.seats_taken) == ("We come late.", 3, 3)


def test_named_guests_count_when_the_number_is_left_empty(app: Flask) -> None:
    event, person = an_event(guests_allowed=3), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    browser.submit({"guests": "", "guest-1-name": "Bo"}, press="going")
    rsvp = answer_of(event, person)
    assert rsvp is not None
    assert rsvp.party_size == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"guests": "1", "guest-1-name": "Bo", "guest-2-name": "Cy"}, "You named more guests"),
        ({"guests": "2", "guest-1-name": "Bo"}, "Please give the name of guest 2."),
        ({"guests": "3"}, "Each person may bring 2 at most."),
        ({"guests": "-1"}, "Number must be between 0 and 9."),
        ({"guests": "1000000000"}, "Number must be between 0 and 9."),
        ({"guests": "two"}, "Not a valid integer value."),
        ({"guests": "1", "guest-1-name": "\x00\x07 "}, "Please give the name of guest 1."),
        ({"guests": "1", "guest-1-name": "B" * 10_000}, "longer than 120 characters"),
        ({"dietary": "v" * 301}, "longer than 300 characters"),
        ({"note": "n" * 1001}, "longer than 1000 characters"),
    ],
)
def test_a_refused_party_keeps_what_was_typed(app: Flask, typed: dict[str, str], told: str) -> None:
    event, person = an_event(guests_allowed=2), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    page = browser.submit({"note": "Keep me", "dietary": "vegan", **typed}, press="going")
    assert page.status == 422
    assert page.says(told)
    kept = page.form("note", "guests").values
    for name, value in {"note": "Keep me", "dietary": "vegan", **typed}.items():
        assert [text.strip() for text in kept[name]] == [value.strip("\x00\x07 ")]
    assert status_of(event, person) is None


def test_guests_are_refused_where_none_are_allowed(app: Flask) -> None:
    event, person = an_event(), a_member()
    browser = browser_of(app, person)
    form = browser.get(f"/events/{event.slug}/rsvp").form("note")
    values = {**form.values, "action": "going", "guests": "1", "guest-1-name": "Bo"}
    page = browser.post(f"/events/{event.slug}/rsvp", values)
    assert page.status == 422
    assert page.says("Each person may bring 0 at most.")
    assert status_of(event, person) is None


def test_a_party_that_could_never_fit_is_refused_and_does_not_wait_for_ever(app: Flask) -> None:
    event, person = an_event(capacity=2, guests_allowed=3), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    names = {f"guest-{n}-name": f"Guest {n}" for n in (1, 2)}
    page = browser.submit({"guests": "2", **names}, press="going")
    assert page.status == 422
    assert page.says("Seats in all: 2.")


def test_an_answer_given_again_changes_the_party_as_far_as_it_says(app: Flask) -> None:
    event, person = an_event(guests_allowed=2), a_member()
    say_yes(person.id, event.id, guests=[Guest("Bo")], dietary="vegan")
    browser = browser_of(app, person)
    token = browser.get(f"/events/{event.slug}").form("csrf_token").values
    browser.post(f"/events/{event.slug}/rsvp", {**token, "action": "going"})
    assert _party(event.id) == ("vegan", ["Bo"])
    page = browser.get(f"/events/{event.slug}/rsvp")
    values = page.form("guests").values
    assert (values["guests"], values["guest-1-name"]) == (["1"], ["Bo"])
    typed = {"guests": "2", "guest-2-name": "Cy", "guest-2-email": "cy@example.org"}
    browser.submit(typed, press="Save changes")
    assert _party(event.id) == ("vegan", ["Bo", "Cy"])


def test_a_party_that_cannot_grow_is_told_and_keeps_what_was_typed(app: Flask) -> None:
    event, person = an_event(guests_allowed=2, capacity=2), a_member()
    say_yes(person.id, event.id)
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    typed = {"guests": "2", "guest-1-name": "Bo", "guest-2-name": "Cy"}
    page = browser.submit(typed, press="Save changes")
    assert page.status == 422
    assert page.form("guests").values["guest-2-name"] == ["Cy"]
    assert _party(event.id) == ("", [])


def _party(event_id: int) -> tuple[str, list[str]]:
    db.session.rollback()
    rsvp = db.session.query(Rsvp).filter_by(event_id=event_id).one()
    return rsvp.head.dietary, [guest.name for guest in rsvp.guests]


def test_the_form_shows_what_was_answered_before(app: Flask) -> None:
    event, person = an_event(guests_allowed=2), a_member()
    say_yes(person.id, event.id, guests=[Guest("Bo", "no nuts")], dietary="vegan", note="Hello")
    say_no(person.id, event.id)
    values = browser_of(app, person).get(f"/events/{event.slug}/rsvp").form("note").values
    assert values["guests"] == ["1"]
    assert values["guest-1-name"] == ["Bo"]
    assert values["guest-1-dietary"] == ["no nuts"]
    assert (values["dietary"], values["note"][0].strip()) == (["vegan"], "Hello")


def test_who_comes_back_by_one_press_keeps_their_needs_and_gets_a_new_place(app: Flask) -> None:
    event = an_event(capacity=1)
    person, other = a_member(), a_member()
    say_yes(person.id, event.id, dietary="vegan")
    say_yes(other.id, event.id)
    say_no(person.id, event.id)
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}")
    assert browser.submit(press="going", at="/rsvp").says("You are number 1 on the waitlist.")
    rsvp = answer_of(event, person)
    assert rsvp is not None
    assert rsvp.head.dietary == "vegan"


def test_declining_is_possible_without_having_said_yes(app: Flask) -> None:
    event, person = an_event(), a_member()
    browser = browser_of(app, person)
    form = browser.get(f"/events/{event.slug}").form("csrf_token")
    page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "decline"})
    assert page.says("You said no. Thank you for telling us.")
    assert status_of(event, person) == "declined"


def test_what_is_noted_with_a_no_is_kept_as_its_reason(app: Flask) -> None:
    event, person = an_event(), a_member()
    say_yes(person.id, event.id, note="Old note")
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    browser.submit({"note": "My flight was cancelled."}, press="withdraw")
    rsvp = answer_of(event, person)
    assert rsvp is not None
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert decision.word == "My flight was cancelled."


def test_an_old_note_is_not_taken_for_the_reason_of_a_no(app: Flask) -> None:
    event, person = an_event(), a_member()
    say_yes(person.id, event.id, note="Old note")
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}/rsvp")
    browser.submit(press="withdraw", at="/rsvp")
    rsvp = answer_of(event, person)
    assert rsvp is not None
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert decision.word == ""


@pytest.mark.parametrize("action", ["", "maybe", "GOING", "going\x00"])
def test_an_unknown_action_is_refused(app: Flask, action: str) -> None:
    event, person = an_event(), a_member()
    browser = browser_of(app, person)
    form = browser.get(f"/events/{event.slug}").form("csrf_token")
    page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": action})
    assert page.status == 422
    assert page.says("Please press one of the buttons.")
    assert status_of(event, person) is None


def test_an_event_that_asks_for_approval_takes_a_request(app: Flask) -> None:
    event, person = an_event(requires_approval=True), a_member()
    browser = browser_of(app, person)
    assert browser.get(f"/events/{event.slug}").says("Ask for a seat")
    page = browser.submit(press="going", at="/rsvp")
    assert page.says("Your request is with the host")
    assert status_of(event, person) == "requested"
    assert event.seats_taken == 0


def test_a_draft_takes_no_answers_not_even_its_owners(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    browser = browser_of(app, owner)
    form = browser.get("/my/events").forms[0]
    page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "going"})
    assert page.status == 422
    assert page.says("This event is not published yet.")
    stranger = browser_of(app, a_member())
    form = stranger.get("/my/events").forms[0]
    page = stranger.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "going"})
    assert page.status == 404


def test_a_cancelled_event_takes_no_answers(app: Flask) -> None:
    owner, person = an_organizer(), a_member()
    event = an_event(owner)
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}")
    cancel_event(owner.id, event.id, "The house is closed.")
    page = browser.submit(press="going", at="/rsvp")
    assert page.status == 422
    assert page.says("This event is cancelled.")
    assert page.says("The house is closed.")
    assert status_of(event, person) is None


@pytest.mark.parametrize("action", ["going", "withdraw"])
def test_a_past_event_takes_no_answers(app: Flask, action: str) -> None:
    event, person = an_event(), a_member()
    if action == "withdraw":
        say_yes(person.id, event.id)
    with time_machine.travel(event.ends_at + timedelta(minutes=1)):
        browser = browser_of(app, person)
        form = browser.get("/my/events").forms[0]
        page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": action})
    assert page.status == 422
    assert page.says("This event is over")


def test_after_the_answer_by_time_nobody_comes_in_but_who_is_in_may_leave(app: Flask) -> None:
    event = an_event(answer_by=evening(20))
    late, going = a_member(), a_member()
    say_yes(going.id, event.id)
    with time_machine.travel(now() + timedelta(days=25)):
        browser = browser_of(app, late)
        form = browser.get("/my/events").forms[0]
        page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "going"})
        assert page.status == 422
        assert page.says("Answers are closed")
        browser = browser_of(app, going)
        form = browser.get("/my/events").forms[0]
        page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "withdraw"})
        assert page.says("You withdrew.")
    assert status_of(event, late) is None
    assert status_of(event, going) == "withdrawn"


@pytest.mark.parametrize("slug", ["no-such-event", "UPPER", "%00", "a%0Ab", "..", "x" * 3000, "é"])
def test_an_unknown_event_is_absent(app: Flask, slug: str) -> None:
    browser = browser_of(app, a_member())
    form = browser.get("/my/events").forms[0]
    assert browser.get(f"/events/{slug}").status == 404
    assert browser.get(f"/events/{slug}/rsvp").status == 404
    assert browser.post(f"/events/{slug}/rsvp", {**form.values, "action": "going"}).status == 404


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.INVITED])
def test_an_event_that_is_not_for_them_is_absent_for_non_members(
    app: Flask, visibility: Visibility
) -> None:
    event, person = an_event(visibility=visibility), a_person()
    browser = browser_of(app, person)
    form = browser.get("/my/events").forms[0]
    page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, "action": "going"})
    assert page.status == 404
    assert status_of(event, person) is None


def test_without_its_token_a_form_changes_nothing(app: Flask) -> None:
    event, person = an_event(), a_member()
    browser = browser_of(app, person)
    assert browser.post(f"/events/{event.slug}/rsvp", {"action": "going"}).status == 403
    assert status_of(event, person) is None


def test_reading_pages_changes_nothing(app: Flask) -> None:
    event, person = an_event(guests_allowed=1), a_member()
    browser = browser_of(app, person)
    for path in (f"/events/{event.slug}", f"/events/{event.slug}/rsvp?action=going"):
        page = browser.get(path)
        assert page.status == 200
        assert page.headers["Cache-Control"] == "no-store"
    assert status_of(event, person) is None
