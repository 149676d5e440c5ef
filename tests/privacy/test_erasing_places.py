"""Erasing frees whatever held a seat, brings nobody back, and leaves a word where a name was."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event, Visibility
from community.membership.import_files import stored_files
from community.membership.import_models import ImportState, Verdict
from community.membership.import_queries import get_import, iter_rows
from community.membership.importing import start_import, work_on
from community.membership.models import Person
from community.membership.queries import find_owner
from community.organizing.door import find_heads
from community.organizing.export import csv_lines
from community.organizing.roster import list_attendees
from community.privacy.erasing import erase_person
from community.privacy.leaving import suspend
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp, last_decision
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event, evening
from tests.factories.imports import checked
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_admin
from tests.rsvp.states import answer_in, seats_taken

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", ADA)


@pytest.fixture
def bob(app: Flask) -> Person:
    return a_member("Bob", BOB)


def answer(event: Event, person: Person) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "reserved", "becomes"),
    [
        (RsvpStatus.INVITED, True, RsvpStatus.DECLINED),
        (RsvpStatus.INVITED, False, RsvpStatus.DECLINED),
        (RsvpStatus.OFFERED, False, RsvpStatus.WITHDRAWN),
        (RsvpStatus.GOING, False, RsvpStatus.WITHDRAWN),
        (RsvpStatus.WAITLISTED, False, RsvpStatus.WITHDRAWN),
    ],
)
def test_whatever_was_held_goes_to_who_waits(
    ada: Person, bob: Person, status: RsvpStatus, *, reserved: bool, becomes: RsvpStatus
) -> None:
    event = an_event(capacity=1)
    held = answer_in(status, event.id, ada, reserved=reserved).holds_seats
    say_yes(bob.id, event.id)
    assert answer(event, bob).status == (RsvpStatus.WAITLISTED if held else RsvpStatus.GOING)
    erase_person(ada.id)
    left = answer(event, ada)
    assert (left.status, left.reserved_until) == (becomes, None)
    assert (answer(event, bob).status, seats_taken(event.id)) == (RsvpStatus.GOING, 1)
    decided = last_decision(left.id)
    assert decided is not None
    assert decided.reason == Reason.ERASED


def test_an_offer_that_is_given_up_is_offered_to_the_next(ada: Person, bob: Person) -> None:
    event, first = an_event(capacity=1, offer_hours=24), a_member()
    for person in (first, ada, bob):
        say_yes(person.id, event.id)
    say_no(first.id, event.id)
    assert answer(event, ada).status == RsvpStatus.OFFERED
    erase_person(ada.id)
    assert answer(event, bob).status == RsvpStatus.OFFERED
    assert seats_taken(event.id) == 1


def test_who_is_brought_along_leaves_that_party_and_the_seat_is_given_on(
    ada: Person, bob: Person
) -> None:
    event, next_one = an_event(capacity=2, guests_allowed=2), a_member()
    say_yes(bob.id, event.id, guests=[Guest("Ada Lovelace", "milk", ADA)])
    say_yes(next_one.id, event.id)
    erase_person(ada.id)
    party = answer(event, bob)
    assert (party.party_size, [guest.name for guest in party.guests]) == (1, [])
    assert answer(event, next_one).status == RsvpStatus.GOING
    assert seats_taken(event.id) == 2
    assert [mail.kind for mail in outbox(to=BOB)][-1] == "party_changed"
    assert "Ada" not in str([mail.facts for mail in outbox("party_changed")])


def test_who_waits_as_somebodys_guest_makes_the_party_fit_by_going(
    ada: Person, bob: Person
) -> None:
    event = an_event(capacity=2, guests_allowed=2)
    say_yes(a_member().id, event.id)
    say_yes(bob.id, event.id, guests=[Guest("Ada Lovelace", "", ADA)])
    assert answer(event, bob).status == RsvpStatus.WAITLISTED
    erase_person(ada.id)
    assert (answer(event, bob).status, seats_taken(event.id)) == (RsvpStatus.GOING, 2)


def test_a_guest_of_the_past_has_no_name_any_more_and_is_counted(ada: Person, bob: Person) -> None:
    event = an_event(guests_allowed=2, starts_at=evening(2), ends_at=evening(2, 21))
    say_yes(bob.id, event.id, guests=[Guest("Ada Lovelace", "milk", ADA), Guest("Cy")])
    with time_machine.travel(now() + timedelta(days=5)):
        erase_person(ada.id)
        party = answer(event, bob)
        assert [(guest.name, guest.address, guest.dietary) for guest in party.guests] == [
            ("", None, ""),
            ("Cy", None, ""),
        ]
        assert (party.party_size, seats_taken(event.id)) == (3, 3)


def test_lists_say_erased_person_where_a_name_was(ada: Person) -> None:
    event = an_event(guests_allowed=1, starts_at=evening(2), ends_at=evening(2, 21))
    say_yes(ada.id, event.id, guests=[Guest("Eve")])
    with time_machine.travel(now() + timedelta(days=5)):
        erase_person(ada.id)
        (row,) = list_attendees(event).rows
        assert (row.name, row.email, row.guests) == ("Erased person", "", ["Erased person"])
        text = b"".join(csv_lines(event)).decode()
        assert "\r\nErased person,,,,going,2,Erased person," in text
        assert {head.name for head in find_heads(event)} == {"Erased person"}


def test_whoever_is_suspended_gives_a_seat_back_where_they_may_not_look(
    ada: Person, bob: Person
) -> None:
    """An event for members is not there for them any more, and their seat is."""
    event = an_event(capacity=1)
    say_yes(ada.id, event.id)
    say_yes(bob.id, event.id)
    suspend(an_admin().id, ada.id)
    _for_members(event)
    erase_person(ada.id)
    assert answer(event, bob).status == RsvpStatus.GOING


@transactional
def _for_members(event: Event) -> None:
    db.session.get_one(Event, event.id).visibility = Visibility.MEMBERS


def test_a_list_that_was_checked_before_brings_nobody_back(ada: Person) -> None:
    admin = an_admin()
    text = f"name,email\nAda,{ADA}\nBo,bo@example.org\nAda,{ADA}\n"
    one = checked(text, actor_id=admin.id)
    erase_person(ada.id)
    assert ADA not in [row.address for row in iter_rows(one.id)]
    start_import(admin.id, one.id, invite=True)
    work_on(one.id)
    assert get_import(one.id).state == ImportState.DONE
    assert find_owner(ADA) is None
    assert find_owner("bo@example.org") is not None
    assert outbox("join_invited", to=ADA) == []


def test_a_list_that_comes_later_has_them_as_somebody_new(ada: Person) -> None:
    """Nothing is kept by which they could be known: whoever starts the list sees a new row."""
    erase_person(ada.id)
    one = checked(f"name,email\nAda,{ADA}\n", actor_id=an_admin().id)
    assert [row.verdict for row in iter_rows(one.id)] == [Verdict.NEW]


def test_the_lists_that_they_handed_in_and_nobody_started_are_dropped(app: Flask) -> None:
    an_admin()
    admin = an_admin()
    one = checked("name,email\nBo,bo@example.org\n", actor_id=admin.id)
    others = checked("name,email\nCy,cy@example.org\n", actor_id=an_admin().id)
    erase_person(admin.id)
    assert get_import(one.id).state == ImportState.FAILED
    assert get_import(one.id).stored_as not in stored_files()
    assert get_import(others.id).stored_as in stored_files()
    assert get_import(others.id).state == ImportState.CHECKED


def test_erasing_while_the_list_is_started_ends_with_nobody_back(app: Flask) -> None:
    for turn in range(4):
        address = f"ada{turn}@example.org"
        ada, admin = a_member("Ada", address).id, an_admin().id
        one = checked(f"name,email\nAda,{address}\n", actor_id=admin)
        start_import(admin, one.id)
        answers = at_once(app, [lambda a=ada: erase_person(a), lambda i=one.id: work_on(i)])
        assert not [each for each in answers if isinstance(each, Exception)]
        db.session.rollback()
        assert find_owner(address) is None
