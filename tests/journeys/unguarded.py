"""The program with the guard of its seats taken out, to show that the tests would notice.

Never use it but as a control: what it serves oversells, or answers with errors.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from community.core import changes
from community.core import db as database
from community.core.db import db
from community.events.models import Event
from community.events.queries import get_event
from community.rsvp import respond, seating


@contextmanager
def write_without_lock(session: Session) -> Iterator[None]:
    """A use-case on a deferred transaction: it reads first and locks when it writes."""
    session.rollback()
    session.info["in_use_case"] = True
    session.info["connection"] = session.connection()
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_use_case"] = False
        changes.forget(session)


def lock_nothing(event_id: int) -> Event:
    """Read the event as anybody may."""
    event = get_event(event_id)
    db.session.refresh(event)
    return event


_tickets = count(1)


def draw_without_writing(event: Event) -> int:
    """A number that holds nothing: drawn in the event's row it would be a lock by itself."""
    return next(_tickets)


def take_without_looking(event: Event, party: int) -> bool:
    """Read, think, write: what was free a moment ago."""
    free = seating.free_now(event)
    time.sleep(0.02)
    if free is not None and party > free:
        return False
    room = Event.seats_taken < Event.capacity  # or the CHECK in the database would refuse it
    taken = sa.case((room, Event.seats_taken + party), else_=Event.seats_taken)
    db.session.execute(sa.update(Event).where(Event.id == event.id).values(seats_taken=taken))
    return True


def take_out_guards() -> None:
    """Replace what the design relies on by what it warns of."""
    database._writing = write_without_lock
    respond.lock_event = lock_nothing
    respond.draw_ticket = draw_without_writing
    respond.take_seats = take_without_looking
