"""Somebody over time, as pages: who finds them, what they show, and what is written there."""

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event, HostRole
from community.events.team import add_helper
from community.membership.models import Person
from community.organizing.notes import add_note, notes_about
from community.organizing.tags import add_tag, tags_of
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def a_guest(title: str = "Dinner") -> tuple[Person, Event, Person]:
    owner, ada = an_organizer("Olga"), a_member("Ada")
    event = an_event(owner, title=title)
    say_yes(ada.id, event.id)
    return owner, event, ada


def at_history(app: Flask) -> tuple[Browser, Person, str]:
    owner, _event, ada = a_guest()
    browser, page = signed_in(app, owner), f"/organize/people/{ada.id}/history"
    browser.get(page)
    return browser, ada, page


def texts(person: Person) -> list[str]:
    db.session.rollback()
    return [note.text for note in notes_about(person.id)]


def test_an_organizer_writes_changes_and_deletes_a_note(app: Flask) -> None:
    browser, ada, page = at_history(app)
    assert browser.page.says("Came 0 Did not come 0 Cancelled late 0")
    assert browser.page.says("The person gets what you write here when they ask for their data.")
    browser.submit(text="Sits <b>best</b> near the door.\nLikes tea.")
    assert browser.page.says("Sits <b>best</b> near the door.")
    assert browser.page.says("Olga,")
    assert len(texts(ada)) == 1
    (note,) = notes_about(ada.id)
    edit = f"/organize/people/{ada.id}/notes/{note.id}"
    assert edit in browser.page.links
    browser.get(edit)
    browser.submit(text="Likes coffee.")
    assert texts(ada) == ["Likes coffee."]
    assert browser.page.says("(changed")
    browser.submit(at=f"{edit}/delete")
    assert texts(ada) == []
    assert browser.page.says("The note is deleted.")
    assert browser.get(page).status == 200


def test_tags_are_added_and_taken_off(app: Flask) -> None:
    browser, ada, _page = at_history(app)
    browser.submit(tag="Board & Co")
    assert browser.page.says("Board & Co")
    db.session.rollback()
    assert tags_of([ada.id]) == {ada.id: ["Board & Co"]}
    browser.submit(at="/tags/remove", press="Take off Board & Co")
    db.session.rollback()
    assert tags_of([ada.id]) == {}


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("text", "", "Please write something."),
        ("text", "x" * 2001, "2000"),
        ("text", "\x00\x01", "Please write something."),
        ("tag", "", "Please give a word with a letter or a digit in it."),
        ("tag", "\u200b\u2060", "Please give a word with a letter or a digit in it."),
        ("tag", "y" * 41, "40"),
    ],
)
def test_what_cannot_be_written_is_said_at_its_field_and_stays(
    app: Flask, field: str, typed: str, says: str
) -> None:
    browser, ada, _page = at_history(app)
    browser.submit({field: typed})
    assert browser.page.status == 422
    assert browser.page.says(says)
    if typed.isprintable():
        assert browser.page.form(field).values[field] == [typed]
    assert texts(ada) == []
    assert tags_of([ada.id]) == {}


def test_on_the_page_of_an_answer_organizers_read_all_and_a_co_host_no_notes(app: Flask) -> None:
    owner, event, ada = a_guest()
    cleo = a_member("Cleo")
    add_helper(owner.id, event.id, cleo.address, HostRole.COHOST)
    add_note(owner.id, ada.id, "Owes me a wombat.")
    add_tag(owner.id, ada.id, "wombat friend")
    rsvp = find_rsvp(event.id, ada.id)
    assert rsvp is not None
    page, history = (
        f"/organize/events/{event.slug}/attendees/{rsvp.id}",
        f"/organize/people/{ada.id}/history",
    )
    seen = signed_in(app, owner).get(page)
    assert seen.says("Owes me a wombat.")
    assert seen.says("wombat friend")
    assert history in seen.links
    helper = signed_in(app, cleo)
    assert helper.get(page).says("Over time")
    assert not helper.page.says("wombat")
    assert history not in helper.page.links
    assert helper.get(history).status == 404


def test_whoever_is_no_guest_of_theirs_is_not_there_for_an_organizer(app: Flask) -> None:
    owner, _event, ada = a_guest()
    browser = signed_in(app, an_organizer())
    token = browser.get("/organize/events/new").form("title").values["csrf_token"][0]
    note = add_note(owner.id, ada.id, "Hers.")
    base = f"/organize/people/{ada.id}"
    for path in ("/history", "/history.csv", f"/notes/{note.id}"):
        assert browser.get(base + path).status == 404
    for path in (
        "/notes",
        f"/notes/{note.id}",
        f"/notes/{note.id}/delete",
        "/tags",
        "/tags/remove",
    ):
        sent = {"csrf_token": token, "text": "x", "tag": "x"}
        assert browser.post(base + path, sent).status == 404
    assert texts(ada) == ["Hers."]
    for number in ("0", "987654", "9" * 30):
        assert browser.get(f"/organize/people/{number}/history").status == 404


def test_the_file_is_a_download_of_the_same(app: Flask) -> None:
    owner, _event, ada = a_guest(title="=HYPERLINK(1)")
    answer = signed_in(app, owner).client.get(f"/organize/people/{ada.id}/history.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("event,starts_at,outcome")
    assert lines[1].startswith("'=HYPERLINK(1),")


def test_an_admin_sees_it_beside_the_membership_and_finds_people_by_tag(app: Flask) -> None:
    owner, _event, ada = a_guest()
    add_tag(owner.id, ada.id, "Speaker")
    add_note(owner.id, ada.id, "Owes me a wombat.")
    browser = signed_in(app, an_admin())
    page = browser.get(f"/organize/people/{ada.id}")
    assert page.says("Over time")
    assert page.says("Owes me a wombat.")
    found = browser.get("/organize/people?tag=speaker")
    assert found.says("Ada")
    assert not found.says("Olga")
    assert browser.get("/organize/people?tag=%00%00").status == 200
    assert browser.get("/organize/people?tag=" + "x" * 5000).says("Nobody matches")


def test_a_broken_link_into_the_list_says_so(app: Flask) -> None:
    browser, _ada, page = at_history(app)
    assert browser.get(f"{page}?after=nonsense").status == 409
