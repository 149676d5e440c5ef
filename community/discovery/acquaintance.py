"""Which people a viewer is at an event with, and what of a person that lets them read: as SQL."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

import sqlalchemy as sa

from community.core.db import db
from community.events.models import HOSTS, Event, EventHost, EventStatus
from community.events.queries import hosted_by
from community.membership.audiences import Audience, Relation, readable
from community.membership.connection_models import Connection, ConnectionState
from community.membership.models import Membership, Person
from community.membership.pairs import apart_from
from community.membership.viewer import Viewer
from community.rsvp.models import Rsvp, RsvpStatus


class Closeness(StrEnum):
    """What brought a person nearer to a viewer than their audiences say."""

    ASKED_ME = "asked_me"
    CONNECTED = "connected"


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
    theirs = events_of(viewer.person_id)
    guests = sa.select(Rsvp.person_id).where(
        Rsvp.person_id.in_(ids), Rsvp.status == RsvpStatus.GOING, Rsvp.event_id.in_(theirs)
    )
    hosts = sa.select(EventHost.person_id).where(
        EventHost.person_id.in_(ids), EventHost.event_id.in_(theirs), EventHost.role.in_(HOSTS)
    )
    return set(db.session.scalars(guests.union(hosts)))


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
def listed(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether a row of :class:`Person` is an active member whose name the viewer may read.

    Nor did one of the two block the other: this clause is what every list and count goes through.
    """
    return sa.and_(is_there(viewer), may_read_column(viewer, Person.name_audience, Person.id))


def is_there(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether a row of :class:`Person` is an active member, and no block is between the two."""
    active = sa.and_(Person.membership == Membership.ACTIVE, Person.erased_at.is_(None))
    if viewer.person_id is None:
        return active
    return sa.and_(active, Person.id.not_in(apart_from(viewer.person_id)))


@lru_cache(1024)  # what is said is the same every time, and saying it takes longer than asking
def may_read_column(
    viewer: Viewer,
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


def events_of(person_id: int) -> sa.Select[int]:
    """The ids of events that a person goes to, went to or hosts; none that was called off."""
    going = sa.select(Rsvp.event_id).where(
        Rsvp.person_id == person_id, Rsvp.status == RsvpStatus.GOING
    )
    hosting = hosted_by(person_id)
    return sa.select(Event.id).where(
        Event.status == EventStatus.PUBLISHED, Event.id.in_(going.union(hosting))
    )


def _is_fellow(
    viewer_id: int, person_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int]
) -> sa.ColumnElement[bool]:
    """Looked up for each who asks for it, which few do: the list of all fellows can be long."""
    theirs = events_of(viewer_id)
    guest, host = sa.orm.aliased(Rsvp), sa.orm.aliased(EventHost)
    return sa.or_(
        sa.exists().where(
            guest.person_id == person_id,
            guest.status == RsvpStatus.GOING,
            guest.event_id.in_(theirs),
        ),
        sa.exists().where(
            host.person_id == person_id, host.event_id.in_(theirs), host.role.in_(HOSTS)
        ),
    )
