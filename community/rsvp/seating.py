"""Where seats are taken and freed, under the event's lock, and the line that moves after it."""

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from community.core.clock import now
from community.core.db import db, execute_plain, record
from community.core.errors import Refused
from community.core.origin import origin
from community.events.models import Event, EventStatus
from community.rsvp.capacity import free_seats, next_in_line, offered_until
from community.rsvp.changes import SeatGiven, SeatOffered
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.party import add_party
from community.rsvp.queries import get_rsvp, head_of_line, line_of
from community.rsvp.transitions import Act, may_become

# Made once: the event is locked meanwhile, and building them takes longer than their answer.
_events: sa.Table = Event.metadata.tables["events"]
_now = _events.c
_party: sa.BindParameter[int] = sa.bindparam("party", type_=sa.Integer)
_missing: sa.BindParameter[int] = sa.bindparam("missing", type_=sa.Integer)
_free = _now.capacity - _now.kept_back - _now.seats_taken >= _party
_left = _now.capacity - _now.seats_taken >= _party
_change = (
    sa.update(_events)
    .where(_now.id == sa.bindparam("event_id"))
    .returning(_now.seats_taken, _now.kept_back, _now.version, _now.next_ticket)
)
_GIVE_BACK = _change.values(seats_taken=_now.seats_taken - _party)
# Plain: an object of its own would cost as much as all else that is written.
_DECIDE = sa.insert(Decision.metadata.tables["decisions"]).inline()
_DRAW = _change.values(next_ticket=_now.next_ticket + 1)
_TAKE = _change.where(sa.or_(_now.capacity.is_(None), _free)).values(
    seats_taken=_now.seats_taken + _party
)
_TAKE_KEPT = _change.where(
    sa.or_(_now.capacity.is_(None), _left), _now.kept_back >= _missing
).values(
    seats_taken=_now.seats_taken + _party,
    kept_back=_now.kept_back - _missing,
    version=_now.version + sa.bindparam("unread", type_=sa.Integer),
)


def free_now(event: Event) -> int | None:
    """Seats free at this moment of the use-case; None when there is no limit."""
    return free_seats(event.capacity, event.kept_back, event.seats_taken)


def take_seats(event: Event, party: int) -> bool:
    """Take a party's seats if they are free, by one conditional UPDATE; says whether it did.

    The use-case has decided under the lock already. This statement, and the CHECK behind it, are
    what a fault in that decision would meet.
    """
    return _changed(event, _TAKE, party=party)


def take_kept_seats(event: Event, party: int) -> bool:
    """The same with seats that are kept back, as far as the free ones do not suffice.

    Those that it needs are kept back no longer: they were kept for this. Never passes capacity.
    """
    free = free_now(event)
    missing = 0 if free is None else max(0, party - free)
    # A form that was opened before shows another number: it must not put that back unread.
    return _changed(event, _TAKE_KEPT, party=party, missing=missing, unread=int(missing > 0))


def give_back(event: Event, party: int) -> None:
    """Free a party's seats. Whoever does so calls :func:`move_line` before the use-case ends."""
    _changed(event, _GIVE_BACK, party=party)


def _changed(event: Event, statement: sa.UpdateBase, **values: int) -> bool:
    """Whether the statement found the event as it wants it; its figures are then the new ones."""
    if event in db.session.dirty:
        db.session.flush()  # nothing that was set before is lost
    row = execute_plain(statement, {"event_id": event.id, **values}).one_or_none()
    if row is None:
        return False
    for name, value in row._mapping.items():
        set_committed_value(event, name, value)
    return True


def draw_ticket(event: Event) -> int:
    """The next place in line; the event's lock makes the numbers follow the order of arrival."""
    _changed(event, _DRAW)
    return event.next_ticket - 1


def settle(
    rsvp: Rsvp, act: Act, became: RsvpStatus, reason: Reason, *, free: int | None, word: str = ""
) -> str:
    """Move an RSVP to another state and keep why. Refuses what the table does not allow.

    Says which state it was in, ``""`` for a new answer.
    """
    was = rsvp.status if rsvp.id is not None else None
    if became not in may_become(was, act):
        raise Refused("not_from_here", was=was.value if was else "new", act=act.value)
    rsvp.status = became
    # Who records what happened wants to name it.
    if sa.inspect(rsvp).transient:
        add_party(rsvp)
    else:
        db.session.add(rsvp)
        db.session.flush()
    who = origin()
    decision = {
        "rsvp_id": rsvp.id,
        "at": now(),
        "actor_id": who.person_id,
        "via": who.via,
        "was": was,
        "became": became,
        "reason": reason,
        "ticket": rsvp.ticket,
        "party": rsvp.party_size,
        "free": free,
        "word": word,
    }
    execute_plain(_DECIDE, decision)
    return was.value if was else ""


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
        was = settle(rsvp, Act.SEAT, RsvpStatus.GOING, reason, free=free)
        record(SeatGiven(rsvp.id, event.id, promoted=True, was=was))
    else:
        rsvp.reserved_until = until
        settle(rsvp, Act.SEAT, RsvpStatus.OFFERED, Reason.OFFERED, free=free)
        record(SeatOffered(rsvp.id, event.id))
