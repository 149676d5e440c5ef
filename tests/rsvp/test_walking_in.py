"""Somebody who is not on the list: a free seat exactly, in at once, written to only if asked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event, EventHost, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper
from community.mail.models import OutboxMail
from community.membership.models import Membership, PersonAddress
from community.organizing.door import find_heads, turnout
from community.privacy.erasing import erase_person
from community.rsvp.hand import remove_attendee
from community.rsvp.models import Rsvp, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from community.rsvp.walking_in import walk_in
from tests.factories.announcements import a_sent_message, became
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.mails import post
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import seats_taken, statuses


def at_the_door(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift))


def mails() -> list[tuple[str, str]]:
    found = sa.select(OutboxMail.kind, OutboxMail.recipient).order_by(OutboxMail.id)
    return [(kind, recipient) for kind, recipient in db.session.execute(found)]


def a_door(**facts: object) -> tuple[Event, int]:
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, **{"guests_allowed": 2, **facts})
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    return event, dora.id


def test_the_door_seats_a_party_lets_it_in_and_writes_to_nobody(app: Flask) -> None:
    event, dora = a_door(capacity=3)
    before = mails()
    with at_the_door(event, minutes=20):
        rsvp = walk_in(dora, event.id, name=" Ada \n Love ", guests=[Guest("Bo")])
        assert (rsvp.status, rsvp.source, rsvp.party_size) == (
            RsvpStatus.GOING,
            Source.ORGANIZER,
            2,
        )
        assert [(h.name, bool(h.since), h.let_in_by) for h in find_heads(event)] == [
            ("Ada Love", True, "Dora"),
            ("Bo", True, "Dora"),
        ]
        assert turnout(event).inside == 2
    assert seats_taken(event.id) == 2
    assert mails() == before
    assert (rsvp.person.membership, rsvp.person.address) == (Membership.NONE, "")


def test_with_an_address_they_get_one_mail_and_nobody_has_proven_it(app: Flask) -> None:
    event, dora = a_door()
    before = len(mails())
    with at_the_door(event, minutes=20):
        rsvp = walk_in(dora, event.id, name="Ada", email="Ada@Example.org")
    assert mails()[before:] == [("seat_added", "ada@example.org")]
    proven = sa.select(PersonAddress.verified_at).where(PersonAddress.person_id == rsvp.person_id)
    assert db.session.scalars(proven).all() == [None]
    post()


def test_after_the_end_no_mail_says_that_a_seat_is_reserved(app: Flask) -> None:
    event, dora = a_door()
    before = mails()
    with time_machine.travel(event.ends_at + timedelta(hours=2)):
        walk_in(dora, event.id, name="Ada", email="ada@example.org")
    assert mails() == before


def test_when_it_is_full_nobody_is_seated(app: Flask) -> None:
    event, dora = a_door(capacity=2)
    say_yes(a_member().id, event.id)
    with at_the_door(event):
        with pytest.raises(Refused, match="no_seats_left"):
            walk_in(dora, event.id, name="Ada", guests=[Guest("Bo")])
        walk_in(dora, event.id, name="Cy")
        with pytest.raises(Refused, match="no_seats_left"):
            walk_in(dora, event.id, name="Di")
    assert seats_taken(event.id) == 2
    assert statuses(event.id) == ["going", "going"]


def test_seats_that_are_kept_back_are_not_the_doors_to_give(app: Flask) -> None:
    event, dora = a_door(capacity=2, kept_back=1)
    say_yes(a_member().id, event.id)
    with at_the_door(event), pytest.raises(Refused, match="no_seats_left"):
        walk_in(dora, event.id, name="Ada")


def test_of_many_who_walk_in_at_once_as_many_get_in_as_there_are_seats(app: Flask) -> None:
    event, dora = a_door(capacity=3)
    event_id = event.id
    with at_the_door(event):
        calls = [lambda n=n: walk_in(dora, event_id, name=f"Walker {n}").id for n in range(8)]
        answers = at_once(app, calls)
    assert sum(isinstance(answer, int) for answer in answers) == 3
    assert {str(a.code) for a in answers if isinstance(a, Refused)} == {"no_seats_left"}
    assert seats_taken(event_id) == 3


@pytest.mark.parametrize(
    ("guests", "code"),
    [([Guest("a")] * 3, "too_many_guests"), ([Guest(" ")], "guest_name_missing")],
)
def test_a_party_that_the_event_does_not_take_is_refused(
    app: Flask, guests: list[Guest], code: str
) -> None:
    event, dora = a_door()
    with at_the_door(event), pytest.raises(Refused, match=code):
        walk_in(dora, event.id, name="Ada", guests=guests)
    assert statuses(event.id) == []


def test_somebody_on_the_list_is_looked_up_and_not_added_again(app: Flask) -> None:
    event, dora = a_door()
    say_yes(
        a_member("Ada", "ada@example.org").id, event.id, guests=[Guest("Bo", "", "bo@example.org")]
    )
    with at_the_door(event):
        with pytest.raises(Refused, match="walk_in_expected"):
            walk_in(dora, event.id, name="Ada L", email="ADA@example.org")
        with pytest.raises(Refused, match="already_a_guest"):
            walk_in(dora, event.id, name="Bo", email="bo@example.org")
    assert seats_taken(event.id) == 2


def test_who_withdrew_or_waits_may_walk_in_and_who_was_taken_off_may_not(app: Flask) -> None:
    event, dora = a_door()
    ada, bo = a_member("Ada", "ada@example.org"), a_member("Bo", "bo@example.org")
    say_yes(ada.id, event.id)
    say_no(ada.id, event.id)
    taken = say_yes(bo.id, event.id)
    remove_attendee(_owner(event), event.id, taken.id)
    with at_the_door(event):
        assert walk_in(dora, event.id, name="A", email="ada@example.org").person_id == ada.id
        with pytest.raises(Refused, match="taken_off"):
            walk_in(dora, event.id, name="B", email="bo@example.org")
        assert turnout(event).inside == 1


def _owner(event: Event) -> int:
    owner = sa.select(EventHost.person_id).where(
        EventHost.event_id == event.id, EventHost.role == HostRole.OWNER
    )
    return db.session.scalars(owner).one()


def test_a_walk_in_without_an_address_can_be_removed_told_nothing_and_erased(app: Flask) -> None:
    event, dora = a_door()
    owner = _owner(event)
    with at_the_door(event, hours=-2):
        gone = walk_in(dora, event.id, name="Ada")
        erased = walk_in(dora, event.id, name="Bo")
        walk_in(dora, event.id, name="Cy")
        before = mails()
        remove_attendee(owner, event.id, gone.id)
        erase_person(erased.person_id)
        cancel_event(owner, event.id, message="no heating")
        post()
        assert mails() == before
    assert seats_taken(event.id) == 1
    assert db.session.get_one(Rsvp, erased.id).person.erased_at is not None


def test_only_the_door_of_this_event_takes_walk_ins_and_only_while_it_is_open(app: Flask) -> None:
    event, dora = a_door()
    for stranger in (a_member(), an_organizer()):
        with at_the_door(event), pytest.raises(NotFound):
            walk_in(stranger.id, event.id, name="Ada")
    with at_the_door(event, hours=-9), pytest.raises(Refused, match="door_not_open"):
        walk_in(dora, event.id, name="Ada")
    with at_the_door(event), pytest.raises(Refused, match="walk_in_name_missing"):
        walk_in(dora, event.id, name=" \u200b ")


def test_a_message_passes_over_who_walked_in_without_an_address_and_says_so(app: Flask) -> None:
    event, dora = a_door(capacity=3)
    with at_the_door(event, minutes=20):
        rsvp = walk_in(dora, event.id, name="Wally Walker")
        came = say_yes(a_member("Ada").id, event.id)
        one = a_sent_message(event)
        post()
        assert became(one) == {
            rsvp.person_id: ("passed_over", "no_address"),
            came.person_id: ("made", ""),
        }
