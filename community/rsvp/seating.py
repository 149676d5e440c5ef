"""Where seats are taken and freed, under the event's lock, and the line that moves after it."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed
from community.core.errors import Refused
from community.core.origin import origin
from community.events.models import Event, EventStatus
from community.rsvp.capacity import free_seats, next_in_line
from community.rsvp.changes import SeatGiven
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp, line_of
from community.rsvp.transitions import Act, may_become


def free_now(event: Event) -> int | None:
    """Seats free at this moment of the use-case; None when there is no limit."""
    return free_seats(event.capacity, event.kept_back, event.seats_taken)


def take_seats(event: Event, party: int) -> bool:
    """Take a party's seats if they are free, by one conditional UPDATE; says whether it did.

    The use-case has decided under the lock already. This statement, and the CHECK behind it, are
    what a fault in that decision would meet.
    """
    free = sa.or_(
        Event.capacity.is_(None), Event.capacity - Event.kept_back - Event.seats_taken >= party
    )
    taken = sa.update(Event).where(Event.id == event.id, free)
    if rows_changed(taken.values(seats_taken=Event.seats_taken + party)) != 1:
        return False
    db.session.refresh(event, ["seats_taken"])
    return True


def give_back(event: Event, party: int) -> None:
    """Free a party's seats. Whoever does so calls :func:`move_line` before the use-case ends."""
    given = sa.update(Event).where(Event.id == event.id)
    rows_changed(given.values(seats_taken=Event.seats_taken - party))
    db.session.refresh(event, ["seats_taken"])


def draw_ticket(event: Event) -> int:
    """The next place in line; the event's lock makes the numbers follow the order of arrival."""
    ticket = event.next_ticket
    event.next_ticket = ticket + 1
    return ticket


def settle(
    rsvp: Rsvp, act: Act, became: RsvpStatus, reason: Reason, *, free: int | None, word: str = ""
) -> None:
    """Move an RSVP to another state and keep why. Refuses what the table does not allow."""
    was = rsvp.status if rsvp.id is not None else None
    if became not in may_become(was, act):
        raise Refused("not_from_here", was=was.value if was else "new", act=act.value)
    rsvp.status = became
    db.session.add(rsvp)
    db.session.flush()
    who = origin()
    db.session.add(
        Decision(
            rsvp_id=rsvp.id,
            at=now(),
            actor_id=who.person_id,
            via=who.via,
            was=was,
            became=became,
            reason=reason,
            ticket=rsvp.ticket,
            party=rsvp.party_size,
            free=free,
            word=word,
        )
    )


def move_line(event: Event, reason: Reason) -> None:
    """Give free seats to those who wait, until nobody eligible is left.

    Every way in which seats become free ends here, in the transaction that freed them: no seat
    is empty while somebody eligible waits.
    """
    if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
        return
    while (free := free_now(event)) is None or free > 0:
        line = line_of(event, free)
        eligible = next_in_line(free, line, smaller_may_pass=event.smaller_may_pass)
        if eligible is None or not take_seats(event, eligible.party):
            return
        rsvp = get_rsvp(eligible.rsvp_id)
        settle(rsvp, Act.SEAT, RsvpStatus.GOING, reason, free=free)
        record(SeatGiven(rsvp.id, event.id, promoted=True))
