"""What organizers do by hand: it is exact, has a reason, and is told."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.drafts import edit_event
from community.events.models import Event, LinePolicy
from community.events.seats import shrink_as_people_leave
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.rsvp.approval import approve_requests
from community.rsvp.hand import add_attendee, move_in_line, remove_attendee, seat_waiting
from community.rsvp.models import Reason, Rsvp, RsvpStatus, Source
from community.rsvp.queries import get_rsvp, last_decision, place_in_line
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in, seats_taken, some_guests, statuses

S = RsvpStatus


def an_own_event(**facts: Any) -> tuple[Person, Event]:
    owner = an_organizer()
    return owner, an_event(owner, **{"capacity": 2, "guests_allowed": 2, **facts})


def a_line(event: Event, count: int) -> list[Rsvp]:
    """A full event's line."""
    return [say_yes(a_member().id, event.id) for _ in range(count)]


def reason(rsvp: Rsvp) -> tuple[Reason, str]:
    decision = last_decision(rsvp.id)
    assert decision is not None
    return decision.reason, decision.word


def kept_back(event: Event) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Event.kept_back).where(Event.id == event.id)).one()


def test_somebody_added_has_a_seat_and_is_told(app: Flask) -> None:
    owner, event = an_own_event(requires_approval=True)
    for _ in range(2):
        rsvp = add_attendee(
            owner.id, event.id, name="Cy", email="CY@example.org", word="We count on you."
        )
    assert (rsvp.status, rsvp.source, seats_taken(event.id)) == (S.GOING, Source.ORGANIZER, 1)
    assert reason(rsvp) == (Reason.ORGANIZER, "We count on you.")
    mails = db.session.scalars(sa.select(OutboxMail)).all()
    assert [(mail.kind, mail.recipient) for mail in mails] == [("seat_added", "cy@example.org")]


@pytest.mark.parametrize("was", [None, S.WAITLISTED, S.REQUESTED, S.DECLINED, S.REMOVED, S.LAPSED])
def test_anybody_can_be_added_whatever_they_said_before(app: Flask, was: S | None) -> None:
    owner, event = an_own_event()
    person = a_member("Cy", "cy@example.org")
    if was is not None:
        answer_in(was, event.id, person)
    rsvp = add_attendee(owner.id, event.id, name="Cy", email="cy@example.org")
    assert (rsvp.person_id, rsvp.status, seats_taken(event.id)) == (person.id, S.GOING, 1)


def test_adding_takes_kept_back_seats_only_when_told_and_never_passes_capacity(app: Flask) -> None:
    owner, event = an_own_event(capacity=3, kept_back=2)
    say_yes(a_member().id, event.id)
    facts: dict[str, Any] = {"name": "Cy", "email": "cy@example.org"}
    with pytest.raises(Refused, match="no_seats_left") as refused:
        add_attendee(owner.id, event.id, **facts)
    assert refused.value.values == {"free": 0, "kept_back": 2}
    rsvp = add_attendee(owner.id, event.id, **facts, use_kept_back=True)
    assert reason(rsvp)[0] == Reason.KEPT_BACK
    assert (seats_taken(event.id), kept_back(event)) == (2, 1)
    with pytest.raises(Refused, match="no_seats_left"):
        add_attendee(
            owner.id,
            event.id,
            name="Di",
            email="di@example.org",
            guests=some_guests(1),
            use_kept_back=True,
        )
    assert (seats_taken(event.id), kept_back(event)) == (2, 1)


def test_the_seat_of_an_override_goes_to_the_line_when_it_is_freed(app: Flask) -> None:
    owner, event = an_own_event(capacity=2, kept_back=1)
    say_yes(a_member().id, event.id)
    waiting = say_yes(a_member().id, event.id)
    added = add_attendee(owner.id, event.id, name="Cy", email="cy@example.org", use_kept_back=True)
    say_no(added.person_id, event.id)
    db.session.refresh(waiting)
    assert (waiting.status, seats_taken(event.id)) == (S.GOING, 2)


def test_an_organizer_seats_whom_they_choose(app: Flask) -> None:
    owner, event = an_own_event(capacity=1, line_policy=LinePolicy.ORGANIZER)
    first, second, third = a_line(event, 3)
    say_no(first.person_id, event.id)
    assert statuses(event.id) == ["withdrawn", "waitlisted", "waitlisted"]
    assert say_yes(a_member().id, event.id).status == S.WAITLISTED  # nobody passes them
    for _ in range(2):
        assert seat_waiting(owner.id, event.id, third.id, word="A speaker").status == S.GOING
    with pytest.raises(Refused, match="no_seats_left"):
        seat_waiting(owner.id, event.id, second.id)
    assert reason(get_rsvp(third.id)) == (Reason.ORGANIZER, "A speaker")
    assert seats_taken(event.id) == 1


def test_the_line_moves_by_itself_once_the_organizer_chooses_no_more(app: Flask) -> None:
    owner, event = an_own_event(capacity=1, line_policy=LinePolicy.ORGANIZER)
    first, second = a_line(event, 2)
    say_no(first.person_id, event.id)
    edit_event(owner.id, event.id, a_draft(capacity=1))
    db.session.refresh(second)
    assert second.status == S.GOING


