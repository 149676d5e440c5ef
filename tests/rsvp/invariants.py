"""What holds of an event's answers whatever was done to them, in whatever order."""

from collections import Counter
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event, LinePolicy
from community.mail.models import OutboxMail
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus

# What somebody is told when they come to be in a state.
_TOLD = {
    RsvpStatus.GOING: "seat",
    RsvpStatus.OFFERED: "offered",
    RsvpStatus.WAITLISTED: "waitlisted",
    RsvpStatus.WITHDRAWN: "left",
    RsvpStatus.REQUESTED: "requested",
    RsvpStatus.REFUSED: "refused",
    RsvpStatus.REMOVED: "removed",
    RsvpStatus.LAPSED: "lapsed",
    RsvpStatus.INVITED: "event_invitation",
}
_SEAT = {"seat_given": "seat", "seat_added": "seat"}
# Why a party was seated when nobody chose it.
_BY_THE_LINE = {Reason.FREED_SEAT, Reason.MORE_SEATS, Reason.OFFERED}
Line = dict[int, tuple[int, int]]  # by RSVP that waits, its ticket and the size of its party


def fresh(event_id: int) -> tuple[Event, list[Rsvp]]:
    """The event and all answers to it, as they are stored, in order of tickets."""
    db.session.rollback()
    db.session.expire_all()
    answers = sa.select(Rsvp).where(Rsvp.event_id == event_id).order_by(Rsvp.ticket)
    return db.session.get_one(Event, event_id), list(db.session.scalars(answers))


def decisions_of(event_id: int, *, after: int = 0) -> Sequence[Decision]:
    """Why the answers became what they are, in the order in which that was decided."""
    found = sa.select(Decision).join(Rsvp).where(Rsvp.event_id == event_id, Decision.id > after)
    return db.session.scalars(found.order_by(Decision.id)).all()


def seats_add_up(event_id: int) -> None:
    """1: what is taken is the sum of the parties that have seats, and never passes capacity."""
    event, rsvps = fresh(event_id)
    held = sum(rsvp.party_size for rsvp in rsvps if rsvp.holds_seats)
    assert event.seats_taken == held
    assert event.capacity is None or held <= event.capacity


def nobody_eligible_waits(event_id: int) -> None:
    """2: no seat is free while somebody waits who may have it."""
    event, rsvps = fresh(event_id)
    line = [rsvp.party_size for rsvp in rsvps if rsvp.status == RsvpStatus.WAITLISTED]
    if event.line_policy == LinePolicy.ORGANIZER:
        return  # nobody is next but whom the organizer chooses
    if not event.smaller_may_pass:
        line = line[:1]
    if event.capacity is None:
        assert line == []
    else:
        free = event.capacity - event.kept_back - event.seats_taken
        assert all(party > free for party in line)


def line_kept_its_order(event_id: int, line: Line, decisions: Sequence[Decision]) -> None:
    """3: whom the line seated by itself was the first who was eligible at that moment.

    ``line`` is who waited before these decisions, and is brought up to date.
    """
    event, _rsvps = fresh(event_id)
    one_by_one, by_hand = not event.smaller_may_pass, event.line_policy == LinePolicy.ORGANIZER
    for decision in decisions:
        me, free = decision.rsvp_id, decision.free
        if decision.was == RsvpStatus.WAITLISTED and decision.reason in _BY_THE_LINE:
            assert not by_hand, "nobody chose this party"
            assert free is None or decision.party <= free
            ahead = [party for ticket, party in line.values() if ticket < decision.ticket]
            fitting = [party for party in ahead if free is None or party <= free]
            assert not (ahead if one_by_one else fitting), "somebody was passed over"
        if decision.reason == Reason.SEAT_FREE:
            assert not line or not (one_by_one or by_hand), "a newcomer passed those who wait"
        if decision.became == RsvpStatus.WAITLISTED:
            line[me] = decision.ticket, decision.party
        else:
            line.pop(me, None)


def deal_anew(event_id: int, line: Line) -> None:
    """An organizer moved somebody, which gives others new tickets and is no decision on them."""
    _event, rsvps = fresh(event_id)
    ticket = {rsvp.id: rsvp.ticket for rsvp in rsvps}
    for rsvp_id, (_old, party) in line.items():
        line[rsvp_id] = ticket[rsvp_id], party


def every_change_is_told_once(event_id: int, gone: Collection[int] = ()) -> None:
    """4: everybody hears of each change of state that concerns them exactly once.

    But for those who are ``gone``: whoever was erased is not written to.
    """
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Rsvp.person_id, Decision)
        .join(Decision.rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.person_id.not_in(gone))
    )
    due = Counter((person, mail) for person, decision in rows if (mail := _due(decision)))
    mails = db.session.execute(
        sa.select(OutboxMail.person_id, OutboxMail.kind).where(
            OutboxMail.event_id == event_id,
            OutboxMail.person_id.is_not(None),
            OutboxMail.person_id.not_in(gone),
        )
    )
    assert Counter((person, _SEAT.get(kind, kind)) for person, kind in mails) == due


def _due(decision: Decision) -> str | None:
    """The mail that follows a decision, if any."""
    if (decision.was, decision.became) == (RsvpStatus.INVITED, RsvpStatus.DECLINED):
        return "left"  # whoever has the mailed link can say no
    if decision.was != decision.became:
        return _TOLD.get(decision.became)
    return "party_changed" if decision.reason in {Reason.GREW, Reason.SHRANK} else None


def every_state_has_a_reason(event_id: int) -> None:
    """5: the newest decision of an answer led to what it is, from what the one before led to."""
    _event, rsvps = fresh(event_id)
    state: dict[int, RsvpStatus] = {}
    for decision in decisions_of(event_id):
        assert decision.was == state.get(decision.rsvp_id)
        state[decision.rsvp_id] = decision.became
    assert state == {rsvp.id: rsvp.status for rsvp in rsvps}


def tickets_and_parties_are_whole(event_id: int) -> None:
    """No ticket was given twice, and every head of a party has its row."""
    event, rsvps = fresh(event_id)
    tickets = [rsvp.ticket for rsvp in rsvps]
    assert len(set(tickets)) == len(tickets)
    assert all(ticket < event.next_ticket for ticket in tickets)
    heads = dict(
        iter(
            db.session.execute(
                sa.select(Rsvp.id, sa.func.count())
                .join(Rsvp.attendees)
                .where(Rsvp.event_id == event_id)
                .group_by(Rsvp.id)
            )
        )
    )
    assert heads == {rsvp.id: rsvp.party_size for rsvp in rsvps}


def everything_holds(event_id: int, gone: Collection[int] = ()) -> None:
    """All of it but the order, which needs to know who waited before."""
    seats_add_up(event_id)
    nobody_eligible_waits(event_id)
    every_state_has_a_reason(event_id)  # before what is told: that follows from the reasons
    every_change_is_told_once(event_id, gone)
    tickets_and_parties_are_whole(event_id)
