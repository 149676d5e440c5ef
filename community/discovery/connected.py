"""Connections as one of the two sees them: how they stand, asks received and sent, contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.pages import Page, cursor, read_cursor
from community.discovery.acquaintance import is_there, listed
from community.discovery.people import VisibleProfile, seen_by
from community.membership.connection_models import Connection, ConnectionState
from community.membership.models import Person
from community.membership.pairs import find_connection
from community.membership.viewer import Viewer

PAGE = 24


class Standing(StrEnum):
    """How a viewer stands with a member: an ask that they let lie is as none for them."""

    SELF = "self"
    NONE = "none"
    SENT = "sent"
    RECEIVED = "received"
    CONNECTED = "connected"


@dataclass(frozen=True)
class Between:
    """How a viewer stands with a member, the word of the ask, and since when (UTC)."""

    standing: Standing
    word: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Contact:
    """A member in a list of connections, with the word of the ask and when that was (UTC)."""

    profile: VisibleProfile
    word: str
    since: datetime


def between(viewer: Viewer, person: Person) -> Between:
    """How the viewer stands with a member whom they see."""
    me = viewer.person_id
    if me == person.id:
        return Between(Standing.SELF)
    pair = find_connection(me, person.id) if me is not None and viewer.is_member else None
    if pair is None or pair.state == ConnectionState.ENDED:
        return Between(Standing.NONE)
    if pair.state == ConnectionState.CONNECTED:
        return Between(Standing.CONNECTED, since=pair.connected_at)
    if pair.asked_by == me:
        return Between(Standing.SENT, pair.word, pair.asked_at)
    if pair.lies_since is not None:
        return Between(Standing.NONE)
    return Between(Standing.RECEIVED, pair.word, pair.asked_at)


def asks_received(viewer: Viewer, after: str = "", *, size: int = PAGE) -> Page[Contact]:
    """Who asks the viewer and was not let lie, newest first."""
    mine = sa.and_(_asked(), Connection.asked_by != viewer.person_id)
    query = _with_others(viewer).where(mine, Connection.lies_since.is_(None), is_there(viewer))
    return _by_ask(viewer, query, after, size)


def asks_sent(viewer: Viewer, after: str = "", *, size: int = PAGE) -> Page[Contact]:
    """Whom the viewer asks, newest first; whether they let it lie cannot be told from it."""
    mine = sa.and_(_asked(), Connection.asked_by == viewer.person_id)
    query = _with_others(viewer).where(mine, listed(viewer))
    return _by_ask(viewer, query, after, size)


def contacts(viewer: Viewer, after: str = "", *, size: int = PAGE) -> Page[Contact]:
    """With whom the viewer is connected, by name."""
    query = _with_others(viewer).where(
        Connection.state == ConnectionState.CONNECTED, is_there(viewer)
    )
    if key := read_cursor(after, (str, int)):
        mark = sa.tuple_(sa.literal(key[0], Person.sort_name.type), sa.literal(key[1]))
        query = query.where(sa.tuple_(Person.sort_name, Person.id) > mark)
    found = db.session.execute(query.order_by(Person.sort_name, Person.id).limit(size + 1)).all()
    shown = [(person, pair) for person, pair in found[:size]]
    more = len(found) > size
    after_these = cursor(shown[-1][0].sort_name, shown[-1][0].id) if more else None
    return Page(_as_contacts(viewer, shown), after_these)


def _asked() -> sa.ColumnElement[bool]:
    return Connection.state == ConnectionState.ASKED


def _with_others(viewer: Viewer) -> sa.Select[Person, Connection]:
    """The viewer's pairs with the other one of each: two ranges of indexes, never a scan."""
    me = viewer.person_id
    low = sa.select(Connection.id, Connection.high_id.label("other_id")).where(
        Connection.low_id == me
    )
    high = sa.select(Connection.id, Connection.low_id.label("other_id")).where(
        Connection.high_id == me
    )
    pairs = low.union_all(high).subquery()
    return (
        sa.select(Person, Connection)
        .join(pairs, pairs.c.other_id == Person.id)
        .join(Connection, Connection.id == pairs.c.id)
        .options(selectinload(Person.topics), selectinload(Person.addresses))
    )


def _by_ask(
    viewer: Viewer, query: sa.Select[Person, Connection], after: str, size: int
) -> Page[Contact]:
    # An ask that is made anew keeps its row, so the order is that of the rows and not of times.
    if key := read_cursor(after, (int,)):
        query = query.where(Connection.id < key[0])
    found = db.session.execute(query.order_by(Connection.id.desc()).limit(size + 1)).all()
    shown = [(person, pair) for person, pair in found[:size]]
    after_these = cursor(shown[-1][1].id) if len(found) > size else None
    return Page(_as_contacts(viewer, shown), after_these)


def _as_contacts(viewer: Viewer, rows: Sequence[tuple[Person, Connection]]) -> list[Contact]:
    profiles = {p.handle: p for p in seen_by(viewer, [person for person, _ in rows], closely=True)}
    return [
        Contact(profiles[person.handle], pair.word, pair.connected_at or pair.asked_at)
        for person, pair in rows
        if person.handle in profiles
    ]