@pytest.mark.parametrize("was", [S.GOING, S.OFFERED, S.WAITLISTED, S.REQUESTED, S.INVITED])
def test_whoever_is_removed_frees_what_they_held_and_is_told_why(app: Flask, was: S) -> None:
    owner, event = an_own_event(capacity=1)
    rsvp = answer_in(was, event.id)
    next_one = say_yes(a_member().id, event.id)
    for _ in range(2):
        removed = remove_attendee(owner.id, event.id, rsvp.id, word="Sorry.")
    assert (removed.status, reason(removed)) == (S.REMOVED, (Reason.ORGANIZER, "Sorry."))
    db.session.refresh(next_one)
    assert (next_one.status, seats_taken(event.id)) == (S.GOING, 1)
    kinds = sa.select(OutboxMail.kind).where(OutboxMail.person_id == rsvp.person_id)
    assert db.session.scalars(kinds).all() == ["removed"]
    with pytest.raises(Refused, match="not_from_here"):
        say_yes(rsvp.person_id, event.id)


def test_nothing_can_be_taken_from_who_has_nothing(app: Flask) -> None:
    owner, event = an_own_event()
    rsvp = answer_in(S.DECLINED, event.id)
    with pytest.raises(Refused, match="nothing_to_remove"):
        remove_attendee(owner.id, event.id, rsvp.id)


@pytest.mark.parametrize(
    ("who", "place", "order"),
    [(2, 1, [2, 0, 1]), (0, 3, [1, 2, 0]), (0, 2, [1, 0, 2]), (1, 2, [0, 1, 2])],
)
def test_a_party_is_moved_within_the_line(
    app: Flask, who: int, place: int, order: list[int]
) -> None:
    owner, event = an_own_event(capacity=1)
    line = a_line(event, 4)[1:]
    move_in_line(owner.id, event.id, line[who].id, place=place, word="They came from afar.")
    db.session.rollback()
    db.session.expire_all()
    assert [place_in_line(line[one]) for one in order] == [1, 2, 3]
    if order != [0, 1, 2]:
        assert reason(line[who]) == (Reason.MOVED, "They came from afar.")
    assert place_in_line(say_yes(a_member().id, event.id)) == 4


@pytest.mark.parametrize(
    ("place", "word", "code"),
    [(0, "why", "no_such_place"), (4, "why", "no_such_place"), (1, "  ", "move_without_reason")],
)
def test_a_move_needs_a_place_and_a_reason(app: Flask, place: int, word: str, code: str) -> None:
    owner, event = an_own_event(capacity=1)
    line = a_line(event, 4)
    with pytest.raises(Refused, match=code):
        move_in_line(owner.id, event.id, line[1].id, place=place, word=word)
    with pytest.raises(Refused, match="not_waiting"):
        move_in_line(owner.id, event.id, line[0].id, place=1, word="why")


def test_moving_to_the_front_gives_the_seat_that_the_front_could_not_use(app: Flask) -> None:
    owner, event = an_own_event(capacity=2, smaller_may_pass=False)
    say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id, guests=some_guests(1))
    single = say_yes(a_member().id, event.id)
    assert single.status == S.WAITLISTED
    assert move_in_line(owner.id, event.id, single.id, place=1, word="Why not").status == S.GOING


def test_an_event_shrinks_as_people_leave(app: Flask) -> None:
    owner, event = an_own_event(capacity=4)
    first, second, third, fourth, fifth = a_line(event, 5)
    shrink_as_people_leave(owner.id, event.id, 2)
    assert (kept_back(event), seats_taken(event.id)) == (2, 4)
    for leaving, taken in ((first, 3), (second, 2), (third, 2)):
        say_no(leaving.person_id, event.id)
        assert seats_taken(event.id) == taken
    assert statuses(event.id) == ["withdrawn"] * 3 + ["going"] * 2
    assert fourth.id < fifth.id


@pytest.mark.parametrize("seats", [0, 4, 5])
def test_an_event_shrinks_only_to_fewer_seats(app: Flask, seats: int) -> None:
    owner, event = an_own_event(capacity=4)
    with pytest.raises(Refused, match="shrink_out_of_range"):
        shrink_as_people_leave(owner.id, event.id, seats)


def test_many_requests_are_approved_together_or_not_at_all(app: Flask) -> None:
    owner, event = an_own_event(capacity=3, requires_approval=True)
    asking = [say_yes(a_member().id, event.id, guests=some_guests(1)) for _ in range(2)]
    ids = [rsvp.id for rsvp in reversed(asking)]
    with pytest.raises(Refused, match="more_than_fit") as refused:
        approve_requests(owner.id, event.id, ids)
    assert refused.value.values == {"free": 3, "wanted": 4}
    assert statuses(event.id) == ["requested", "requested"]
    for _ in range(2):
        approve_requests(owner.id, event.id, ids, or_waitlist=True)
    assert statuses(event.id) == ["going", "waitlisted"]
    assert seats_taken(event.id) == 2


def test_somebody_elses_event_looks_absent(app: Flask) -> None:
    owner, event = an_own_event(capacity=1)
    first, second = a_line(event, 2)
    stranger = an_organizer()
    calls: list[Any] = [
        lambda: add_attendee(stranger.id, event.id, name="Cy", email="cy@example.org"),
        lambda: seat_waiting(stranger.id, event.id, second.id),
        lambda: remove_attendee(stranger.id, event.id, first.id),
        lambda: move_in_line(stranger.id, event.id, second.id, place=1, word="x"),
        lambda: approve_requests(stranger.id, event.id, [second.id]),
        lambda: shrink_as_people_leave(stranger.id, event.id, 1),
    ]
    other = an_event(owner)
    calls += [lambda: remove_attendee(owner.id, other.id, first.id)]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert statuses(event.id) == ["going", "waitlisted"]
