"""Reads about answers and seats."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.errors import NotFound
from community.core.tokens import link_is_right, linked_row
from community.events.models import MOST_GUESTS, Event, LinePolicy
from community.rsvp.capacity import Line, Waiting, free_seats
from community.rsvp.models import Decision, Rsvp, RsvpStatus, Source
from community.rsvp.question_models import Question
from community.rsvp.transitions import SEATED

LINK = "rsvp"
_PLACE = "place"  # what an answer in memory knows beside its row
_OF_PERSON = (
    sa.select(Rsvp)
    .where(Rsvp.event_id == sa.bindparam("event_id"), Rsvp.person_id == sa.bindparam("person_id"))
    .options(selectinload(Rsvp.attendees))
)
_ASKS = sa.select(Question.id).where(Question.event_id == Event.id, Question.retired_at.is_(None))
_WITH_ANSWER = (
    sa.select(Event, Rsvp.id, _ASKS.exists())
    .outerjoin(
        Rsvp,
        sa.and_(
            Rsvp.event_id == Event.id,
            Rsvp.person_id == sa.bindparam("person_id", type_=sa.Integer),
        ),
    )
    .where(Event.slug == sa.bindparam("slug"))
)
_AHEAD = sa.select(sa.func.count()).where(
    Rsvp.event_id == sa.bindparam("event_id"),
    Rsvp.status == RsvpStatus.WAITLISTED,
    Rsvp.ticket < sa.bindparam("ticket"),
)

_HEAD = (
    sa.select(Rsvp.id, Rsvp.ticket, Rsvp.party_size)
    .where(Rsvp.event_id == sa.bindparam("event_id"), Rsvp.status == RsvpStatus.WAITLISTED)
    .order_by(Rsvp.ticket)
    .limit(1)
)


@dataclass(frozen=True)
class Seats:
    """The seats of an event as its page shows them. None in ``capacity`` and ``free``: no limit."""

    capacity: int | None
    taken: int
    free: int | None
    waiting: int

    @property
    def is_full(self) -> bool:
        """Whether nobody more can be seated at once."""
        return self.free == 0


def line_of(event: Event) -> Line:
    """How the event deals with its waitlist."""
    return Line(event.line_policy == LinePolicy.ORGANIZER, event.smaller_may_pass)


def seats_of(event: Event, waiting: int) -> Seats:
    """The figures of one event, given how many parties wait."""
    free = free_seats(event.capacity, event.kept_back, event.seats_taken)
    return Seats(event.capacity, event.seats_taken, free, waiting)


def waiting_parties(event_ids: Iterable[int]) -> dict[int, int]:
    """How many parties wait for each of these events; events without any are left out."""
    counted = (
        sa.select(Rsvp.event_id, sa.func.count())
        .where(Rsvp.event_id.in_(list(event_ids)), Rsvp.status == RsvpStatus.WAITLISTED)
        .group_by(Rsvp.event_id)
    )
    return dict(iter(db.session.execute(counted)))


def counts_by_status(event_id: int) -> dict[str, int]:
    """How many RSVPs of an event are in each state; absent states are left out."""
    counted = (
        sa.select(Rsvp.status, sa.func.count())
        .where(Rsvp.event_id == event_id)
        .group_by(Rsvp.status)
    )
    return {status.value: count for status, count in db.session.execute(counted)}


def find_rsvp(event_id: int, person_id: int | None) -> Rsvp | None:
    """What a person answered to an event, with attendees."""
    if person_id is None:
        return None
    return db.session.scalar(_OF_PERSON, {"event_id": event_id, "person_id": person_id})


@dataclass(frozen=True)
class Opened:
    """An event as somebody is about to answer it, with what they answered before."""

    event: Event
    mine: Rsvp | None
    asks: bool  # whether it asks any question


def find_opened(slug: str, person_id: int | None) -> Opened | None:
    """The event of that slug; one statement for who has not answered it yet."""
    found = db.session.execute(_WITH_ANSWER, {"slug": slug, "person_id": person_id}).one_or_none()
    if found is None:
        return None
    event, known, asks = found
    return Opened(event, find_rsvp(event.id, person_id) if known is not None else None, asks)


def get_rsvp(rsvp_id: int) -> Rsvp:
    """The RSVP of that id. Raises NotFound."""
    rsvp = db.session.get(Rsvp, rsvp_id)
    if rsvp is None:
        raise NotFound("rsvp")
    return rsvp


def get_linked_rsvp(token: str) -> Rsvp:
    """The RSVP that a mailed link leads to. Raises NotFound when the link is not ours."""
    rsvp_id = linked_row(token)
    rsvp = db.session.get(Rsvp, rsvp_id) if rsvp_id is not None else None
    if rsvp is None or not link_is_right(token, LINK, rsvp.id, rsvp.link_generation):
        raise NotFound("rsvp")
    return rsvp


def food_is_open(rsvp: Rsvp) -> bool:
    """Whether nobody has asked the person what they do not eat: an organizer put them on the list.

    That they eat everything is known once they saved a form that asked.
    """
    return rsvp.source == Source.ORGANIZER and not rsvp.head.dietary


def place_in_line(rsvp: Rsvp) -> int | None:
    """1 for the party that has waited longest; None when this one does not wait."""
    if rsvp.status != RsvpStatus.WAITLISTED:
        return None
    here = {"event_id": rsvp.event_id, "ticket": rsvp.ticket}
    place = int(db.session.scalar(_AHEAD, here) or 0) + 1
    sa.inspect(rsvp).info[_PLACE] = place
    return place


def place_as_told(rsvp: Rsvp) -> int | None:
    """The same as it was counted last for this answer: the page says what the mail says."""
    if rsvp.status != RsvpStatus.WAITLISTED:
        return None
    return sa.inspect(rsvp).info.get(_PLACE) or place_in_line(rsvp)


def last_decision(rsvp_id: int) -> Decision | None:
    """Why an RSVP is what it is."""
    return db.session.scalar(
        sa.select(Decision).where(Decision.rsvp_id == rsvp_id).order_by(Decision.id.desc()).limit(1)
    )


def decisions_of(rsvp_id: int, *, most: int = 100) -> list[Decision]:
    """Every decision about an RSVP, the newest first."""
    found = sa.select(Decision).where(Decision.rsvp_id == rsvp_id)
    return list(db.session.scalars(found.order_by(Decision.id.desc()).limit(most)))


def newest_decisions(rsvp_ids: Iterable[int]) -> dict[int, Decision]:
    """The newest decision about each of these RSVPs."""
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.rsvp_id.in_(list(rsvp_ids)))
        .group_by(Decision.rsvp_id)
    )
    found = db.session.scalars(sa.select(Decision).where(Decision.id.in_(newest)))
    return {decision.rsvp_id: decision for decision in found}


def parties_over(event: Event, capacity: int) -> int:
    """How many parties would have to go for the others to fit: those seated last go first."""
    over = event.seats_taken - capacity
    if over <= 0:
        return 0
    holding = sa.or_(
        Rsvp.status.in_(SEATED),
        sa.and_(Rsvp.status == RsvpStatus.INVITED, Rsvp.reserved_until.is_not(None)),
    )
    seated_at = (
        sa.select(sa.func.max(Decision.id))
        .where(
            Decision.rsvp_id == Rsvp.id,
            Decision.became.in_([*SEATED, RsvpStatus.INVITED]),
            sa.or_(Decision.was.is_(None), Decision.was.not_in(SEATED)),
        )
        .correlate(Rsvp)
        .scalar_subquery()
    )
    last_first = (
        sa.select(Rsvp.party_size)
        .where(Rsvp.event_id == event.id, holding)
        .order_by(sa.func.coalesce(seated_at, 0).desc(), Rsvp.ticket.desc())
        .limit(over)  # each of them frees a seat at least
    )
    parties = 0
    for size in db.session.scalars(last_first):
        if over <= 0:
            break
        parties, over = parties + 1, over - size
    return parties


def head_of_line(event: Event, free: int | None) -> list[Waiting]:
    """The head of the waitlist, as far as the seats could matter: one row, however many wait."""
    if not event.smaller_may_pass or free is None:
        head = db.session.execute(_HEAD, {"event_id": event.id})
    else:
        # The first of each size, by an index: to look for the first that fits from the front would
        # pass thousands of parties that do not.
        sizes = range(1, min(free, MOST_GUESTS + 1) + 1)
        first = [_first_of(event.id, size) for size in sizes]
        if not first:
            return []
        head = db.session.execute(sa.union_all(*first).order_by("ticket").limit(1))
    return [Waiting(*row) for row in head]


def _first_of(event_id: int, party: int) -> sa.Select[tuple[int, int, int]]:
    found = (
        sa.select(Rsvp.id, Rsvp.ticket, Rsvp.party_size)
        .where(
            Rsvp.event_id == event_id,
            Rsvp.status == RsvpStatus.WAITLISTED,
            Rsvp.party_size == party,
        )
        .order_by(Rsvp.ticket)
        .limit(1)
        .subquery()  # SQLite takes no LIMIT within a UNION
    )
    return sa.select(found.c.id, found.c.ticket, found.c.party_size)


def somebody_waits(event_id: int) -> bool:
    """Whether there is a waitlist at all."""
    found = sa.select(Rsvp.id).where(
        Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED
    )
    return db.session.scalar(found.limit(1)) is not None
