"""Notes and tags about people: who writes and reads them, how many, and what is noted of it."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import HostRole
from community.events.team import add_helper
from community.membership.models import Person
from community.membership.viewer import Viewer
from community.organizing import known, notes, tags
from community.organizing.models import AuditEntry
from community.organizing.notes import add_note, delete_note, edit_note, notes_about
from community.organizing.people import Sought, list_people
from community.organizing.tags import add_tag, remove_tag, tags_in_use, tags_of
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer


def a_guest_of(owner: Person, name: str = "Ada") -> Person:
    person = a_member(name)
    say_yes(person.id, an_event(owner).id)
    return person


def texts(person: Person) -> list[str]:
    db.session.rollback()
    return [note.text for note in notes_about(person.id)]


def test_organizers_write_about_guests_of_their_events_and_read_each_others(app: Flask) -> None:
    owner, other = an_organizer(), an_organizer()
    ada = a_guest_of(owner)
    say_yes(ada.id, an_event(other).id)
    add_note(owner.id, ada.id, "  Sits best\r\nnear the door. ")
    add_note(other.id, ada.id, "Knows everybody.")
    assert texts(ada) == ["Knows everybody.", "Sits best\nnear the door."]


def test_nobody_else_finds_the_person_at_the_desk(app: Flask) -> None:
    owner = an_organizer()
    ada = a_guest_of(owner)
    event = an_event(owner)
    cleo = a_member("Cleo")
    say_yes(ada.id, event.id)
    add_helper(owner.id, event.id, cleo.address, HostRole.COHOST)
    note = add_note(owner.id, ada.id, "Hers.")
    for stranger in (an_organizer(), a_member(), a_person(), cleo, ada):
        for act in (
            lambda who: add_note(who, ada.id, "Mine."),
            lambda who: edit_note(who, ada.id, note.id, "Mine."),
            lambda who: delete_note(who, ada.id, note.id),
            lambda who: add_tag(who, ada.id, "loud"),
            lambda who: remove_tag(who, ada.id, "loud"),
        ):
            with pytest.raises(NotFound):
                act(stranger.id)
    assert texts(ada) == ["Hers."]


def test_without_the_question_who_may_know_anybody_would_write(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what the question is for."""
    ada = a_guest_of(an_organizer())
    monkeypatch.setattr(known, "_may_know", lambda _viewer, _person: True)
    add_note(a_member().id, ada.id, "Anybody.")
    assert texts(ada) == ["Anybody."]


def test_a_note_is_its_authors_and_an_admins(app: Flask) -> None:
    owner, other = an_organizer(), an_organizer()
    ada = a_guest_of(owner)
    say_yes(ada.id, an_event(other).id)
    note = add_note(owner.id, ada.id, "First.")
    with pytest.raises(NotFound):
        edit_note(other.id, ada.id, note.id, "Not yours.")
    with pytest.raises(NotFound):
        delete_note(other.id, ada.id, note.id)
    edit_note(owner.id, ada.id, note.id, "Second.")
    (kept,) = notes_about(ada.id)
    assert (kept.text, kept.edited_at is not None) == ("Second.", True)
    edit_note(an_admin().id, ada.id, note.id, "Third.")
    delete_note(an_admin().id, ada.id, note.id)
    assert texts(ada) == []
    with pytest.raises(NotFound):
        delete_note(owner.id, ada.id, note.id)


def test_a_note_of_one_person_is_not_reached_by_another_ones_address(app: Flask) -> None:
    owner = an_organizer()
    ada, bo = a_guest_of(owner), a_guest_of(owner, "Bo")
    note = add_note(owner.id, ada.id, "About Ada.")
    for number in (note.id, 10**20, 0):
        with pytest.raises(NotFound):
            edit_note(owner.id, bo.id, number, "About Bo.")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "note_missing"), (" \n ", "note_missing"), ("x" * 2001, "note_too_long")],
)
def test_a_note_has_words_and_not_too_many(app: Flask, text: str, code: str) -> None:
    owner = an_organizer()
    ada = a_guest_of(owner)
    with pytest.raises(Refused, match=code):
        add_note(owner.id, ada.id, text)
    add_note(owner.id, ada.id, "x" * 2000)


