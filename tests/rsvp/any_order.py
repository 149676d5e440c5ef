"""An event to which anything happens in any order, with what must hold after each step."""

from datetime import timedelta
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.events.drafts import edit_event
from community.events.models import LinePolicy
from community.events.seats import shrink_as_people_leave
from community.membership.models import Person
from community.privacy.erasing import erase_person
from community.rsvp.approval import approve_requests, refuse_request
from community.rsvp.hand import add_attendee, move_in_line, remove_attendee, seat_waiting
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.rsvp.offers import lapse_due
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from community.rsvp.transitions import REMOVABLE, SEATED, SETTLED
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp import invariants
from tests.rsvp.states import some_guests

PEOPLE = 6
WHO = st.integers(0, PEOPLE - 1)
_FULL = {"party_over_capacity", "party_cannot_grow", "others_wait_first"}


def _expect(refused: Refused, *codes: str) -> None:
    assert refused.code in codes


class AnyOrder(RuleBasedStateMachine):
    """An event, six people, and an organizer who cannot make up their mind."""

    @initialize(
        capacity=st.integers(1, 6),
        may_pass=st.booleans(),
        by_hand=st.sampled_from([False, False, True]),
        offers=st.booleans(),
        parties=st.lists(st.integers(0, 4), min_size=PEOPLE, max_size=PEOPLE),
    )
    def begin(
        self, capacity: int, may_pass: bool, by_hand: bool, offers: bool, parties: list[int]
    ) -> None:
        owner = an_organizer()
        self.facts: dict[str, Any] = {
            "guests_allowed": 3,
            "smaller_may_pass": may_pass,
            "line_policy": LinePolicy.ORGANIZER if by_hand else LinePolicy.ARRIVAL,
            "offer_hours": 24 if offers else None,
        }
        event = an_event(owner, capacity=capacity, **self.facts)
        self.owner, self.event = owner.id, event.id
        self.people = [a_member().id for _ in range(PEOPLE)]
        self.gone: set[int] = set()
        self.line: invariants.Line = {}
        self.last = 0
        for who, party in enumerate(parties):  # so that there is a line from the start
            if party:
                self.come(who, party - 1)

    @rule(who=WHO, guests=st.integers(0, 3))
    def come(self, who: int, guests: int) -> None:
        """Also who is there already: their party grows or shrinks."""
        rsvp = self._rsvp(who)
        gone = rsvp is not None and rsvp.status in {RsvpStatus.REMOVED, RsvpStatus.REFUSED}
        try:
            rsvp = say_yes(self.people[who], self.event, guests=some_guests(guests))
        except Refused as refused:
            _expect(refused, *({"not_from_here"} if gone else _FULL))
        else:
            # A waiting party that shrinks may be the next, whose seats are held for a while.
            assert rsvp.status in SETTLED | {RsvpStatus.OFFERED}

    @rule(who=WHO)
    def leave(self, who: int) -> None:
        assert say_no(self.people[who], self.event).status not in SEATED

    @rule(
        capacity=st.sampled_from([None, *range(1, 15)]),
        kept_back=st.integers(0, 3),
        requires_approval=st.sampled_from([False, False, False, True]),
    )
    def edit(self, capacity: int | None, kept_back: int, requires_approval: bool) -> None:
        facts = {
            **self.facts,
            "capacity": capacity,
            "kept_back": min(kept_back, capacity or 0),
            "requires_approval": requires_approval,
        }
        try:
            edit_event(self.owner, self.event, a_draft(**facts))
        except Refused as refused:
            _expect(refused, "below_seats_taken")

    @rule(who=st.sets(WHO, max_size=3), or_waitlist=st.booleans())
    def approve(self, who: set[int], or_waitlist: bool) -> None:
        ids = [rsvp.id for one in sorted(who) if (rsvp := self._rsvp(one))]
        try:
            approve_requests(self.owner, self.event, ids, or_waitlist=or_waitlist)
        except Refused as refused:
            _expect(refused, "more_than_fit")

    @rule(who=WHO)
    def refuse(self, who: int) -> None:
        rsvp = self._rsvp(who)
        if rsvp is not None and rsvp.status == RsvpStatus.REQUESTED:
            refuse_request(self.owner, self.event, rsvp.id)

    @rule(who=WHO)
    def remove(self, who: int) -> None:
        rsvp = self._rsvp(who)
        if rsvp is not None and rsvp.status in REMOVABLE:
            remove_attendee(self.owner, self.event, rsvp.id)

    @rule(who=WHO, reserve=st.booleans())
    def invite(self, who: int, reserve: bool) -> None:
        """With a seat that is kept for two hours, or without."""
        person = db.session.get_one(Person, self.people[who])
        until = now() + timedelta(hours=2) if reserve else None
        invitee = Invitee(str(person.address), person.name)
        invite_people(self.owner, self.event, [invitee], reserve_until=until)

    @rule(who=WHO, use_kept_back=st.booleans())
    def add(self, who: int, use_kept_back: bool) -> None:
        person = db.session.get_one(Person, self.people[who])
        name, email = person.name, str(person.address)
        try:
            add_attendee(
                self.owner, self.event, name=name, email=email, use_kept_back=use_kept_back
            )
        except Refused as refused:
            _expect(refused, "no_seats_left")

    @rule(who=WHO, use_kept_back=st.booleans())
    def seat(self, who: int, use_kept_back: bool) -> None:
        rsvp = self._rsvp(who)
        if rsvp is None or rsvp.status != RsvpStatus.WAITLISTED:
            return
        try:
            seat_waiting(self.owner, self.event, rsvp.id, use_kept_back=use_kept_back)
        except Refused as refused:
            _expect(refused, "no_seats_left")

    @rule(who=WHO, place=st.integers(1, PEOPLE))
    def move(self, who: int, place: int) -> None:
        rsvp = self._rsvp(who)
        if rsvp is None or rsvp.status != RsvpStatus.WAITLISTED:
            return
        try:
            move_in_line(self.owner, self.event, rsvp.id, place=place, word="They asked.")
        except Refused as refused:
            _expect(refused, "no_such_place")

    @rule(seats=st.integers(1, 5))
    def shrink(self, seats: int) -> None:
        try:
            shrink_as_people_leave(self.owner, self.event, seats)
        except Refused as refused:
            _expect(refused, "shrink_out_of_range")

    @rule(hours=st.sampled_from([1, 30]))
    def let_time_pass(self, hours: int) -> None:
        """The worker looks for what ran out; the clock goes on for this look alone."""
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            lapse_due()

    def _rsvp(self, who: int) -> Rsvp | None:
        db.session.rollback()
        db.session.expire_all()
        return find_rsvp(self.event, self.people[who])

    @rule(who=WHO)
    def erase(self, who: int) -> None:
        """They are gone for good, and somebody who is new takes their place in this test."""
        erase_person(self.people[who])
        self.gone.add(self.people[who])
        self.people[who] = a_member().id

    @invariant()
    def everything_holds(self) -> None:
        invariants.everything_holds(self.event, self.gone)

    @invariant()
    def the_line_kept_its_order(self) -> None:
        new = invariants.decisions_of(self.event, after=self.last)
        if any(decision.reason == Reason.MOVED for decision in new):
            invariants.deal_anew(self.event, self.line)
        invariants.line_kept_its_order(self.event, self.line, new)
        self.last = max([self.last, *(decision.id for decision in new)])
