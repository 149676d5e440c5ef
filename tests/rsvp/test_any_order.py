"""Whatever people and organizers do in whatever order, the seats add up and everybody is told."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from community.core.db import db
from community.core.errors import Refused
from community.events.drafts import edit_event
from community.events.models import Event
from community.mail.models import OutboxMail
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.respond import say_no, say_yes
from community.rsvp.transitions import SEATED
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import some_guests

PEOPLE = 6
WHO = st.integers(0, PEOPLE - 1)
_MAILS = {
    RsvpStatus.GOING: "seat_given",
    RsvpStatus.WAITLISTED: "waitlisted",
    RsvpStatus.WITHDRAWN: "left",
    RsvpStatus.REQUESTED: "requested",
}


def _expect(refused: Refused, code: str) -> None:
    assert refused.code == code


class AnyOrder(RuleBasedStateMachine):
    """An event, six people, and an organizer who cannot make up their mind."""

    @initialize(
        capacity=st.integers(1, 6),
        may_pass=st.booleans(),
        parties=st.lists(st.integers(0, 4), min_size=PEOPLE, max_size=PEOPLE),
    )
    def begin(self, capacity: int, may_pass: bool, parties: list[int]) -> None:
        owner = an_organizer()
        event = an_event(owner, capacity=capacity, guests_allowed=3)
        event.smaller_may_pass = may_pass
        db.session.commit()  # no form has it yet
        self.owner, self.event = owner.id, event.id
        self.people = [a_member().id for _ in range(PEOPLE)]
        for who, party in enumerate(parties):  # so that there is a line from the start
            if party:
                self.come(who, party - 1)

    @rule(who=WHO, guests=st.integers(0, 3))
    def come(self, who: int, guests: int) -> None:
        try:
            rsvp = say_yes(self.people[who], self.event, guests=some_guests(guests))
        except Refused as refused:
            _expect(refused, "party_over_capacity")
        else:
            assert rsvp.status in {RsvpStatus.GOING, RsvpStatus.WAITLISTED, RsvpStatus.REQUESTED}

    @rule(who=WHO)
    def leave(self, who: int) -> None:
        assert say_no(self.people[who], self.event).status not in SEATED

    @rule(
        capacity=st.sampled_from([None, *range(1, 15)]),
        kept_back=st.integers(0, 3),
        requires_approval=st.sampled_from([False, False, False, True]),
    )
    def edit(self, capacity: int | None, kept_back: int, requires_approval: bool) -> None:
        facts: dict[str, Any] = {
            "capacity": capacity,
            "kept_back": min(kept_back, capacity or 0),
            "guests_allowed": 3,
            "requires_approval": requires_approval,
        }
        try:
            edit_event(self.owner, self.event, a_draft(**facts))
        except Refused as refused:
            _expect(refused, "below_seats_taken")

    def _event(self) -> Event:
        db.session.rollback()
        db.session.expire_all()
        return db.session.get_one(Event, self.event)

    def _rsvps(self) -> list[Rsvp]:
        found = sa.select(Rsvp).where(Rsvp.event_id == self.event).order_by(Rsvp.ticket)
        return list(db.session.scalars(found))

    @invariant()
    def seats_add_up(self) -> None:
        event = self._event()
        held = sum(rsvp.party_size for rsvp in self._rsvps() if rsvp.status in SEATED)
        assert event.seats_taken == held
        assert event.capacity is None or held <= event.capacity

    @invariant()
    def nobody_eligible_waits(self) -> None:
        event = self._event()
        line = [rsvp.party_size for rsvp in self._rsvps() if rsvp.status == RsvpStatus.WAITLISTED]
        if not event.smaller_may_pass:
            line = line[:1]
        if event.capacity is None:
            assert line == []
        else:
            free = event.capacity - event.kept_back - event.seats_taken
            assert all(party > free for party in line)

    @invariant()
    def every_state_has_a_reason_and_every_change_one_mail(self) -> None:
        event, rsvps = self._event(), self._rsvps()
        decisions = db.session.scalars(
            sa.select(Decision).join(Rsvp).where(Rsvp.event_id == event.id).order_by(Decision.id)
        ).all()
        newest = {decision.rsvp_id: decision.became for decision in decisions}
        assert newest == {rsvp.id: rsvp.status for rsvp in rsvps}
        due = Counter(_MAILS[d.became] for d in decisions if d.became in _MAILS)
        mails = sa.select(OutboxMail.kind).where(OutboxMail.event_id == event.id)
        assert Counter(db.session.scalars(mails)) == due

    @invariant()
    def tickets_and_parties_are_whole(self) -> None:
        event, rsvps = self._event(), self._rsvps()
        tickets = [rsvp.ticket for rsvp in rsvps]
        assert len(set(tickets)) == len(tickets)
        assert all(ticket < event.next_ticket for ticket in tickets)
        assert all(len(rsvp.attendees) == rsvp.party_size for rsvp in rsvps)


@pytest.mark.slow
def test_the_seats_add_up_in_any_order_of_events(app: Flask) -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
