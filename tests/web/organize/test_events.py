"""Planning events on the desk: who may, what a form takes, times that do not exist, publishing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.events.models import Event, EventStatus, Visibility
from community.membership.models import Person
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event, evening, whole_place
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of

DINNER = {
    "title": "Autumn Dinner",
    "summary": "Six courses, six questions.",
    "description": "Bring *one* question.",
    "starts_at": "2027-10-07T18:30",
    "ends_at": "2027-10-07T22:00",
    "timezone": "America/New_York",
    "venue": "Glass House",
    "venue_address": "450 Kendall Street",
    "venue_city": "Cambridge",
    "capacity": "12",
    "kept_back": "2",
    "guests_allowed": "1",
    "answer_by": "2027-10-01T12:00",
}


@pytest.fixture(autouse=True)
def _in_spring() -> object:
    """Hold the clock where the dates above lie ahead."""
    with time_machine.travel("2027-03-01T12:00:00+00:00"):
        yield


def saved(title: str = "Autumn Dinner") -> Event | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(sa.select(Event).where(Event.title == title))


def plan(browser: Browser, **changes: str) -> Page:
    browser.get("/organize/events/new")
    return browser.submit({**DINNER, **changes})


def test_a_visitor_is_sent_to_sign_in_and_a_member_finds_no_desk(app: Flask) -> None:
    assert Browser(app).get("/organize").path == "/sign-in?next=/organize"
    member = browser_of(app, a_member())
    for path in ("/organize", "/organize/events/new"):
        assert member.get(path).status == 404
    token = member.get("/my/events").forms[0].values
    assert member.post("/organize/events/new", {**token, **DINNER}).status == 404
    assert saved() is None


def test_a_new_event_is_a_draft_with_all_that_was_typed(app: Flask) -> None:
    a_topic("Data Management", "data-management")
    owner = an_organizer()
    browser = browser_of(app, owner)
    page = plan(browser, topics="data-management", visibility="members", requires_approval="y")
    assert page.path == "/organize/events/autumn-dinner"
    assert page.says("Saved as a draft.")
    event = saved()
    assert event is not None
    assert event.status == EventStatus.DRAFT
    assert event.starts_local.isoformat() == "2027-10-07T18:30:00"
    assert event.starts_at.isoformat() == "2027-10-07T22:30:00+00:00"
    assert event.answer_by is not None
    assert event.answer_by.isoformat() == "2027-10-01T16:00:00+00:00"
    assert (event.capacity, event.kept_back, event.guests_allowed) == (12, 2, 1)
    assert (event.visibility, event.requires_approval) == (Visibility.MEMBERS, True)
    assert whole_place(event) == "Glass House, 450 Kendall Street, Cambridge"
    assert [topic.slug for topic in event.topics] == ["data-management"]
    assert [host.id for host in event.hosts] == [owner.id]


def test_an_empty_capacity_is_no_limit(app: Flask) -> None:
    plan(browser_of(app, an_organizer()), capacity="", kept_back="")
    event = saved()
    assert event is not None
    assert event.capacity is None


def test_a_script_may_leave_out_what_has_a_default(app: Flask) -> None:
    browser = browser_of(app, an_organizer())
    token = browser.get("/organize/events/new").form("title").values["csrf_token"]
    needed = {name: DINNER[name] for name in ("title", "starts_at", "ends_at", "timezone")}
    page = browser.post("/organize/events/new", {"csrf_token": token, **needed})
    assert page.path == "/organize/events/autumn-dinner"
    event = saved()
    assert event is not None
    assert (event.visibility, event.capacity, event.venue) == (Visibility.PUBLIC, None, None)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"title": ""}, "Please give the event a title."),
        ({"title": "\x00\u202e "}, "Please give the event a title."),
        ({"title": "T" * 10_000}, "longer than 160 characters"),
        ({"summary": "S" * 301}, "longer than 300 characters"),
        ({"description": "D" * 20_001}, "longer than 20000 characters"),
        ({"venue": "V" * 121}, "longer than 120 characters"),
        ({"starts_at": ""}, "Please say when it starts."),
        ({"starts_at": "tomorrow"}, "Not a valid datetime value."),
        ({"starts_at": "2027-02-30T18:00"}, "Not a valid datetime value."),
        ({"starts_at": "2027-10-07T18:30+02:00"}, "Not a valid datetime value."),
        ({"starts_at": "0001-01-01T00:00"}, "Please choose a year between 2000 and 2100."),
        ({"ends_at": "9999-12-31T23:59"}, "Please choose a year between 2000 and 2100."),
        ({"ends_at": "2027-10-07T18:30"}, "The end must come after the start."),
        ({"ends_at": "2027-10-06T22:00"}, "The end must come after the start."),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus is not a time zone"),
        ({"timezone": "../../etc/passwd"}, "../../etc/passwd is not a time zone"),
        ({"timezone": ""}, "Please name the time zone"),
        ({"capacity": "0"}, "between 1 and 100000"),
        ({"capacity": "-1"}, "between 1 and 100000"),
        ({"capacity": "1000000000"}, "between 1 and 100000"),
        ({"capacity": "9" * 4000}, "between 1 and 100000"),
        ({"capacity": "9" * 5000}, "Not a valid integer value."),
        ({"capacity": "twelve"}, "Not a valid integer value."),
        ({"capacity": "12.5"}, "Not a valid integer value."),
        ({"capacity": "1"}, "You can keep back at most 1 seats."),
        ({"kept_back": "-1"}, "between 0 and 100000"),
        ({"guests_allowed": "10"}, "between 0 and 9"),
        ({"answer_by": "2027-10-08T12:00"}, "The last time to answer must come before the end."),
        ({"visibility": "everyone"}, "Not a valid choice."),
        ({"format": "hologram"}, "Not a valid choice."),
        (
            {"starts_at": "2027-03-14T02:30", "ends_at": "2027-03-14T05:00", "answer_by": ""},
            "March 14, 2027, 2:30 AM does not exist in America/New_York",
        ),
        (
            {"starts_at": "2027-03-14T01:30", "ends_at": "2027-03-14T02:30", "answer_by": ""},
            "does not exist in America/New_York",
        ),
        ({"answer_by": "2027-03-14T02:30"}, "does not exist in America/New_York"),
    ],
)
def test_a_refused_event_keeps_what_was_typed(app: Flask, typed: dict[str, str], told: str) -> None:
    browser = browser_of(app, an_organizer())
    page = plan(browser, **typed)
    assert page.status == 422
    assert page.says(told)
    kept = page.form("title").values
    for name, value in {**DINNER, **typed}.items():
        if name not in {"visibility", "format"} and value.isprintable():
            assert kept[name][0].strip() == value, name
    assert db.session.query(Event).count() == 0


def test_a_time_that_comes_twice_is_saved_with_a_word_on_which_one(app: Flask) -> None:
    times = {"starts_at": "2027-11-07T01:30", "ends_at": "2027-11-07T03:00"}
    page = plan(browser_of(app, an_organizer()), **times)
    assert page.says(
        "On November 7, 2027 the clocks in America/New_York show 1:30 AM twice. We took the first"
    )
    event = saved()
    assert event is not None
    assert event.starts_at.isoformat() == "2027-11-07T05:30:00+00:00"


def test_an_end_that_comes_twice_is_the_one_after_the_start(app: Flask) -> None:
    times = {"starts_at": "2027-11-07T01:45", "ends_at": "2027-11-07T01:15"}
    page = plan(browser_of(app, an_organizer()), **times)
    assert page.says("show 1:45 AM twice. We took the first one.")
    assert page.says("show 1:15 AM twice. We took the second one.")
    event = saved()
    assert event is not None
    assert (event.ends_at - event.starts_at) == timedelta(minutes=30)


def test_plain_times_are_saved_without_a_word(app: Flask) -> None:
    assert not plan(browser_of(app, an_organizer())).says("twice")


def test_the_edit_form_shows_the_event_and_saving_it_changes_nothing(app: Flask) -> None:
    a_topic("Data Management", "data-management")
    browser = browser_of(app, an_organizer())
    plan(browser, topics="data-management", visibility="invited", requires_approval="y")
    before = saved()
    assert before is not None
    changed_at = before.changed_at
    page = browser.get("/organize/events/autumn-dinner/edit")
    values = page.form("title").values
    for name, value in DINNER.items():
        assert values[name][0].strip() == value, name
    assert (values["visibility"], values["topics"]) == (["invited"], ["data-management"])
    with time_machine.travel("2027-03-02T12:00:00+00:00"):
        assert browser.submit().says("The changes are saved.")
    after = saved()
    assert after is not None
    assert after.changed_at == changed_at


def test_what_is_cleared_on_the_edit_form_is_gone(app: Flask) -> None:
    browser = browser_of(app, an_organizer())
    plan(browser)
    browser.get("/organize/events/autumn-dinner/edit")
    cleared = ("capacity", "kept_back", "guests_allowed", "answer_by", "summary", "venue")
    page = browser.submit(dict.fromkeys(cleared, ""))
    assert page.says("The changes are saved.")
    event = saved()
    assert event is not None
    assert (event.capacity, event.kept_back, event.guests_allowed) == (None, 0, 0)
    assert (event.answer_by, event.summary, event.venue) == (None, "", None)


def test_more_seats_go_to_those_who_wait_in_the_same_moment(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    people = [a_member() for _ in range(3)]
    for person in people:
        say_yes(person.id, event.id)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/edit")
    browser.submit(capacity="2")
    assert statuses(event, people) == ["going", "going", "waitlisted"]
    browser.get(f"/organize/events/{event.slug}/edit")
    browser.submit(capacity="")
    assert statuses(event, people) == ["going", "going", "going"]


def statuses(event: Event, people: list[Person]) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    answers = [find_rsvp(event.id, person.id) for person in people]
    return [answer.status.value for answer in answers if answer]


def test_fewer_seats_than_are_taken_are_refused_and_the_typed_number_stays(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=5)
    for _ in range(3):
        say_yes(a_member().id, event.id)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/edit")
    page = browser.submit(capacity="2", title="New Title")
    assert page.status == 422
    assert page.says("Seats taken already: 3. So the event cannot have only 2.")
    assert page.form("capacity").values["capacity"] == ["2"]
    assert page.form("capacity").values["title"] == ["New Title"]
    assert saved("New Title") is None
    browser.get(f"/organize/events/{event.slug}/edit")
    assert browser.submit(capacity="3").says("The changes are saved.")


def test_of_two_windows_the_second_to_save_is_told_and_may_save_again(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner=owner, title="Autumn Dinner", capacity=12)
    edit = f"/organize/events/{event.slug}/edit"
    first, second = browser_of(app, owner), browser_of(app, owner)
    for window in (first, second):
        window.get(edit)
    first.submit({"summary": "From the first window"})
    page = second.submit({"summary": "From the second window"})
    assert "Somebody else changed this event" in page.text
    assert "From the second window" in page.text
    kept = saved()
    assert kept is not None
    assert kept.summary == "From the first window"
    second.submit({})
    kept = saved()
    assert kept is not None
    assert kept.summary == "From the second window"


def test_a_published_event_keeps_its_address_and_a_draft_follows_its_title(app: Flask) -> None:
    owner = an_organizer()
    draft, published = an_event(owner, published=False, title="One"), an_event(owner, title="Two")
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{draft.slug}/edit")
    assert browser.submit(title="Three").path == "/organize/events/three"
    browser.get(f"/organize/events/{published.slug}/edit")
    assert browser.submit(title="Four").path == "/organize/events/two"


def test_a_published_event_cannot_be_moved_into_the_past(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/edit")
    page = browser.submit(starts_at="2027-02-01T18:00", ends_at="2027-02-01T20:00")
    assert page.status == 422
    assert page.says("Please choose a later time.")


def test_somebody_elses_event_looks_absent_in_every_way(app: Flask) -> None:
    event = an_event(published=False)
    browser = browser_of(app, an_organizer())
    token = browser.get("/organize/events/new").form("title").values["csrf_token"]
    base = f"/organize/events/{event.slug}"
    for path in ("", "/edit", "/attendees", "/attendees.csv"):
        assert browser.get(base + path).status == 404
        assert browser.get(f"/organize/events/no-such-event{path}").status == 404
    for path in ("/edit", "/publish", "/cancel"):
        assert browser.post(base + path, {"csrf_token": token, **DINNER}).status == 404
    assert not browser.get("/organize").says("Boston Leadership Dinner")
    db.session.refresh(event)
    assert event.status == EventStatus.DRAFT


def test_an_admin_may_open_and_edit_every_event(app: Flask) -> None:
    event = an_event(published=False)
    browser = browser_of(app, an_admin())
    assert browser.get("/organize").says("Boston Leadership Dinner")
    browser.get(f"/organize/events/{event.slug}/edit")
    assert browser.submit(title="Edited").says("The changes are saved.")


def test_the_desk_counts_answers_and_keeps_past_events_apart(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, title="Soon", capacity=1, starts_at=evening(2), ends_at=evening(2, 21))
    an_event(owner, title="Later", published=False)
    for _ in range(3):
        say_yes(a_member().id, event.id)
    page = browser_of(app, owner).get("/organize")
    assert page.text.index("Soon") < page.text.index("Later")
    assert page.says("Full, 2 parties on the waitlist")
    with time_machine.travel(event.ends_at + timedelta(hours=1)):
        text = browser_of(app, owner).get("/organize").text
    assert text.index("Later") < text.index("Past events") < text.index("Soon")


def test_publishing_twice_is_once_and_opens_the_event(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    first, second = browser_of(app, owner), browser_of(app, owner)
    for tab in (first, second):
        tab.get(f"/organize/events/{event.slug}")
    for tab in (first, second):
        assert tab.submit(at="/publish").says("The event is published.")
    assert Browser(app).get(f"/events/{event.slug}").status == 200
    assert not first.page.says("Publish the event")


def test_a_draft_that_is_over_cannot_be_published(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    with time_machine.travel(event.ends_at + timedelta(hours=1)):
        browser = browser_of(app, owner)
        page = browser.get(f"/organize/events/{event.slug}")
        assert not page.says("Publish the event")
        token = browser.get("/organize/events/new").form("title").values["csrf_token"]
        page = browser.post(f"/organize/events/{event.slug}/publish", {"csrf_token": token})
    assert page.status == 422
    assert page.says("The event would be over already.")


def test_cancelling_says_why_and_cannot_be_undone_by_editing(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    old_tab, browser = browser_of(app, owner), browser_of(app, owner)
    old_tab.get(f"/organize/events/{event.slug}/edit")
    browser.get(f"/organize/events/{event.slug}")
    page = browser.submit(message="The house is closed.", at="/cancel")
    assert page.says("The event is cancelled")
    assert page.says("The house is closed.")
    page = old_tab.submit(title="Still On")
    assert page.status == 422
    assert page.says("This event is cancelled.")
    assert saved("Still On") is None


def test_a_message_that_is_too_long_is_refused_and_kept(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}")
    page = browser.submit(message="m" * 1001, at="/cancel")
    assert page.status == 422
    assert page.form("message", at="/cancel").values["message"][0].strip() == "m" * 1001
    db.session.refresh(event)
    assert event.status == EventStatus.PUBLISHED


def test_what_only_a_button_does_cannot_be_opened_as_a_page(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    browser = browser_of(app, owner)
    for act in ("publish", "cancel"):
        assert browser.get(f"/organize/events/{event.slug}/{act}").status == 405
    db.session.refresh(event)
    assert event.status == EventStatus.DRAFT


def test_an_event_called_new_does_not_hide_the_form_of_new_events(app: Flask) -> None:
    browser = browser_of(app, an_organizer())
    page = plan(browser, title="New")
    assert page.path == "/organize/events/new-2"
    assert browser.get("/organize/events/new").form("title").values["title"] == [""]
