"""Which people a viewer is at an event with, and what of a person that lets them read: as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import sqlalchemy as sa

from community.core.db import db
from community.events.models import HOSTS, EventStatus
from community.membership.audiences import Audience, Relation, readable
from community.membership.connection_models import Connection, ConnectionState
from community.membership.models import Membership, Person
from community.membership.pairs import apart_from
from community.membership.viewer import Viewer
from community.rsvp.models import RsvpStatus


class Closeness(StrEnum):
    """What brought a person nearer to a viewer than their audiences say."""

    ASKED_ME = "asked_me"
    CONNECTED = "connected"


_tables = Person.metadata.tables
_rsvps, _hosts, _events = _tables["rsvps"], _tables["event_hosts"], _tables["events"]
ME = sa.bindparam("me", type_=sa.Integer)


@dataclass(frozen=True, eq=False)
class Reader:
    """A kind of viewer, for statements that are made once: who it is comes as ``me``."""

    person_id: sa.BindParameter[int] | None
    is_member: bool = False


_VISITOR, _GUEST, _MEMBER = Reader(None), Reader(ME), Reader(ME, is_member=True)


def reader_of(viewer: Viewer) -> Reader:
    """The kind of this viewer."""
    if viewer.person_id is None:
        return _VISITOR
    return _MEMBER if viewer.is_member else _GUEST


# The widest that members may be to somebody; for less than that a query has to look at events.
_FOR_MEMBERS = readable(Relation.MEMBER)


def relation_to(viewer: Viewer, person_id: int, fellows: Sequence[int] | set[int]) -> Relation:
    """What the viewer is to a person, given whom they are at an event with."""
    if viewer.person_id == person_id:
        return Relation.SELF
    if not viewer.is_member:
        return Relation.VISITOR
    return Relation.SAME_EVENT if person_id in fellows else Relation.MEMBER


def fellows_among(viewer: Viewer, ids: Sequence[int]) -> set[int]:
    """Those of these people who go to, went to or host an event that the viewer is at, too."""
    if not viewer.is_member or viewer.person_id is None or not ids:
        return set()
    found = db.session.execute(_fellows(), {"me": viewer.person_id, "ids": ids})
    return {row[0] for row in found}


@lru_cache(1)
def _fellows() -> sa.CompoundSelect[int]:
    theirs = events_of(ME)
    ids = sa.bindparam("ids", type_=sa.Integer, expanding=True)
    guests = sa.select(_rsvps.c.person_id).where(
        _rsvps.c.person_id.in_(ids),
        _rsvps.c.status == RsvpStatus.GOING,
        _rsvps.c.event_id.in_(theirs),
    )
    hosts = sa.select(_hosts.c.person_id).where(
        _hosts.c.person_id.in_(ids), _hosts.c.event_id.in_(theirs), _hosts.c.role.in_(HOSTS)
    )
    return guests.union(hosts)


def closeness_among(viewer: Viewer, ids: Sequence[int]) -> dict[int, "Closeness"]:
    """Those of these people who are connected with the viewer, or asked to be."""
    me = viewer.person_id
    if not viewer.is_member or me is None or not ids:
        return {}
    with_me = sa.or_(
        sa.and_(Connection.low_id == me, Connection.high_id.in_(ids)),
        sa.and_(Connection.high_id == me, Connection.low_id.in_(ids)),
    )
    found = db.session.scalars(
        sa.select(Connection).where(with_me, Connection.state != ConnectionState.ENDED)
    )
    close = {}
    for pair in found:
        if pair.state == ConnectionState.CONNECTED:
            close[pair.other(me)] = Closeness.CONNECTED
        elif pair.asked_by != me:
            close[pair.other(me)] = Closeness.ASKED_ME
    return close


@lru_cache(256)
def listed(viewer: Viewer | Reader, *, by_id: bool = False) -> sa.ColumnElement[bool]:
    """Whether a row of :class:`Person` is an active member whose name the viewer may read.

    Nor did one of the two block the other: this clause is what every list and count goes through.
    ``by_id``: for rows that are looked up by their ids, see :func:`is_there`.
    """
    there = is_there(viewer, by_id=by_id)
    return sa.and_(there, may_read_column(viewer, Person.name_audience, Person.id))


def is_there(viewer: Viewer | Reader, *, by_id: bool = False) -> sa.ColumnElement[bool]:
    """Whether a row of :class:`Person` is an active member, and no block is between the two.

    ``by_id``: so written that no index answers it. SQLite, which does not know how many members
    there are, would go through them all to find the few whose ids it has; and so that PostgreSQL
    does not take the condition for one that hardly anybody fulfils, as it does with an expression
    on the column, and then compare each of a thousand people with each other.
    """
    is_active: sa.ColumnElement[bool] = Person.membership == Membership.ACTIVE
    if by_id:
        is_active = sa.case((is_active, sa.true()), else_=sa.false())
    active = sa.and_(is_active, Person.erased_at.is_(None))
    if viewer.person_id is None:
        return active
    return sa.and_(active, Person.id.not_in(apart_from(viewer.person_id)))


@lru_cache(1024)  # what is said is the same every time, and saying it takes longer than asking
def may_read_column(
    viewer: Viewer | Reader,
    audience: sa.ColumnElement[Audience] | sa.orm.InstrumentedAttribute[Audience],
    person_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int],
) -> sa.ColumnElement[bool]:
    """The same rule as :func:`community.membership.audiences.may_read`, as a WHERE clause."""
    if viewer.person_id is None or not viewer.is_member:
        plain = audience.in_(sorted(readable(Relation.VISITOR)))
        return plain if viewer.person_id is None else sa.or_(plain, person_id == viewer.person_id)
    return sa.or_(
        audience.in_(sorted(_FOR_MEMBERS)),
        sa.and_(
            audience == Audience.SAME_EVENT,
            _is_fellow(viewer.person_id, person_id),
        ),
        person_id == viewer.person_id,
    )


def events_of(person_id: int | sa.BindParameter[int]) -> sa.Select[int]:
    """The ids of events that a person goes to, went to or hosts; none that was called off."""
    going = sa.select(_rsvps.c.event_id).where(
        _rsvps.c.person_id == person_id, _rsvps.c.status == RsvpStatus.GOING
    )
    hosting = sa.select(_hosts.c.event_id).where(
        _hosts.c.person_id == person_id, _hosts.c.role.in_(HOSTS)
    )
    return sa.select(_events.c.id).where(
        _events.c.status == EventStatus.PUBLISHED, _events.c.id.in_(going.union(hosting))
    )


@lru_cache(1)
def _my_events() -> sa.Select[int]:
    return sa.select(events_of(ME).cte("my_events").c.id)


def _is_fellow(
    viewer_id: int | sa.BindParameter[int],
    person_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int],
) -> sa.ColumnElement[bool]:
    """Looked up for each who asks for it, which few do: the list of all fellows can be long."""
    # Asked for several fields of one statement, their events are looked up once.
    theirs = _my_events() if viewer_id is ME else events_of(viewer_id)
    guest, host = _rsvps.alias(), _hosts.alias()
    return sa.or_(
        sa.exists().where(
            guest.c.person_id == person_id,
            guest.c.status == RsvpStatus.GOING,
            guest.c.event_id.in_(theirs),
        ),
        sa.exists().where(
            host.c.person_id == person_id, host.c.event_id.in_(theirs), host.c.role.in_(HOSTS)
        ),
    )
