"""Guests who were given an address: they speak for themselves, and their seat moves on."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.rsvp.guests import decline_as_guest, get_linked_guest, guest_token
from community.rsvp.models import Attendee, Decision, Reason, Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.rsvp.states import seats_taken, statuses

BO = Guest("Bo Li", address="bo@example.org")


def a_guest(*, capacity: int = 2) -> tuple[Rsvp, Attendee]:
    event = an_event(capacity=capacity, guests_allowed=2)
    rsvp = say_yes(a_member().id, event.id, guests=[BO])
    return rsvp, rsvp.guests[0]


def test_a_guest_who_declines_frees_their_seat_for_the_next(app: Flask) -> None:
    rsvp, guest = a_guest()
    say_yes(a_member().id, rsvp.event_id)
    decline_as_guest(guest.id)
    db.session.expire_all()
    assert (rsvp.party_size, [one.name for one in rsvp.guests]) == (1, [])
    assert statuses(rsvp.event_id) == ["going", "going"]
    assert seats_taken(rsvp.event_id) == 2
    reasons = db.session.scalars(
        sa.select(Decision.reason).where(Decision.rsvp_id == rsvp.id).order_by(Decision.id)
    ).all()
    assert reasons == [Reason.SEAT_FREE, Reason.SHRANK]


def test_declining_twice_is_once(app: Flask) -> None:
    rsvp, guest = a_guest()
    guest_id = guest.id
    outcomes = at_once(app, [lambda: decline_as_guest(guest_id).id for _ in range(6)])
    assert sum(isinstance(one, NotFound) for one in outcomes) == 5
    assert seats_taken(rsvp.event_id) == 1


def test_declining_while_the_party_leaves_gives_each_seat_back_once(app: Flask) -> None:
    for _ in range(5):
        rsvp, guest = a_guest()
        person, event, guest_id = rsvp.person_id, rsvp.event_id, guest.id
        at_once(
            app,
            [
                lambda g=guest_id: decline_as_guest(g).id,
                lambda p=person, e=event: say_no(p, e).id,
            ],
        )
        assert seats_taken(event) == 0


def test_a_link_is_for_its_own_guest_alone(app: Flask) -> None:
    rsvp, guest = a_guest()
    token = guest_token(guest, rsvp)
    assert get_linked_guest(token).id == guest.id
    head = rsvp.head
    wrong = (
        token.replace(str(guest.id), str(head.id), 1),
        guest_token(head, rsvp),
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        "",
        "x",
        f"{10**12}-{token}",
    )
    for other in wrong:
        with pytest.raises(NotFound):
            get_linked_guest(other)


def test_a_link_dies_when_the_guest_is_left_out(app: Flask) -> None:
    rsvp, guest = a_guest()
    token = guest_token(guest, rsvp)
    say_yes(rsvp.person_id, rsvp.event_id, guests=[])
    with pytest.raises(NotFound):
        get_linked_guest(token)
    # Also when somebody else comes next, who must not get the number of the row that is gone.
    say_yes(rsvp.person_id, rsvp.event_id, guests=[Guest("Cy Ng", address="cy@example.org")])
    with pytest.raises(NotFound):
        get_linked_guest(token)


def test_nobody_declines_what_is_over(app: Flask) -> None:
    rsvp, guest = a_guest()
    later = time_machine.travel(rsvp.event.ends_at + timedelta(minutes=1), tick=False)
    with later, pytest.raises(Refused, match="event_past"):
        decline_as_guest(guest.id)
    assert seats_taken(rsvp.event_id) == 2


def test_a_guest_without_an_address_has_no_page(app: Flask) -> None:
    event = an_event(capacity=2, guests_allowed=1)
    rsvp = say_yes(a_member().id, event.id, guests=[Guest("Cy")])
    with pytest.raises(NotFound):
        get_linked_guest(guest_token(rsvp.guests[0], rsvp))
