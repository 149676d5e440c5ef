"""Hundreds of answers, withdrawals and edits at the same moment leave nothing wrong."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core import db as database
from community.core.db import db, transactional
from community.core.errors import Refused
from community.events.drafts import edit_event
from community.membership.joining import person_at
from community.rsvp import respond
from community.rsvp.approval import approve_requests
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.respond import say_no, say_yes
from tests.evidence import Evidence
from tests.factories.events import a_draft, an_event
from tests.factories.people import an_organizer
from tests.journeys import unguarded
from tests.rsvp import invariants
from tests.rsvp.states import some_guests

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
SEEDS = range(20) if PROOF else range(1)
ACTS, PEOPLE = (2_000, 400) if PROOF else (200, 60)
SHOWN = "answers, withdrawals and edits in ten threads at once leave nothing wrong"
THREADS = 10  # fewer than there are connections: on a busy machine a turn may take long to come


@transactional
def _crowd(count: int) -> list[int]:
    return [person_at(f"guest{n}@example.org", name=f"Guest {n}").id for n in range(count)]


class Storm:
    """An event, its people, and what they do to it, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.may_pass = self.chance.random() < 0.5
        owner = an_organizer()
        self.owner, self.people = owner.id, _crowd(PEOPLE)
        self.event = an_event(owner, **self._facts(PEOPLE // 3)).id

    def _facts(self, capacity: int) -> dict[str, object]:
        return {
            "capacity": capacity,
            "guests_allowed": 3,
            "smaller_may_pass": self.may_pass,
            "offer_hours": None,
        }

    def acts(self) -> list[Callable[[], object]]:
        """Three in five come, or come with another party; one in four leaves; the rest edits."""
        makers = [self._come, self._leave, self._edit, self._approve]
        return [
            self.chance.choices(makers, [60, 25, 10, 5])[0](self.chance.choice(self.people))
            for _ in range(ACTS)
        ]

    def _come(self, who: int) -> Callable[[], object]:
        party = some_guests(self.chance.randint(0, 3))
        return lambda: say_yes(who, self.event, guests=party)

    def _leave(self, who: int) -> Callable[[], object]:
        return lambda: say_no(who, self.event)

    def _edit(self, _who: int) -> Callable[[], object]:
        facts = self._facts(self.chance.randint(PEOPLE // 6, PEOPLE // 2))
        facts["kept_back"] = self.chance.randint(0, 5)
        facts["requires_approval"] = self.chance.random() < 0.3
        return lambda: edit_event(self.owner, self.event, a_draft(**facts))

    def _approve(self, _who: int) -> Callable[[], object]:
        def approve() -> None:
            asked = sa.select(Rsvp.id).where(
                Rsvp.event_id == self.event, Rsvp.status == RsvpStatus.REQUESTED
            )
            ids = db.session.scalars(asked.order_by(Rsvp.ticket).limit(5)).all()
            approve_requests(self.owner, self.event, ids, or_waitlist=True)

        return approve

    def rage(self, app: Flask) -> list[Exception]:
        """Do all of it in many threads; what was raised, but for refusals."""
        acts = self.acts()
        db.session.rollback()

        def do(act: Callable[[], object]) -> Exception | None:
            with app.app_context():
                try:
                    act()
                except Refused:
                    return None
                except Exception as error:
                    return error
            return None

        with ThreadPoolExecutor(THREADS) as threads:
            raised = [error for error in threads.map(do, acts) if error is not None]
        db.session.expire_all()
        return raised


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds_after_a_storm(
    app: Flask, seed: int, evidence: Evidence, request: pytest.FixtureRequest
) -> None:
    storm = Storm(seed)
    assert storm.rage(app) == []
    invariants.everything_holds(storm.event)
    invariants.line_kept_its_order(storm.event, {}, invariants.decisions_of(storm.event))
    _event, rsvps = invariants.fresh(storm.event)
    assert len(rsvps) > PEOPLE / 2, "a storm in which nobody comes is none"
    # Other processes have their part of them; if one fails, so does the row.
    here = request.node.name.replace(f"-{seed}]", "-")
    seeds = sum(item.name.startswith(here) for item in request.session.items)
    evidence("R2", SHOWN, count=f"{seeds} seeds of {ACTS:,} acts by {PEOPLE} people")


def test_without_the_lock_a_storm_leaves_a_trail(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control. SQLite lets nobody write who read before another wrote, and raises instead."""
    storm = Storm(0)
    monkeypatch.setattr(database, "_writing", unguarded.write_without_lock)
    monkeypatch.setattr(respond, "lock_event", unguarded.lock_nothing)
    monkeypatch.setattr(respond, "take_seats", unguarded.take_without_looking)
    raised = storm.rage(app)
    monkeypatch.undo()
    if not raised:
        with pytest.raises(AssertionError):
            invariants.everything_holds(storm.event)
    evidence("R2", SHOWN, control="without the lock: too many seats, or errors")
