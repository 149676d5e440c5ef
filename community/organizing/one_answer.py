"""One answer to an event, whole, as its organizers read it."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.core.text import gettext
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.answering import asked_at, missing
from community.rsvp.answers import Given
from community.rsvp.models import Decision, Rsvp
from community.rsvp.queries import (
    decisions_of,
    food_is_open,
    get_rsvp,
    place_in_line,
    waiting_parties,
)
from community.rsvp.transitions import SETTLED

LARGEST_ID = 2**31 - 1  # PostgreSQL answers a larger number with an error


@dataclass(frozen=True)
class OneAnswer:
    """An RSVP with every decision about it, the newest first.

    ``deciders`` are the names of those who decided, by their ids. ``place`` is 1 for the party
    that has waited longest, of ``waiting``; None for a party that does not wait. ``answers`` are
    those of each head, ``open`` what somebody must answer and has not.
    """

    rsvp: Rsvp
    decisions: list[Decision]
    deciders: dict[int, str]
    place: int | None
    waiting: int
    answers: list[list[Given]]
    open: list[str]


def get_answer(event: Event, rsvp_id: int) -> OneAnswer:
    """The answer of that id. Raises NotFound when it is an answer to another event."""
    rsvp = get_rsvp(min(rsvp_id, LARGEST_ID))
    if rsvp.event_id != event.id:
        raise NotFound("rsvp")
    decisions = decisions_of(rsvp.id)
    ids = {decision.actor_id for decision in decisions if decision.actor_id is not None}
    names = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return OneAnswer(
        rsvp=rsvp,
        decisions=decisions,
        deciders=dict(iter(names)),
        place=place_in_line(rsvp),
        waiting=waiting_parties([event.id]).get(event.id, 0),
        answers=[[Given.of(kept) for kept in head.answers.values()] for head in rsvp.attendees],
        open=_open(rsvp) if rsvp.status in SETTLED else [],
    )


def _open(rsvp: Rsvp) -> list[str]:
    left = [question.label for _prefix, question in missing(asked_at(rsvp.event_id), rsvp)]
    food = [gettext("What they do not eat")] if food_is_open(rsvp) else []
    return [*food, *dict.fromkeys(left)]
