"""No seat stays empty while somebody eligible waits: the line moves in the same transaction."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core import changes
from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.events.drafts import edit_event
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.rsvp.changes import SeatGiven
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp, place_in_line
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in, seats_taken, some_guests, statuses

S = RsvpStatus


def _parties(event: Event, *sizes: int) -> list[Rsvp]:
    """Parties of these sizes say yes, one after the other."""
    return [say_yes(a_member().id, event.id, guests=some_guests(size - 1)) for size in sizes]


@transactional
def _nobody_passes(event_id: int) -> None:
    db.session.get_one(Event, event_id).smaller_may_pass = False


def _edit(owner: Person, event: Event, **facts: object) -> None:
    edit_event(owner.id, event.id, a_draft(**{"guests_allowed": 9, **facts}))


def test_leaving_seats_the_first_who_waits(app: Flask) -> None:
    event = an_event(capacity=1)
    first, second, _third = _parties(event, 1, 1, 1)
    left = say_no(first.person_id, event.id, word="Ill")
    assert left.status == S.WITHDRAWN
    assert statuses(event.id) == ["withdrawn", "going", "waitlisted"]
    assert seats_taken(event.id) == 1
    waited, seated = get_rsvp(second.id).decisions
    assert (waited.reason, waited.free) == (Reason.FULL, 0)
    assert (seated.was, seated.became) == (S.WAITLISTED, S.GOING)
    assert (seated.reason, seated.free, seated.ticket) == (Reason.FREED_SEAT, 1, 2)


def test_who_leaves_and_who_gets_the_seat_are_told_in_that_order(app: Flask) -> None:
    event = an_event(capacity=1)
    first, second = _parties(event, 1, 1)
    say_no(first.person_id, event.id)
    mails = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()
    told = [(mail.kind, mail.person_id) for mail in mails[2:]]
    assert told == [("left", first.person_id), ("seat_given", second.person_id)]
    assert mails[-1].facts["promoted"] is True


def test_one_large_party_that_leaves_seats_several_small_ones(app: Flask) -> None:
    event = an_event(capacity=5, guests_allowed=9)
    large, *_ = _parties(event, 5, 2, 4, 2, 1, 1)
    say_no(large.person_id, event.id)
    assert statuses(event.id) == [
        "withdrawn",
        "going",
        "waitlisted",
        "going",
        "going",
        "waitlisted",
    ]
    assert seats_taken(event.id) == 5


def test_a_small_party_that_leaves_seats_nobody_larger(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=9)
    small, *_ = _parties(event, 1, 2, 2)
    say_no(small.person_id, event.id)
    assert statuses(event.id) == ["withdrawn", "going", "waitlisted"]
    assert seats_taken(event.id) == 2


def test_where_nobody_may_pass_the_first_blocks_the_line(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=9)
    _nobody_passes(event.id)
    one, _two, large, _four = _parties(event, 1, 2, 3, 1)
    say_no(one.person_id, event.id)
    assert statuses(event.id) == ["withdrawn", "going", "waitlisted", "waitlisted"]
    say_no(large.person_id, event.id)  # it was the one that nobody could pass
    assert statuses(event.id) == ["withdrawn", "going", "withdrawn", "going"]
    assert seats_taken(event.id) == 3


def test_leaving_the_line_moves_those_behind_up(app: Flask) -> None:
    event = an_event(capacity=1)
    _, second, third = _parties(event, 1, 1, 1)
    say_no(second.person_id, event.id)
    assert place_in_line(get_rsvp(third.id)) == 1
    assert statuses(event.id) == ["going", "withdrawn", "waitlisted"]


@pytest.mark.parametrize("facts", [{"capacity": 4}, {"capacity": None}, {"capacity": 50}])
def test_more_seats_are_given_in_the_order_of_the_line(
    app: Flask, facts: dict[str, object]
) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=2, guests_allowed=9)
    _parties(event, 2, 1, 1, 1)
    _edit(owner, event, **facts)
    expected = "waitlisted" if facts["capacity"] == 4 else "going"
    assert statuses(event.id) == ["going", "going", "going", expected]
    assert seats_taken(event.id) == (4 if facts["capacity"] == 4 else 5)
    decision = db.session.scalars(sa.select(Rsvp).where(Rsvp.ticket == 2)).one().decisions[-1]
    assert decision.reason == Reason.MORE_SEATS


def test_seats_that_are_no_longer_kept_back_are_given(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=3, kept_back=2, guests_allowed=9)
    _parties(event, 1, 1, 1)
    assert statuses(event.id) == ["going", "waitlisted", "waitlisted"]
    _edit(owner, event, capacity=3, kept_back=1)
    assert statuses(event.id) == ["going", "going", "waitlisted"]


def test_a_seat_that_is_freed_while_too_many_are_kept_back_stays_free(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=2, guests_allowed=9)
    first, *_ = _parties(event, 1, 1, 1)
    _edit(owner, event, capacity=2, kept_back=1)
    say_no(first.person_id, event.id)
    assert statuses(event.id) == ["withdrawn", "going", "waitlisted"]
    assert seats_taken(event.id) == 1


def test_other_edits_and_fewer_seats_move_nobody(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=3, guests_allowed=9)
    _parties(event, 2, 2)
    _edit(owner, event, capacity=3, title="Supper", starts_at=evening(40), ends_at=evening(40, 21))
    _edit(owner, event, capacity=2)
    assert statuses(event.id) == ["going", "waitlisted"]


def test_more_seats_at_an_event_that_is_over_are_given_to_nobody(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1, guests_allowed=9)
    _parties(event, 1, 1)
    draft = a_draft(capacity=5, guests_allowed=9)
    with time_machine.travel(event.ends_at, tick=False):
        edit_event(owner.id, event.id, draft)
    assert statuses(event.id) == ["going", "waitlisted"]


def test_leaving_frees_a_seat_even_after_the_answer_by_time(app: Flask) -> None:
    event = an_event(capacity=1, answer_by=evening(20))
    first, _second, third = _parties(event, 1, 1, 1)
    with time_machine.travel(now() + timedelta(days=25)):
        say_no(first.person_id, event.id)
        say_no(third.person_id, event.id)
        assert statuses(event.id) == ["withdrawn", "going", "withdrawn"]
        with pytest.raises(Refused, match="event_closed"):
            say_yes(first.person_id, event.id)


def test_nobody_leaves_what_is_over_or_off(app: Flask) -> None:
    owner = an_organizer()
    event, off = (an_event(owner, capacity=1) for _ in range(2))
    [going, _], [other, _] = _parties(event, 1, 1), _parties(off, 1, 1)
    cancel_event(owner.id, off.id)
    with pytest.raises(Refused, match="event_cancelled"):
        say_no(other.person_id, off.id)
    with (
        time_machine.travel(event.ends_at, tick=False),
        pytest.raises(Refused, match="event_past"),
    ):
        say_no(going.person_id, event.id)
    for which in (event, off):
        assert statuses(which.id) == ["going", "waitlisted"]


def test_a_promotion_that_cannot_be_told_undoes_the_leaving(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = an_event(capacity=1)
    first, _ = _parties(event, 1, 1)

    def fail(_change: SeatGiven) -> None:
        raise ValueError("no outbox")

    monkeypatch.setitem(changes._subscribers, SeatGiven, [fail])
    with pytest.raises(ValueError, match="no outbox"):
        say_no(first.person_id, event.id)
    assert statuses(event.id) == ["going", "waitlisted"]
    assert seats_taken(event.id) == 1


def test_a_held_seat_that_is_given_up_goes_to_the_next(app: Flask) -> None:
    event = an_event(capacity=1)
    offered = answer_in(S.OFFERED, event.id)
    _parties(event, 1)
    say_no(offered.person_id, event.id)
    assert statuses(event.id) == ["withdrawn", "going"]


def test_a_long_line_is_seated_whole_when_there_is_room(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, capacity=1)
    for _ in range(40):
        answer_in(S.WAITLISTED, event.id)
    _edit(owner, event, capacity=39)
    assert statuses(event.id) == ["going"] * 39 + ["waitlisted"]
    assert seats_taken(event.id) == 39
