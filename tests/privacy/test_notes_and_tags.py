"""Notes and tags are the person's, too: exported, erased, merged, and let go in time."""

from datetime import timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import HostRole
from community.events.team_invitations import ask_to_help
from community.events.team_models import TeamInvitation
from community.membership.models import Person
from community.organizing.note_models import PersonNote, PersonTag
from community.organizing.notes import add_note
from community.organizing.tags import add_tag, tags_of
from community.privacy.erasing import erase_person
from community.privacy.gathering import everything_about
from community.privacy.leaving import end_membership
from community.privacy.merging import merge
from community.privacy.retention_of_notes import forget_notes
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer


def written_about(owner: Person, person: Person, text: str = "Likes tea.") -> None:
    say_yes(person.id, an_event(owner).id)
    add_note(owner.id, person.id, text)
    add_tag(owner.id, person.id, "Tea")


def kept() -> tuple[list[str], list[str]]:
    db.session.rollback()
    return (
        list(db.session.scalars(sa.select(PersonNote.text).order_by(PersonNote.id))),
        list(db.session.scalars(sa.select(PersonTag.tag).order_by(PersonTag.person_id))),
    )


def test_an_export_gives_notes_tags_and_what_became_of_events_and_no_author(app: Flask) -> None:
    owner, ada = an_organizer("Olga Author"), a_member("Ada")
    written_about(owner, ada)
    ask_to_help(owner.id, an_event(owner, title="Help").id, ada.address, HostRole.DOOR)
    held = everything_about(ada.id)
    assert [one["text"] for one in held["notes_about_you"]] == ["Likes tea."]
    assert [one["tag"] for one in held["tags_you_have"]] == ["Tea"]
    (asked,) = held["events_you_were_asked_to_help_at"]
    assert (asked["event"], asked["role"]) == ("Help", "door")
    (past,) = held["events_over_time"]
    assert past["what_became_of_it"] == "to_come"
    assert "Olga Author" not in str(held["notes_about_you"])
    assert everything_about(owner.id)["notes_about_you"] == []


def test_erasing_the_person_deletes_them_and_erasing_the_author_does_not(app: Flask) -> None:
    owner, ada, bo = an_organizer(), a_member("Ada"), a_member("Bo")
    other = an_organizer()
    written_about(owner, ada)
    written_about(other, bo, "Likes coffee.")
    ask_to_help(owner.id, an_event(owner).id, ada.address, HostRole.DOOR)
    erase_person(ada.id)
    assert kept() == (["Likes coffee."], ["Tea"])
    assert not db.session.scalars(sa.select(TeamInvitation)).all()


def test_merging_moves_them_and_makes_one_of_tags_that_read_alike(app: Flask) -> None:
    owner, stays, goes = an_organizer(), a_member("Ada"), a_member("Ada L.")
    written_about(owner, stays)
    written_about(owner, goes, "Likes coffee.")
    add_tag(owner.id, goes.id, "Speaker")
    merge(an_admin().id, stays.id, goes.id)
    assert kept()[0] == ["Likes tea.", "Likes coffee."]
    db.session.expire_all()
    assert tags_of([stays.id, goes.id]) == {stays.id: ["Speaker", "Tea"]}


def test_they_are_let_go_when_a_membership_ends(app: Flask) -> None:
    owner, ada, bo = an_organizer(), a_member("Ada"), a_member("Bo")
    written_about(owner, ada)
    written_about(owner, bo, "Likes coffee.")
    assert forget_notes() == 0
    end_membership(an_admin().id, ada.id)
    assert forget_notes() == 2
    assert kept() == (["Likes coffee."], ["Tea"])
    with time_machine.travel(now() + timedelta(days=4000)):
        assert forget_notes() == 0  # as long as the membership lasts


def test_about_who_never_joined_they_are_kept_for_a_year(app: Flask) -> None:
    owner, guest = an_organizer(), a_person("Gus")
    written_about(owner, guest)
    with time_machine.travel(now() + timedelta(days=364)):
        add_tag(owner.id, guest.id, "Late")
        assert forget_notes() == 0
    with time_machine.travel(now() + timedelta(days=366)):
        assert forget_notes() == 2
    assert kept() == ([], ["Late"])
