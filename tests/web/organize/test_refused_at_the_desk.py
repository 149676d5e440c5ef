"""What a rule refuses at the desk is said on the page that it was typed on, and changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from community.core.db import db
from community.events.drafts import edit_event
from community.events.models import Event, HostRole
from community.events.team import add_helper, team_of
from community.events.team_invitations import ask_to_help
from community.membership.models import Person
from community.organizing import notes, tags
from community.organizing.announcement_models import Announcement, AnnouncementState
from community.organizing.announcements import send_announcement
from community.rsvp.respond import say_yes
from tests.factories.announcements import a_message, a_sent_message, an_event_with_going
from tests.factories.events import a_draft, an_event
from tests.factories.invitations import owner_of
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in


@pytest.fixture
def event(app: Flask) -> Event:
    return an_event_with_going(2)


@pytest.fixture
def desk(app: Flask, event: Event) -> Browser:
    return signed_in(app, db.session.get_one(Person, owner_of(event)))


def page_of(one: Announcement, event: Event) -> str:
    return f"/organize/events/{event.slug}/message/{one.id}"


def state_of(one: Announcement) -> AnnouncementState:
    db.session.rollback()
    return db.session.get_one(Announcement, one.id, populate_existing=True).state


def test_a_message_that_is_too_long_stays_as_it_was_typed(desk: Browser, event: Event) -> None:
    path = f"/organize/events/{event.slug}/message"
    desk.get(path)
    desk.submit(at="/message", subject="x" * 1000, body="Hello.", status="going")
    assert desk.page.status == 422
    assert desk.page.form("subject").values["body"] == ["Hello."]
    one = a_message(event)
    desk.get(page_of(one, event))
    desk.submit({"subject": "x" * 1000, "body": "Bye."}, at=f"/message/{one.id}")
    assert desk.page.status == 422
    desk.get(page_of(one, event))
    desk.submit({"subject": "New", "body": "{nome}"}, at=f"/message/{one.id}")
    assert desk.page.status == 422
    assert desk.page.says("There is no placeholder {nome}")


def test_what_is_on_its_way_is_neither_changed_nor_thrown_away(desk: Browser, event: Event) -> None:
    one = a_message(event)
    desk.get(page_of(one, event))
    opened = desk.page
    send_announcement(owner_of(event), event.id, one.id)
    desk.submit({"subject": "New", "body": "Other"}, at=f"/message/{one.id}")
    assert desk.page.status == 422
    desk.page = opened
    desk.submit(at="/delete")
    assert desk.page.status == 200
    assert state_of(one) != AnnouncementState.DRAFT
    desk.page = opened
    token = opened.form("subject").values["csrf_token"]
    assert desk.post(f"{page_of(one, event)}/retry", {"csrf_token": token}).status == 422


def test_a_message_is_sent_at_a_time_that_is_one(desk: Browser, event: Event) -> None:
    one = a_message(event)
    desk.get(page_of(one, event))
    desk.submit(at="/send", when="later", send_at="")
    assert desk.page.status == 422
    assert desk.page.says("Please choose a time.")
    desk.submit(at="/send", when="later", send_at="2001-01-01T10:00")
    assert desk.page.status == 422
    assert state_of(one) == AnnouncementState.DRAFT


def test_a_team_keeps_its_owner_and_its_roles(app: Flask, desk: Browser, event: Event) -> None:
    ann = a_member("Ann")
    add_helper(owner_of(event), event.id, ann.address, HostRole.DOOR)
    path = f"/organize/events/{event.slug}/team"
    token = desk.get(path).form("email").values["csrf_token"]
    owner = owner_of(event)

    def press(part: str, **fields: str) -> None:
        desk.post(f"{path}/{part}", {"csrf_token": token, **fields})
        assert desk.page.status == 200  # said above the list, which is as it was
        before = {(one.person_id, one.role) for one in team_of(event.id)}
        assert before == {(owner, HostRole.OWNER), (ann.id, HostRole.DOOR)}

    press(f"{ann.id}", role="king")
    assert desk.page.says("Not a valid choice")
    press(f"{owner}", role="cohost")
    press(f"{owner}/remove")
    press(f"{ann.id}/hand-over")
    assert desk.page.says("Ann")


def test_asking_somebody_again_and_again_comes_to_an_end(desk: Browser, event: Event) -> None:
    ask_to_help(owner_of(event), event.id, "zoe@example.org", HostRole.DOOR)
    desk.get(f"/organize/events/{event.slug}/team")
    said = set()
    for _ in range(5):
        desk.submit(at="/again")
        said.add(desk.page.says("Another mail asks zoe@example.org to help."))
    assert said == {True, False}


def test_too_many_notes_and_tags_are_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, ada = an_organizer(), a_member("Ada")
    say_yes(ada.id, an_event(owner).id)
    browser, path = signed_in(app, owner), f"/organize/people/{ada.id}/history"
    browser.get(path)
    browser.submit(text="Likes to sit at the window.")
    db.session.rollback()
    [note] = notes.notes_about(ada.id)
    monkeypatch.setattr(notes, "MOST_NOTES", 1)
    monkeypatch.setattr(tags, "MOST_TAGS", 0)
    browser.submit(text="One more.")
    assert browser.page.status == 422
    assert browser.page.form("text").values["text"] == ["One more."]
    browser.get(path)
    browser.submit(tag="speaker")
    assert browser.page.status == 422
    assert browser.page.form("tag").values["tag"] == ["speaker"]
    browser.get(f"{path.removesuffix('/history')}/notes/{note.id}")
    browser.submit(text="")
    assert browser.page.status == 422


def test_the_log_shows_times_figures_and_answers_before_and_after(
    desk: Browser, event: Event
) -> None:
    later = event.starts_local + timedelta(days=1)
    draft = a_draft(
        starts_at=later,
        ends_at=later + timedelta(hours=2),
        answer_by=later - timedelta(days=2),
        capacity=7,
        requires_approval=True,
        venue="Harbour Hall",
    )
    edit_event(owner_of(event), event.id, replace(draft, title="Supper by the harbour"))
    page = desk.get(f"/organize/events/{event.slug}/log")
    for words in ("Begins", "Answers until", "Seats", "Needs approval", "yes", "Harbour Hall"):
        assert page.says(words), words
    assert page.says("Supper by the harbour")


def test_nothing_failed_that_could_be_tried_again(desk: Browser, event: Event) -> None:
    one = a_sent_message(event)
    token = desk.get(f"/organize/events/{event.slug}/team").form("email").values["csrf_token"]
    desk.post(f"{page_of(one, event)}/retry", {"csrf_token": token})
    assert desk.page.status == 422
