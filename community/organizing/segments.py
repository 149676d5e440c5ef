"""Which of an event's RSVPs somebody means: what lists, exports and announcements narrow by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from community.core.text import clean_line
from community.events.models import Event
from community.membership.models import Person, PersonAddress
from community.rsvp.models import Rsvp, RsvpStatus

LONGEST_QUERY = 100


@dataclass(frozen=True)
class Segment:
    """Conditions that must all hold; without any, everybody. It is written as an address's query,
    which is how it is kept in a saved view, too.

    ``statuses`` are those wanted, ``not_statuses`` those that are not.
    """

    statuses: tuple[str, ...] = ()
    not_statuses: tuple[str, ...] = ()
    q: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, Sequence[str]]) -> "Segment":
        """What a query says, by its lists of values; what is not understood narrows nothing."""
        return cls(
            statuses=_known(args.get("status", ())),
            not_statuses=_known(args.get("not_status", ())),
            q=clean_line((args.get("q") or ("",))[0][:LONGEST_QUERY]),
        )

    def to_args(self) -> dict[str, list[str]]:
        """The query that says the same, without what narrows nothing."""
        said = {
            "status": list(self.statuses),
            "not_status": list(self.not_statuses),
            "q": [self.q] if self.q else [],
        }
        return {name: values for name, values in said.items() if values}


def narrowed(query: sa.Select[Any], event: Event, segment: Segment) -> sa.Select[Any]:
    """A SELECT that joins Rsvp, Person and, by an outer join, the primary PersonAddress, narrowed
    to those RSVPs of the event."""
    query = query.where(Rsvp.event_id == event.id)
    if segment.statuses:
        query = query.where(Rsvp.status.in_(map(RsvpStatus, segment.statuses)))
    if segment.not_statuses:
        query = query.where(Rsvp.status.not_in(map(RsvpStatus, segment.not_statuses)))
    for word in segment.q.split()[:6]:
        query = query.where(_mentions(word))
    return query


def rsvp_ids(event: Event, segment: Segment) -> sa.Select[tuple[int]]:
    """A SELECT of the ids of the RSVPs that are meant."""
    query = (
        sa.select(Rsvp.id)
        .join(Person, Rsvp.person_id == Person.id)
        .outerjoin(
            PersonAddress,
            sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary),
        )
    )
    return narrowed(query, event, segment)


def _known(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(status.value for status in RsvpStatus if status.value in given)


def _mentions(word: str) -> sa.ColumnElement[bool]:
    columns = (Person.name, PersonAddress.address, Person.organization)
    return sa.or_(*(column.icontains(word, autoescape=True) for column in columns))
