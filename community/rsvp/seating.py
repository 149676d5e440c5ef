"""Where seats are taken and freed, under the event's lock, and the line that moves after it."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed
from community.core.errors import Refused
from community.core.origin import origin
from community.events.models import Event, EventStatus
from community.rsvp.capacity import free_seats, next_in_line, offered_until
from community.rsvp.changes import SeatGiven, SeatOffered
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp, head_of_line, line_of
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


def take_kept_seats(event: Event, party: int) -> bool:
    """The same with seats that are kept back, as far as the free ones do not suffice.

    Those that it needs are kept back no longer: they were kept for this. Never passes capacity.
    """
    free = free_now(event)
    missing = 0 if free is None else max(0, party - free)
    left = sa.or_(Event.capacity.is_(None), Event.capacity - Event.seats_taken >= party)
    taken = sa.update(Event).where(Event.id == event.id, left, Event.kept_back >= missing)
    values = {
        "seats_taken": Event.seats_taken + party,
        "kept_back": Event.kept_back - missing,
        # A form that was opened before shows another number: it must not put that back unread.
        "version": Event.version + int(missing > 0),
    }
    if rows_changed(taken.values(values)) != 1:
        return False
    db.session.refresh(event, ["seats_taken", "kept_back", "version"])
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
    """Give free seats to those who wait, or offer them, until nobody eligible is left.

    Every way in which seats become free ends here, in the transaction that freed them: no seat
    is empty while somebody eligible waits.
    """
    if event.status != EventStatus.PUBLISHED or event.ends_at <= now():
        return
    while (free := free_now(event)) is None or free > 0:
        eligible = next_in_line(line_of(event), free, head_of_line(event, free))
        if eligible is None or not take_seats(event, eligible.party):
            return
        _seat_or_offer(event, get_rsvp(eligible.rsvp_id), reason, free)


def _seat_or_offer(event: Event, rsvp: Rsvp, reason: Reason, free: int | None) -> None:
    until = offered_until(now(), event.starts_at, event.offer_hours)
    if until is None:
        settle(rsvp, Act.SEAT, RsvpStatus.GOING, reason, free=free)
        record(SeatGiven(rsvp.id, event.id, promoted=True))
    else:
        rsvp.reserved_until = until
        settle(rsvp, Act.SEAT, RsvpStatus.OFFERED, Reason.OFFERED, free=free)
        record(SeatOffered(rsvp.id, event.id))
