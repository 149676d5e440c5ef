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
from tests.rsvp.any_order import AnyOrder

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
LONG = settings(
    max_examples=600 if PROOF else 10,
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


def test_everything_holds_in_any_order_of_events(app: Flask) -> None:
    run_state_machine_as_test(AnyOrder, settings=LONG)


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


@pytest.mark.parametrize(
    "fault",
    [
        _line_stands_still,
        _seats_are_not_given_back,
        _no_decision_is_kept,
        _one_may_take_what_is_not_there,
        _who_came_last_goes_first,
        _nobody_is_told_that_they_left,
    ],
)
def test_a_protection_that_is_taken_out_is_missed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The control of each invariant: a fault of ours, in nothing that the machine looks with."""
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(AnyOrder, settings=CONTROL)
