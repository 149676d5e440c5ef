"""Presses that come late, twice, or out of order: the first one wins, and none counts twice."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event, HostRole
from community.events.team import add_helper
from community.organizing.door import turnout
from community.organizing.models import AuditEntry
from community.rsvp import presses as sent
from community.rsvp.checkin import check_in, undo_check_in
from community.rsvp.entries import PRESSES_KEPT, Pressed, entry_of, forget_presses
from community.rsvp.models import Attendee
from community.rsvp.party import Guest
from community.rsvp.press_models import DoorPress
from community.rsvp.presses import Press, take_presses
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer


def pressed(head: int, at: datetime, way: str = "in", key: str = "") -> Press:
    return Press(key or str(uuid4()), head, way == "in", at)


def at_the_door(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift), tick=False)


def minute(event: Event, number: float) -> datetime:
    return event.starts_at + timedelta(minutes=number)


def since(head: int) -> datetime | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Attendee.checked_in_at).where(Attendee.id == head))


def test_a_press_from_before_the_outage_ended_keeps_its_time(app: Flask) -> None:
    owner = an_organizer("Olga")
    event = an_event(owner)
    head = say_yes(a_member("Ada").id, event.id).head.id
    with at_the_door(event, minutes=40):
        [outcome] = take_presses(owner.id, event.id, [pressed(head, minute(event, 5))])
    assert (outcome.since, outcome.by, outcome.refused) == (minute(event, 5), "Olga", None)
    assert since(head) == minute(event, 5)


def test_of_two_doors_the_earlier_press_wins_though_it_arrives_later(app: Flask) -> None:
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    head = say_yes(a_member("Ada").id, event.id).head.id
    with at_the_door(event, minutes=10):
        check_in(owner.id, event.id, head)
    with at_the_door(event, minutes=40):
        [outcome] = take_presses(dora.id, event.id, [pressed(head, minute(event, 5))])
        assert (outcome.since, outcome.by) == (minute(event, 5), "Dora")
        [outcome] = take_presses(dora.id, event.id, [pressed(head, minute(event, 20))])
        assert (outcome.since, outcome.by) == (minute(event, 5), "Dora")
        assert turnout(event).inside == 1


def test_where_a_later_press_counted_the_earlier_one_would_lose(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what the rule is for."""
    monkeypatch.setattr(sent, "entry_of", lambda presses: max(presses, key=lambda one: one.at))
    owner = an_organizer()
    event = an_event(owner)
    head = say_yes(a_member("Ada").id, event.id).head.id
    with at_the_door(event, minutes=10):
        check_in(owner.id, event.id, head)
    with at_the_door(event, minutes=40):
        take_presses(owner.id, event.id, [pressed(head, minute(event, 5))])
    assert since(head) == minute(event, 10)


def test_the_same_press_sent_again_does_nothing_not_even_after_it_was_taken_back(
    app: Flask,
) -> None:
    owner = an_organizer()
    event = an_event(owner)
    head = say_yes(a_member().id, event.id).head.id
    press = pressed(head, minute(event, 5))
    with at_the_door(event, minutes=6):
        for _ in range(3):
            take_presses(owner.id, event.id, [press, press])
    with at_the_door(event, minutes=7):
        undo_check_in(owner.id, event.id, head)
        [outcome] = take_presses(owner.id, event.id, [press])
        assert outcome.since is None
    assert since(head) is None
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if "Check" in one] == ["CheckedIn", "CheckInReverted"]


