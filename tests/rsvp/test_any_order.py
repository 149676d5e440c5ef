"""Whatever people and organizers do in whatever order, the seats add up and everybody is told."""

import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from community.core.db import db
from community.events.models import Event
from community.notices import rsvp as notices
from community.rsvp import hand, leaving, offers, respond, seating
from community.rsvp.capacity import Waiting
from community.rsvp.models import Rsvp, RsvpStatus
from tests.evidence import Evidence
from tests.rsvp import invariants
from tests.rsvp.any_order import AnyOrder

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
LONG = settings(
    max_examples=60 if PROOF else 10,
    stateful_step_count=50 if PROOF else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# The same examples in every run, none of them kept: a fault that we made is no news.
CONTROL = settings(
    max_examples=200,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


SHOWN = "whatever people and organizers do in any order, seats, line, notices and reasons are right"


def test_everything_holds_in_any_order_of_events(app: Flask, evidence: Evidence) -> None:
    run_state_machine_as_test(AnyOrder, settings=LONG)
    evidence("R2", SHOWN, count=f"{LONG.max_examples} stories of {LONG.stateful_step_count} steps")


def _nothing(*_given: object, **_facts: object) -> None:
    """What a forgotten call does."""


def _line_stands_still(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(respond, "move_line", _nothing)


def _seats_are_not_given_back(patch: pytest.MonkeyPatch) -> None:
    for module in (respond, hand, offers):
        patch.setattr(module, "give_back", _nothing)


def _no_decision_is_kept(patch: pytest.MonkeyPatch) -> None:
    def settle(
        rsvp: Rsvp, _act: object, became: RsvpStatus, *_why: object, **_facts: object
    ) -> None:
        rsvp.status = became
        db.session.add(rsvp)
        db.session.flush()

    for module in (respond, leaving):
        patch.setattr(module, "settle", settle)


def _one_may_take_what_is_not_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(respond, "take_seats", lambda _event, _party: True)


def _who_came_last_goes_first(patch: pytest.MonkeyPatch) -> None:
    def head(event: Event, free: int | None) -> list[Waiting]:
        line = sa.select(Rsvp).where(
            Rsvp.event_id == event.id,
            Rsvp.status == RsvpStatus.WAITLISTED,
            Rsvp.party_size <= (10 if free is None else free),
        )
        newest = db.session.scalars(line.order_by(Rsvp.ticket.desc()).limit(1))
        return [Waiting(one.id, one.ticket, one.party_size) for one in newest]

    patch.setattr(seating, "head_of_line", head)


def _nobody_is_told_that_they_left(patch: pytest.MonkeyPatch) -> None:
    sent = notices.send_with_invite

    def send(name: str, *facts: object, **more: object) -> None:
        if name != "left":
            sent(name, *facts, **more)  # type: ignore[arg-type]  # as they were given

    patch.setattr(notices, "send_with_invite", send)


def _who_leaves_is_told_twice(patch: pytest.MonkeyPatch) -> None:
    sent = notices.send_with_invite

    def send(name: str, *facts: object, **more: object) -> None:
        for _ in range(2 if name == "left" else 1):
            sent(name, *facts, **more)  # type: ignore[arg-type]  # as they were given

    patch.setattr(notices, "send_with_invite", send)


# By what is taken out, the invariant that must miss it.
FAULTS: dict[Callable[[pytest.MonkeyPatch], None], Callable[..., None]] = {
    _seats_are_not_given_back: invariants.seats_add_up,
    _one_may_take_what_is_not_there: invariants.seats_add_up,
    _line_stands_still: invariants.nobody_eligible_waits,
    _who_came_last_goes_first: invariants.line_kept_its_order,
    _nobody_is_told_that_they_left: invariants.every_change_is_told_once,
    _who_leaves_is_told_twice: invariants.every_change_is_told_once,
    _no_decision_is_kept: invariants.every_state_has_a_reason,
}


def _a_story() -> None:
    """Two seats, two parties that go and two that wait; then two who go leave, and one comes."""
    told = AnyOrder()
    steps: list[Callable[[], None]] = [
        lambda: told.begin(2, may_pass=True, by_hand=False, offers=False, parties=[1, 1, 1, 1]),
        lambda: told.leave(0),
        lambda: told.remove(1),
        lambda: told.come(0, 0),
    ]
    for step in steps:
        step()
        told.everything_holds()
        told.the_line_kept_its_order()


def test_the_story_by_which_faults_are_missed_is_fine_without_one(app: Flask) -> None:
    _a_story()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_protection_that_is_taken_out_is_missed(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    evidence: Evidence,
) -> None:
    """The control of each invariant: a fault of ours, in nothing that the machine looks with."""
    fault(monkeypatch)
    with pytest.raises(AssertionError) as missed:
        _a_story()
    assert FAULTS[fault].__name__ in {entry.name for entry in missed.traceback}
    evidence("R2", SHOWN, control=f"each of {len(FAULTS)} protections taken out is missed")


@pytest.mark.parametrize("fault", FAULTS if PROOF else [_seats_are_not_given_back])
def test_and_the_search_finds_it_by_itself(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """Nobody needs to know the story."""
    fault(monkeypatch)
    with pytest.raises(AssertionError) as found:
        run_state_machine_as_test(AnyOrder, settings=CONTROL)
    assert FAULTS[fault].__name__ in {entry.name for entry in found.traceback}
