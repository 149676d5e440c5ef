"""What an export says of others: their part stays theirs, and nothing tells on them."""

from typing import Any

import pytest
from flask import Flask

from community.membership.audiences import Audience
from community.membership.blocking import block
from community.membership.connections import accept, ask_to_connect, disconnect, let_lie
from community.membership.identity import publish_identity
from community.membership.models import Person
from community.membership.photos import find_photo
from community.membership.profiles import choose_audiences
from community.membership.queries import get_person
from community.membership.reports import report
from community.membership.standing import suspend
from community.privacy.merging import merge
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.exports import an_export, everything, files_of
from tests.factories.people import a_member, an_admin
from tests.factories.pictures import a_photo_of


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", "ada@example.org")


@pytest.fixture
def bob(app: Flask) -> Person:
    return a_member("Bob Secretive", "bob@example.org")


def connected(one: Person, other: Person) -> None:
    ask_to_connect(one.id, other.id, "Hello from Ada")
    accept(other.id, one.id)


def names(held: dict[str, Any], section: str) -> list[object]:
    return [row["connected_with"] for row in held[section]]


def test_the_photo_lies_in_the_zip_in_its_larger_size(ada: Person) -> None:
    assert not [name for name in files_of(ada, an_export(ada)) if "photo" in name]
    a_photo_of(ada)
    photo = find_photo(ada.id)
    assert photo is not None
    assert files_of(ada, an_export(ada))["photo.jpeg"] == photo.content


def test_the_letter_and_the_calendar_call_the_community_as_it_is_called_now(ada: Person) -> None:
    publish_identity(an_admin().id, "The Harbour Circle", seen=0)
    files = files_of(ada, an_export(ada))
    assert b"The Harbour Circle holds about you" in files["README.txt"]
    assert b"The Harbour Circle" in files["calendar.ics"]
    assert b'"community": "The Harbour Circle"' in files["everything.json"]


def test_whom_somebody_is_connected_with_is_named_and_whom_they_ask_is_not(
    ada: Person, bob: Person
) -> None:
    ask_to_connect(ada.id, bob.id, "Hello from Ada")
    (row,) = everything(ada)["connections_you_asked_for"]
    assert (row["state"], row["word"], row["connected_with"]) == ("asked", "Hello from Ada", None)
    accept(bob.id, ada.id)
    assert names(everything(ada), "connections_you_asked_for") == ["Bob Secretive"]
    assert names(everything(bob), "connections_others_asked_for") == ["Ada Lovelace"]


@pytest.mark.parametrize("how", ["parted", "suspended", "hidden", "kept away"])
def test_who_is_no_longer_a_contact_is_not_named(ada: Person, bob: Person, how: str) -> None:
    connected(ada, bob)
    match how:
        case "parted":
            disconnect(bob.id, ada.id)
        case "suspended":
            suspend(an_admin().id, bob.id)
        case "hidden":
            choose_audiences(bob.id, {"name": Audience.NOBODY})
        case _:
            block(bob.id, ada.id)
    assert names(everything(ada), "connections_you_asked_for") == [None]


def test_the_words_of_who_asks_are_in_it_and_their_name_is_not(ada: Person, bob: Person) -> None:
    ask_to_connect(bob.id, ada.id, "We met at the harbour.")
    (row,) = everything(ada)["connections_others_asked_for"]
    assert (row["word"], row["connected_with"]) == ("We met at the harbour.", None)


def test_nobody_learns_from_it_that_an_ask_lies_or_that_somebody_keeps_away(
    ada: Person, bob: Person
) -> None:
    ask_to_connect(ada.id, bob.id)
    before = everything(ada)
    let_lie(bob.id, ada.id)
    block(bob.id, ada.id)
    report(bob.id, ada.id, "She is loud.")
    after = everything(ada)
    alike = {name for name in after if after[name] == before[name]}
    # What making the first of them left behind.
    assert set(after) - alike <= {"exports", "made_at", "mails", "what_was_done_about_you"}
    told = [row["action"] for row in after["what_was_done_about_you"]]
    assert not {"MemberBlocked", "MemberReported", "ConnectionAskIgnored"} & set(told)
    assert "loud" not in str(after)


def test_whom_one_keeps_away_and_what_one_reported_is_in_it_by_handle(
    ada: Person, bob: Person
) -> None:
    block(ada.id, bob.id)
    report(ada.id, a_member("Cy").id, "Rude.")
    held = everything(ada)
    assert [row["handle"] for row in held["people_you_keep_away_from"]] == [bob.handle]
    assert [row["reason"] for row in held["reports_you_made"]] == ["Rude."]
    assert "Secretive" not in str(held["people_you_keep_away_from"])


def test_an_answer_that_gave_way_in_a_merge_is_in_it_too(ada: Person, bob: Person) -> None:
    event = an_event()
    for person in (ada, bob):
        say_yes(person.id, event.id)
    merge(an_admin().id, ada.id, bob.id)
    held = everything(get_person(ada.id))
    assert sorted(row["status"] for row in held["answers"]) == ["going", "withdrawn"]
    assert len(held["profile"]) == 1