def test_without_the_keys_a_press_sent_again_would_act_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what the keys are for."""
    monkeypatch.setattr(sent, "_is_known", lambda _key: False)
    owner = an_organizer()
    event = an_event(owner)
    head = say_yes(a_member().id, event.id).head.id
    press = pressed(head, minute(event, 5))
    with at_the_door(event, minutes=6):
        take_presses(owner.id, event.id, [press])
        with pytest.raises(sa.exc.IntegrityError):  # the unique key is behind it
            take_presses(owner.id, event.id, [press])


def test_in_whatever_order_presses_arrive_they_lead_to_the_same(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    story = [(1, "in"), (2, "out"), (3, "in"), (4, "in")]
    for order in permutations(story):
        head = say_yes(a_member().id, event.id).head.id
        with at_the_door(event, minutes=30):
            for number, way in order:
                take_presses(owner.id, event.id, [pressed(head, minute(event, number), way)])
        assert since(head) == minute(event, 3), order


def test_the_press_that_counts_is_the_first_after_the_last_that_took_it_back() -> None:
    at = [datetime(2026, 7, 16, 18, n, tzinfo=UTC) for n in range(6)]
    ins = [Pressed(at[n], 1, lets_in=True) for n in (1, 3, 5)]
    assert entry_of([]) is None
    assert entry_of(ins) == ins[0]
    assert entry_of([*ins, Pressed(at[2], 1, lets_in=False)]) == ins[1]
    assert entry_of([*ins, Pressed(at[5], 1, lets_in=False)]) is None


def test_a_phone_whose_clock_is_wrong_moves_nobody_out_of_the_evening(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    early, late = (say_yes(a_member().id, event.id).head.id for _ in range(2))
    with at_the_door(event, minutes=30):
        long_ago, tomorrow = minute(event, -60 * 24 * 900), minute(event, 60 * 24)
        take_presses(owner.id, event.id, [pressed(early, long_ago), pressed(late, tomorrow)])
    assert since(early) == minute(event, -6 * 60)
    assert since(late) == minute(event, 30)


def test_a_press_for_somebody_who_withdrew_meanwhile_is_reported_and_the_others_count(
    app: Flask,
) -> None:
    owner = an_organizer()
    event, other = an_event(owner, guests_allowed=1), an_event(owner)
    ada = say_yes(a_member("Ada").id, event.id, guests=[Guest("Bo")])
    elsewhere = say_yes(a_member().id, other.id).head.id
    cy = say_yes(a_member("Cy").id, event.id).head.id
    dropped = ada.guests[0].id
    with at_the_door(event, minutes=-30):
        say_yes(ada.person_id, event.id, guests=[])
        say_no(ada.person_id, event.id)
    heads = [ada.head.id, dropped, elsewhere, 987654, cy]
    with at_the_door(event, minutes=30):
        batch = [pressed(head, minute(event, 5)) for head in heads]
        outcomes = take_presses(owner.id, event.id, batch)
    codes = [outcome.refused and outcome.refused.code for outcome in outcomes]
    assert codes == ["withdrew", "head_gone", "head_gone", "head_gone", None]
    assert [since(head) is not None for head in heads] == [False, False, False, False, True]


def test_two_phones_that_send_the_same_heads_at_once_count_each_once(app: Flask) -> None:
    owner, admin = an_organizer("Olga"), an_admin("Ann")
    event = an_event(owner)
    heads = [say_yes(a_member().id, event.id).head.id for _ in range(8)]
    event_id, ids = event.id, (owner.id, admin.id)
    with at_the_door(event, minutes=30):
        batches = [
            [
                pressed(head, minute(event, n + turn))
                for n, head in enumerate(heads[:: 1 - 2 * turn])
            ]
            for turn in (0, 1)
        ]
        answers = at_once(
            app,
            [
                lambda i=i, b=b: take_presses(i, event_id, b)
                for i, b in zip(ids, batches, strict=True)
            ],
        )
    assert [len(answer) for answer in answers if isinstance(answer, list)] == [8, 8]
    event = db.session.get_one(Event, event_id)
    assert turnout(event).inside == 8
    for n, head in enumerate(heads):
        assert since(head) == min(minute(event, n), minute(event, 8 - n))


def test_presses_are_for_who_stands_at_this_door_while_it_is_open(app: Flask) -> None:
    owner, stranger = an_organizer(), an_organizer()
    event = an_event(owner)
    head = say_yes(a_member().id, event.id).head.id
    with at_the_door(event), pytest.raises(NotFound):
        take_presses(stranger.id, event.id, [pressed(head, minute(event, 0))])
    with at_the_door(event, days=3), pytest.raises(Refused, match="door_over"):
        take_presses(owner.id, event.id, [pressed(head, minute(event, 0))])
    assert since(head) is None


def test_who_leaves_and_comes_back_is_not_let_in_by_presses_of_before(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    rsvp = say_yes(a_member().id, event.id)
    head = rsvp.head.id
    with at_the_door(event, minutes=-60):
        check_in(owner.id, event.id, head)
        say_no(rsvp.person_id, event.id)
        say_yes(rsvp.person_id, event.id)
        take_presses(owner.id, event.id, [pressed(head, minute(event, -61), "out")])
    assert since(head) is None


def test_old_presses_are_let_go_and_who_came_stays(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    head = say_yes(a_member().id, event.id).head.id
    with at_the_door(event):
        check_in(owner.id, event.id, head)
        assert forget_presses() == 0
    with time_machine.travel(event.starts_at + PRESSES_KEPT + timedelta(hours=1)):
        assert forget_presses() == 1
    assert db.session.scalar(sa.select(sa.func.count(DoorPress.id))) == 0
    assert since(head) is not None


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("days", [-3, 3])
@pytest.mark.parametrize("ways", ["in out", "out in", "in out in"])
def test_presses_of_a_phone_with_a_wrong_date_keep_their_order(
    app: Flask, days: int, ways: str, size: int
) -> None:
    owner = an_organizer()
    event = an_event(owner)
    head = say_yes(a_member().id, event.id).head.id
    wrong = minute(event, days * 24 * 60)
    made = [
        pressed(head, wrong + timedelta(seconds=number), way)
        for number, way in enumerate(ways.split())
    ]
    with at_the_door(event, minutes=40):
        for first in range(0, len(made), size):
            outcomes = take_presses(owner.id, event.id, made[first : first + size])
    assert (outcomes[-1].since is not None) == ways.endswith("in")
    assert (since(head) is not None) == ways.endswith("in")
