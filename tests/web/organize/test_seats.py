"""Seats at the desk: when people may answer, who moves up, stopping, shrinking, too few seats."""

from typing import Any

import pytest
from flask import Flask

from community.core.db import db
from community.core.walltime import to_local
from community.events.models import Event, LinePolicy
from community.events.publishing import cancel_event
from community.membership.models import Person
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import ZONE, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import some_guests, statuses
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


def a_desk(app: Flask, **facts: Any) -> tuple[Browser, Person, Event, str]:
    owner = an_organizer()
    event = an_event(owner, **facts)
    return browser_of(app, owner), owner, event, f"/organize/events/{event.slug}"


def fresh(event: Event) -> Event:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Event, event.id)


def typed(days: int) -> str:
    return evening(days).isoformat(timespec="minutes")


def test_the_form_says_when_people_answer_and_who_moves_up(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=5)
    desk.get(f"{base}/edit")
    fields = {
        "opens_at": typed(2),
        "answer_by": typed(20),
        "edit_until": typed(25),
        "line_policy": "organizer",
        "smaller_may_pass": "no",
        "offer_hours": "24",
    }
    assert desk.submit(fields).says("The changes are saved.")
    event = fresh(event)
    assert (event.line_policy, event.smaller_may_pass, event.offer_hours) == (
        LinePolicy.ORGANIZER,
        False,
        24,
    )
    times = (event.opens_at, event.answer_by, event.edit_until)
    shown = [to_local(at, ZONE).isoformat(timespec="minutes") for at in times if at]
    assert shown == [typed(2), typed(20), typed(25)]
    # What was saved stands in the form again, and a form sent as it is changes nothing.
    desk.get(f"{base}/edit")
    kept = desk.page.form("offer_hours").values
    assert {name: kept[name] for name in fields} == {n: [value] for n, value in fields.items()}
    desk.submit()
    assert fresh(event).version == event.version


def test_who_scripts_the_form_without_the_new_fields_keeps_what_is_known(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=5, line_policy=LinePolicy.ORGANIZER)
    values = dict(desk.get(f"{base}/edit").form("capacity").values)
    for name in ("opens_at", "edit_until", "line_policy", "smaller_may_pass", "offer_hours"):
        values.pop(name, None)
    assert desk.post(f"{base}/edit", {**values, "capacity": "6"}).says("The changes are saved.")
    event = fresh(event)
    assert (event.capacity, event.line_policy, event.smaller_may_pass) == (
        6,
        LinePolicy.ORGANIZER,
        True,
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"opens_at": "2001-01-01"},
        {"opens_at": "tomorrow"},
        {"opens_at": typed(60)},
        {"opens_at": typed(20), "answer_by": typed(10)},
        {"edit_until": typed(60)},
        {"line_policy": "lottery"},
        {"smaller_may_pass": "maybe"},
        {"offer_hours": "0"},
        {"offer_hours": "337"},
        {"offer_hours": "one"},
        {"offer_hours": "9" * 30},
        {"kept_back": "6"},
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(
    app: Flask, fields: dict[str, str]
) -> None:
    desk, _, event, base = a_desk(app, capacity=5)
    desk.get(f"{base}/edit")
    page = desk.submit(fields)
    assert page.status == 422
    assert page.says("Please look at this again")
    assert fresh(event).version == event.version


def test_too_few_seats_say_how_many_would_have_to_go_and_offer_two_ways_out(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=6, guests_allowed=2)
    people = [a_member() for _ in range(3)]
    for person, guests in zip(people, (0, 2, 0), strict=True):
        say_yes(person.id, event.id, guests=some_guests(guests))
    desk.get(f"{base}/edit")
    page = desk.submit(capacity="3")
    assert page.status == 422
    assert page.says("Seats taken already: 5.")
    assert page.says("2 parties would have to go, those seated last.")
    assert desk.submit(at="/shrink").says("until 3 are left.")
    event = fresh(event)
    assert (event.capacity, event.kept_back, event.seats_taken) == (6, 3, 5)
    waiting = say_yes(a_member().id, event.id)
    say_no(people[0].id, event.id)
    assert fresh(event).seats_taken == 4
    db.session.refresh(waiting)
    assert waiting.status == "waitlisted", "the freed seat is kept back"
    desk.get(f"{base}/edit")
    desk.submit(capacity="3")
    assert desk.submit(at="/stop-answers").says("The list is closed.")
    assert fresh(event).takes_answers is False


def test_answers_are_stopped_and_taken_again_by_one_button_each(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=3)
    person = a_member()
    say_yes(person.id, event.id)
    desk.get(base)
    assert desk.submit(at="/stop-answers").says("Whoever has a seat keeps it, and can leave.")
    newcomer = browser_of(app, a_member())
    assert newcomer.get(f"/events/{event.slug}").says("Answers are closed")
    mine = browser_of(app, person)
    assert mine.get(f"/events/{event.slug}").says("I cannot come after all")
    desk.submit(at="/resume-answers")
    newcomer.get(f"/events/{event.slug}")
    newcomer.submit(press="going", at="/rsvp")
    assert statuses(event.id) == ["going", "going"]


@pytest.mark.parametrize("seats", ["", "0", "5", "6", "x", "9" * 20])
def test_shrinking_to_what_cannot_be_is_said(app: Flask, seats: str) -> None:
    desk, _, event, base = a_desk(app, capacity=5)
    desk.get(base)
    page = desk.submit({"seats": seats}, at="/shrink")
    assert page.path == base
    assert not page.says("Nobody is sent away: freed seats are given to nobody")
    assert fresh(event).kept_back == 0


def test_a_cancelled_event_has_no_such_buttons_and_refuses_old_pages(app: Flask) -> None:
    desk, owner, event, base = a_desk(app, capacity=5)
    desk.get(base)
    token = desk.page.form(at="/shrink").values["csrf_token"]
    cancel_event(owner.id, event.id, "")
    for path in ("stop-answers", "resume-answers", "shrink"):
        page = desk.post(f"{base}/{path}", {"csrf_token": token, "seats": "2"})
        assert page.says("This event is cancelled.")
        assert not any(path in form.action for form in page.forms)
    assert (fresh(event).takes_answers, event.kept_back) == (True, 0)


def test_pressing_twice_is_pressing_once(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=5)
    desk.get(base)
    token = desk.page.form(at="/shrink").values["csrf_token"]
    before = fresh(event).version
    for _ in range(2):
        desk.post(f"{base}/stop-answers", {"csrf_token": token})
        desk.post(f"{base}/shrink", {"csrf_token": token, "seats": "2"})
    assert fresh(event).version == before + 2
