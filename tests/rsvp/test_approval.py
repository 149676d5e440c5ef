"""Requests to come: each is decided once, by who may, and the seats stay exact."""

from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.rsvp.approval import approve_request, refuse_request
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.rsvp.states import seats_taken, statuses


def asked(event: Event, guests: int = 0) -> Rsvp:
    party = [Guest(f"Guest {number}") for number in range(guests)]
    return say_yes(a_member().id, event.id, guests=party)


def by_approval(owner: Person, **facts: object) -> Event:
    return an_event(owner, requires_approval=True, **facts)


def mails(kind: str) -> int:
    counted = sa.select(sa.func.count()).select_from(OutboxMail).where(OutboxMail.kind == kind)
    return db.session.scalar(counted) or 0


def test_a_request_holds_no_seat_and_an_approved_one_has_it(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=3, guests_allowed=2)
    rsvp = asked(event, guests=1)
    assert (statuses(event.id), seats_taken(event.id)) == (["requested"], 0)
    assert approve_request(owner.id, event.id, rsvp.id).status == RsvpStatus.GOING
    assert (statuses(event.id), seats_taken(event.id)) == (["going"], 2)
    assert mails("seat_given") == 1
    decision = db.session.scalars(sa.select(Decision).order_by(Decision.id.desc())).first()
    assert decision is not None
    assert (decision.was, decision.reason, decision.free) == ("requested", Reason.ORGANIZER, 3)


def test_approving_twice_is_once(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=3)
    rsvp = asked(event)
    for _ in range(2):
        approve_request(owner.id, event.id, rsvp.id)
    assert (seats_taken(event.id), mails("seat_given")) == (1, 1)


def test_more_than_fit_wait_in_the_order_in_which_they_asked(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=1)
    first, second, third = (asked(event) for _ in range(3))
    for rsvp in (second, third, first):
        approve_request(owner.id, event.id, rsvp.id)
    assert statuses(event.id) == ["waitlisted", "going", "waitlisted"]
    say_no(second.person_id, event.id)
    assert statuses(event.id) == ["going", "withdrawn", "waitlisted"]


def test_of_many_approved_at_the_same_moment_as_many_go_as_there_are_seats(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=3)
    ids = [asked(event).id for _ in range(12)]
    owner_id, event_id = owner.id, event.id
    at_once(app, [partial(approve_request, owner_id, event_id, rsvp_id) for rsvp_id in ids])
    assert sorted(statuses(event_id)) == ["going"] * 3 + ["waitlisted"] * 9
    assert seats_taken(event_id) == 3


def test_a_refused_request_is_told_the_word_and_cannot_ask_again(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=3)
    rsvp = asked(event)
    for _ in range(2):
        refuse_request(owner.id, event.id, rsvp.id, word="Next time.\x00")
    assert statuses(event.id) == ["refused"]
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "refused")).one()
    assert mail.facts["word"] == "Next time."
    assert "invite" not in mail.facts
    with pytest.raises(Refused, match="not_from_here"):
        say_yes(rsvp.person_id, event.id)


@pytest.mark.parametrize("decide", [approve_request, refuse_request])
def test_only_the_events_own_organizers_decide(app: Flask, decide: object) -> None:
    assert callable(decide)
    owner = an_organizer()
    event, other = by_approval(owner), by_approval(an_organizer())
    rsvp = asked(event)
    for person in (an_organizer(), a_member()):
        with pytest.raises(NotFound):
            decide(person.id, event.id, rsvp.id)
    with pytest.raises(NotFound):
        decide(owner.id, other.id, rsvp.id)
    host = db.session.get_one(Event, other.id).hosts[0]
    with pytest.raises(NotFound):
        decide(host.id, other.id, rsvp.id)
    assert statuses(event.id) == ["requested"]
    decide(an_admin().id, event.id, rsvp.id)
    assert statuses(event.id) != ["requested"]


def test_what_was_withdrawn_or_cancelled_cannot_be_decided(app: Flask) -> None:
    owner = an_organizer()
    event = by_approval(owner, capacity=3)
    gone, waiting = asked(event), asked(event)
    say_no(gone.person_id, event.id)
    for decide in (approve_request, refuse_request):
        with pytest.raises(Refused, match="not_from_here"):
            decide(owner.id, event.id, gone.id)
    cancel_event(owner.id, event.id)
    for decide in (approve_request, refuse_request):
        with pytest.raises(Refused, match="event_cancelled"):
            decide(owner.id, event.id, waiting.id)
    assert statuses(event.id) == ["withdrawn", "requested"]
