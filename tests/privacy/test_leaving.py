"""Seats that somebody gives up with their membership are given on at once."""

from collections.abc import Callable

import pytest
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden
from community.events.models import Event, Visibility
from community.membership.models import Person
from community.privacy.leaving import count_coming, end_membership, leave_community, suspend
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer

ACTS: dict[str, Callable[[Person, bool], object]] = {
    "suspended": lambda ada, free: suspend(an_admin().id, ada.id, free_seats=free),
    "let go": lambda ada, free: end_membership(an_admin().id, ada.id, free_seats=free),
    "left": lambda ada, free: leave_community(ada.id, free_seats=free),
}


def status(event: Event, person: Person) -> RsvpStatus:
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found.status


def two_full_dinners(ada: Person, bob: Person) -> tuple[Event, Event]:
    """A public one and one for members; Ada has the only seat, Bob waits."""
    owner = an_organizer()
    public = an_event(owner, capacity=1)
    members = an_event(owner, capacity=1, visibility=Visibility.MEMBERS)
    for event in (public, members):
        for person in (ada, bob):
            say_yes(person.id, event.id)
    return public, members


@pytest.mark.parametrize("act", ACTS)
def test_seats_at_members_events_are_given_on_and_public_ones_stay(app: Flask, act: str) -> None:
    ada, bob = a_member(), a_member()
    public, members = two_full_dinners(ada, bob)
    assert count_coming(ada.id) == 2
    ACTS[act](ada, False)
    assert [status(public, p) for p in (ada, bob)] == [RsvpStatus.GOING, RsvpStatus.WAITLISTED]
    assert [status(members, p) for p in (ada, bob)] == [RsvpStatus.WITHDRAWN, RsvpStatus.GOING]
    assert count_coming(ada.id) == 1


@pytest.mark.parametrize("act", ACTS)
def test_all_of_them_are_when_that_is_wished(app: Flask, act: str) -> None:
    ada, bob = a_member(), a_member()
    for event in two_full_dinners(ada, bob):
        say_yes(ada.id, event.id)
    ACTS[act](ada, True)
    assert count_coming(ada.id) == 0
    assert count_coming(bob.id) == 2


def test_who_may_not_suspend_frees_no_seat(app: Flask) -> None:
    ada, bob = a_member(), a_member()
    public, _ = two_full_dinners(ada, bob)
    with pytest.raises(Forbidden):
        suspend(bob.id, ada.id, free_seats=True)
    assert status(public, ada) == RsvpStatus.GOING
