"""Decisions about many: saying no to all who are ticked, and how many would have to go."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound
from community.events.models import Event
from community.events.queries import get_event
from community.mail.models import OutboxMail
from community.rsvp.approval import approve_request, refuse_requests
from community.rsvp.hand import add_attendee
from community.rsvp.models import Reason
from community.rsvp.queries import last_decision, parties_over
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import some_guests, statuses


def requests(event: Event, count: int) -> list[int]:
    return [say_yes(a_member().id, event.id).id for _ in range(count)]


def test_many_are_told_no_with_the_same_word_and_each_once(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True)
    ids = requests(event, 3)
    for _ in range(2):
        refuse_requests(owner.id, event.id, [ids[0], ids[1], ids[0]], word="The table is set.")
    assert statuses(event.id) == ["refused", "refused", "requested"]
    decision = last_decision(ids[1])
    assert decision is not None
    assert (decision.reason, decision.word) == (Reason.ORGANIZER, "The table is set.")
    told = sa.select(sa.func.count()).where(OutboxMail.kind == "refused")
    assert db.session.scalar(told) == 2


def test_what_was_decided_meanwhile_stays(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True)
    ids = requests(event, 2)
    approve_request(owner.id, event.id, ids[0])
    assert [rsvp.id for rsvp in refuse_requests(owner.id, event.id, ids)] == [ids[1]]
    assert statuses(event.id) == ["going", "refused"]


def test_a_request_to_another_event_among_them_decides_nothing(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, requires_approval=True)
    other = an_event(title="Another", requires_approval=True)
    ids = [*requests(event, 1), *requests(other, 1)]
    with pytest.raises(NotFound):
        refuse_requests(owner.id, event.id, ids)
    with pytest.raises(NotFound):
        refuse_requests(an_organizer().id, event.id, ids[:1])
    assert statuses(event.id) == ["requested"]


# Parties of 1, 3, 2 and 1 were seated in this order.
@pytest.mark.parametrize(
    ("capacity", "parties"), [(7, 0), (8, 0), (6, 1), (5, 2), (4, 2), (3, 3), (1, 3), (0, 4)]
)
def test_those_seated_last_would_have_to_go_first(app: Flask, capacity: int, parties: int) -> None:
    event = an_event(capacity=7, guests_allowed=3)
    for guests in (0, 2, 1, 0):
        say_yes(a_member().id, event.id, guests=some_guests(guests))
    db.session.rollback()
    assert parties_over(get_event(event.id), capacity) == parties


def test_who_waited_and_was_seated_later_goes_before_who_came_later(app: Flask) -> None:
    """Seated last is not the same as having asked last."""
    owner = an_organizer()
    event = an_event(owner, capacity=2, kept_back=0, guests_allowed=1)
    first = a_member()
    say_yes(first.id, event.id, guests=some_guests(1))
    say_yes(a_member().id, event.id, guests=some_guests(1))  # waits
    say_no(first.id, event.id)
    db.session.rollback()
    assert parties_over(get_event(event.id), 1) == 1
    assert parties_over(get_event(event.id), 0) == 1, "who left does not count"


def test_who_waits_or_asks_does_not_have_to_go(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id)
    add_attendee(owner.id, an_event(owner, title="Other").id, name="Cy", email="cy@example.org")
    db.session.rollback()
    assert parties_over(get_event(event.id), 0) == 1
