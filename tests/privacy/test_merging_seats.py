"""Whatever two records answered to one event: the seats add up, and nobody has two."""

import os
from collections import Counter
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.events.models import Event
from community.membership.models import Person
from community.privacy.merge_rules import RESERVED, WORTH
from community.privacy.merging import merge, preview
from community.rsvp.changing import change_party
from community.rsvp.models import Attendee, Reason, Rsvp, RsvpStatus
from community.rsvp.offers import lapse_due
from community.rsvp.party import Answer, Guest
from community.rsvp.queries import find_rsvp, last_decision
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_admin
from tests.rsvp.states import answer_in, seats_taken

ADA, LOVE = "ada@example.org", "lovelace@example.net"
STATES = [
    "going",
    "offered",
    "reserved",
    "waitlisted",
    "requested",
    "invited",
    "removed",
    "declined",
    "lapsed",
    "none",
]
# All of them in `make proof`; else every second, as the squares of one colour on a chessboard.
PAIRS = [
    (one, other)
    for (row, one), (column, other) in product(enumerate(STATES), enumerate(STATES))
    if (os.environ.get("PROOF") or (row + column) % 2 == 0) and {one, other} != {"none"}
]


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada", ADA)


@pytest.fixture
def love(app: Flask) -> Person:
    return a_member("A. Lovelace", LOVE)


def answer(event: Event, person: Person) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found


def stand(state: str, event: Event, person: Person) -> None:
    if state != "none":
        status = RsvpStatus("invited" if state == "reserved" else state)
        answer_in(status, event.id, person, reserved=state == "reserved")


def worth(state: str) -> int:
    return RESERVED if state == "reserved" else WORTH.get(RsvpStatus(state), -1)


def require_sound(event: Event) -> None:
    """What holds at every event at any time."""
    db.session.rollback()
    db.session.expire_all()
    answers = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event.id)).all()
    held = sum(rsvp.party_size for rsvp in answers if rsvp.holds_seats)
    assert seats_taken(event.id) == held
    placed = [rsvp for rsvp in answers if rsvp.holds_seats or rsvp.status.value in STATES[3:5]]
    heads = Counter(head.address for rsvp in placed for head in rsvp.attendees if head.address)
    assert all(count == 1 for count in heads.values()), heads
    assert all(rsvp.party_size == len(rsvp.attendees) for rsvp in placed)
    waits = [rsvp for rsvp in answers if rsvp.status == RsvpStatus.WAITLISTED]
    capacity = db.session.get_one(Event, event.id).capacity
    assert not waits or held == capacity, "a seat is empty while somebody waits"


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_any_two_answers_the_better_stays_and_the_seats_add_up(
    ada: Person, love: Person, one: str, other: str
) -> None:
    taken = sum(state in {"going", "offered", "reserved"} for state in (one, other))
    event, bob = an_event(capacity=max(taken, 1)), a_member("Bob")
    stand(one, event, ada)
    stand(other, event, love)
    if taken == 0:
        answer_in(RsvpStatus.GOING, event.id)
    answer_in(RsvpStatus.WAITLISTED, event.id, bob)
    admin = an_admin()
    frees = sum(conflict.frees for conflict in preview(admin.id, ada.id, love.id).conflicts)
    merge(admin.id, ada.id, love.id)
    require_sound(event)
    best = max((one, other), key=lambda state: -1 if state == "none" else worth(state))
    kept = answer(event, ada)
    # Who has the line's seat now may be the one person, too.
    assert kept.status.value in {"invited" if best == "reserved" else best, "going"}
    assert (kept.reserved_until is not None) == (best in {"offered", "reserved"})
    assert frees == (taken == 2)
    left = find_rsvp(event.id, love.id)
    if left is not None:
        assert (left.holds_seats, left.reserved_until) == (False, None)
        assert left.status.value not in {"waitlisted", "requested", "invited"}
    assert lapse_due() == 0


def test_a_second_seat_is_given_on_for_the_reason_that_it_was_one(
    ada: Person, love: Person
) -> None:
    event = an_event()
    for person in (ada, love):
        say_yes(person.id, event.id)
    merge(an_admin().id, ada.id, love.id)
    decided = last_decision(answer(event, love).id)
    assert decided is not None
    assert decided.reason == Reason.MERGED


@pytest.mark.parametrize("whose", ["own party", "party of somebody else"])
def test_who_goes_under_their_own_name_is_nobodys_guest_besides(
    ada: Person, love: Person, whose: str
) -> None:
    event, bob, late = an_event(capacity=3, guests_allowed=2), a_member("Bob"), a_member("Late")
    if whose == "own party":
        say_yes(ada.id, event.id, guests=[Guest("Love", "", LOVE), Guest("Cy")])
    else:
        say_yes(ada.id, event.id)
        say_yes(bob.id, event.id, guests=[Guest("Love", "", LOVE)])
    say_yes(late.id, event.id)
    admin = an_admin()
    assert [one.id for one in preview(admin.id, ada.id, love.id).guest_at] == [event.id]
    merge(admin.id, ada.id, love.id)
    require_sound(event)
    assert answer(event, late).status == RsvpStatus.GOING
    guests = sa.select(Attendee.name).where(Attendee.position > 0)
    assert db.session.scalars(guests).all() == (["Cy"] if whose == "own party" else [])
    assert outbox("party_changed")[-1].recipient == (ADA if whose == "own party" else bob.address)
    assert _edited(event, ada).note == "Late by ten minutes."


@transactional
def _edited(event: Event, person: Person) -> Rsvp:
    """The party can be changed like any other."""
    own = find_rsvp(event.id, person.id)
    assert own is not None
    kept = [Guest(guest.name) for guest in own.guests]
    known = db.session.get_one(Event, event.id)
    return change_party(known, own.person, own, Answer(kept, note="Late by ten minutes."))


@pytest.mark.parametrize("state", ["waitlisted", "offered", "invited", "none"])
def test_a_seat_as_a_guest_is_not_given_up_for_less_than_a_seat(
    ada: Person, love: Person, state: str
) -> None:
    event, bob = an_event(capacity=3, guests_allowed=2), a_member("Bob")
    say_yes(bob.id, event.id, guests=[Guest("Love", "", LOVE)])
    if state == "waitlisted":
        say_yes(a_member().id, event.id)
    stand(state, event, ada)
    admin = an_admin()
    assert preview(admin.id, ada.id, love.id).guest_at == []
    merge(admin.id, ada.id, love.id)
    assert answer(event, bob).party_size == 2
    require_sound(event)


def test_the_entry_stays_in_the_mailbox_whose_calendar_has_it(ada: Person, love: Person) -> None:
    event = an_event(capacity=3, guests_allowed=2)
    say_yes(love.id, event.id)
    merge(an_admin().id, ada.id, love.id)
    say_yes(ada.id, event.id, guests=[Guest("Bob")])
    say_no(ada.id, event.id)
    mails = [mail for mail in outbox() if mail.event_id == event.id and "invite" in mail.facts]
    assert [(mail.kind, mail.recipient) for mail in mails] == [
        ("seat_given", LOVE),
        ("left", LOVE),
    ]
