"""What was acknowledged to browsers, held against the database."""

import time

import sqlalchemy as sa

from community.core.db import db
from community.events.queries import find_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import PersonAddress
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from tests.reliability.pressing import Pressing
from tests.rsvp.invariants import everything_holds


def everything_is_kept(load: Pressing) -> None:
    """Each acknowledged answer is a decision, the newest is the state, and all rules hold."""
    event = find_event(load.slug)
    assert event is not None
    event_id = event.id
    everything_holds(event_id)
    rows = db.session.execute(
        sa.select(PersonAddress.address, Rsvp.status, sa.func.count(Decision.id))
        .join(Rsvp, Rsvp.person_id == PersonAddress.person_id)
        .join(Decision, Decision.rsvp_id == Rsvp.id)
        .where(Rsvp.event_id == event_id)
        .group_by(PersonAddress.address, Rsvp.status)
    ).all()
    db.session.rollback()
    here = (RsvpStatus.GOING, RsvpStatus.WAITLISTED)
    state = {address: "going" if status in here else "withdraw" for address, status, _ in rows}
    decisions = {address: count for address, _status, count in rows}
    for address, count in load.acknowledged.items():
        assert decisions[address] >= count, address
        assert state[address] == load.last.get(address, state[address]), address


def wait_for_empty_outbox(seconds: float = 90) -> None:
    """The worker goes on by itself."""
    until = time.monotonic() + seconds
    waiting = [MailState.QUEUED, MailState.SENDING]
    while True:
        left = db.session.scalar(sa.select(sa.func.count()).where(OutboxMail.state.in_(waiting)))
        db.session.rollback()
        if not left:
            return
        assert time.monotonic() < until, f"{left} mails never left"
        time.sleep(0.1)