def test_notes_and_tags_are_bounded_also_when_many_press_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 3)
    monkeypatch.setattr(tags, "MOST_TAGS", 3)
    owner = an_organizer()
    ada = a_guest_of(owner)
    ids = (owner.id, ada.id)
    written = at_once(app, [lambda n=n: add_note(*ids, f"Note {n}") for n in range(6)])
    assert sum(isinstance(one, Refused) for one in written) == 3
    given = at_once(app, [lambda n=n: add_tag(*ids, f"tag {n}") for n in range(6)])
    assert sum(isinstance(one, Refused) for one in given) == 3
    assert len(tags_of([ada.id])[ada.id]) == len(texts(ada)) == 3


def test_tags_that_read_alike_are_one(app: Flask) -> None:
    owner = an_organizer()
    ada, bo = a_guest_of(owner), a_guest_of(owner, "Bo")
    for tag in ("  Café  Crew ", "cafe crew", "CAFÉ-CREW"):
        add_tag(owner.id, ada.id, tag)
    add_tag(owner.id, ada.id, "Board")
    add_tag(owner.id, bo.id, "board")
    assert tags_of([ada.id, bo.id, owner.id]) == {ada.id: ["Board", "Café Crew"], bo.id: ["board"]}
    remove_tag(owner.id, ada.id, "cafe crew")
    remove_tag(owner.id, ada.id, "cafe crew")
    assert tags_of([ada.id]) == {ada.id: ["Board"]}
    assert len(tags_in_use()) == 1
    for tag, code in (("", "tag_missing"), ("\u200b", "tag_missing"), ("x" * 41, "tag_too_long")):
        with pytest.raises(Refused, match=code):
            add_tag(owner.id, ada.id, tag)


def test_admins_find_people_by_a_tag(app: Flask) -> None:
    owner, admin = an_organizer(), an_admin()
    ada, _bo = a_guest_of(owner, "Ada"), a_guest_of(owner, "Bo")
    add_tag(owner.id, ada.id, "Speaker")
    found = list_people(admin.id, Sought(tag="speaker"))
    assert [person.name for person in found.rows] == ["Ada"]
    assert not list_people(admin.id, Sought(tag="nobody's")).rows
    assert not list_people(admin.id, Sought(q="bo", tag="speaker")).rows


def test_the_log_says_that_something_was_written_and_not_what(app: Flask) -> None:
    owner = an_organizer()
    ada = a_guest_of(owner)
    note = add_note(owner.id, ada.id, "Owes me a wombat.")
    edit_note(owner.id, ada.id, note.id, "Owes me two wombats.")
    edit_note(owner.id, ada.id, note.id, "Owes me two wombats.")
    delete_note(owner.id, ada.id, note.id)
    add_tag(owner.id, ada.id, "wombat")
    remove_tag(owner.id, ada.id, "wombat")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    mine = [one for one in entries if one.action.startswith(("Note", "Tag"))]
    assert [one.action for one in mine] == [
        "NoteAdded",
        "NoteEdited",
        "NoteDeleted",
        "TagAdded",
        "TagRemoved",
    ]
    assert all(one.person_id == ada.id for one in mine)
    assert not any("wombat" in str(one.details) for one in mine)


def test_whom_an_organizer_finds_follows_their_events(app: Flask) -> None:
    owner, host = an_organizer(), an_organizer()
    ada = a_guest_of(owner)
    event = an_event(owner)
    add_helper(owner.id, event.id, host.address, HostRole.COHOST)
    assert known.get_guest(Viewer.of(owner), ada.id) == ada
    assert known.get_guest(Viewer.of(owner), host.id) == host  # they make an event together
    for stranger in (a_member().id, 0, -1, 10**20):
        with pytest.raises(NotFound):
            known.get_guest(Viewer.of(owner), stranger)
