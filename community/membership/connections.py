"""Connections: asking another member, accepting or letting it lie, and parting again."""

from datetime import timedelta

import sqlalchemy as sa

from community.core import limits
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line
from community.membership.connection_changes import (
    ConnectionAccepted,
    ConnectionAsked,
    ConnectionAskIgnored,
    ConnectionEnded,
)
from community.membership.connection_models import (
    WORD_LENGTH,
    Connection,
    ConnectionState,
    Report,
)
from community.membership.invitations import A_LINK
from community.membership.models import Membership, Person
from community.membership.pairs import (
    apart_from,
    are_apart,
    find_connection,
    lock_members,
    lock_pair,
)

MOST_A_DAY = 20
MOST_OPEN = 50
# Who takes an ask back and asks once more does not send a mail each time.
QUIET = timedelta(days=7)
_DAY = timedelta(days=1)


def ask_to_connect(asker_id: int, other_id: int, word: str = "") -> Connection:
    """Ask a member to connect, with a word of 300 characters at most.

    Two who ask each other are connected. Asking while an ask is open changes nothing and tells
    nobody, whether the other one lets it lie or has not seen it yet. Raises NotFound for whoever
    is not there for the asker, TooMany after twenty asks in a day.
    """
    limits.take("connect", str(asker_id), most=MOST_A_DAY, within=_DAY)
    return _ask(asker_id, other_id, clean_line(word)[:WORD_LENGTH])


@transactional
def _ask(asker_id: int, other_id: int, word: str) -> Connection:
    lock_members(asker_id, other_id)
    if are_apart(asker_id, other_id):
        raise NotFound("person")
    if A_LINK.search(word):
        raise Refused("word_with_link", field="word")
    pair = find_connection(asker_id, other_id)
    if pair is not None and pair.state == ConnectionState.CONNECTED:
        return pair
    if pair is not None and pair.state == ConnectionState.ASKED:
        return pair if pair.asked_by == asker_id else _connect(pair, asker_id)
    return _open_ask(pair, asker_id, other_id, word)


def _open_ask(pair: Connection | None, asker_id: int, other_id: int, word: str) -> Connection:
    if count_open_asks(asker_id) >= MOST_OPEN:
        raise Refused("too_many_asks", most=MOST_OPEN)
    if pair is None:
        low, high = sorted((asker_id, other_id))
        pair = Connection(low_id=low, high_id=high)
        db.session.add(pair)
    elif pair.asked_by != asker_id:
        pair.lies_since = pair.told_at = None  # that was about the other direction
    pair.state, pair.asked_by, pair.word = ConnectionState.ASKED, asker_id, word
    pair.asked_at, pair.connected_at = now(), None
    is_news = pair.lies_since is None and (pair.told_at is None or pair.told_at <= now() - QUIET)
    if is_news:
        pair.told_at = now()
    db.session.flush()
    record(ConnectionAsked(other_id, asker_id, pair.id, tell=is_news))
    return pair


@transactional
def accept(person_id: int, other_id: int) -> Connection:
    """Say yes to what the other one asked. Twice is once. Raises NotFound without an open ask."""
    lock_members(person_id, other_id)
    if are_apart(person_id, other_id):
        raise NotFound("person")
    pair = find_connection(person_id, other_id)
    if pair is None or pair.state == ConnectionState.ENDED:
        raise NotFound("ask")
    if pair.state == ConnectionState.CONNECTED:
        return pair
    if pair.asked_by == person_id:
        raise NotFound("ask")  # nobody accepts what they asked themselves
    return _connect(pair, person_id)


@transactional
def let_lie(person_id: int, other_id: int) -> None:
    """See an ask no more. Its asker is not told, and sees it as open for ever. Twice is once."""
    pair = lock_pair(person_id, other_id)
    if pair is None or pair.state != ConnectionState.ASKED or pair.asked_by == person_id:
        raise NotFound("ask")
    ignore(pair)


def ignore(pair: Connection) -> None:
    """The same for an open ask of a locked pair. Call it inside a use-case."""
    if pair.lies_since is None:
        pair.lies_since = now()
        record(ConnectionAskIgnored(pair.asked, pair.asked_by, pair.id))


@transactional
def take_back(person_id: int, other_id: int) -> None:
    """Ask no longer. Twice is once; raises NotFound when the person never asked."""
    pair = lock_pair(person_id, other_id)
    if pair is None or pair.asked_by != person_id or pair.state == ConnectionState.CONNECTED:
        raise NotFound("ask")
    end(pair, person_id)


@transactional
def disconnect(person_id: int, other_id: int) -> None:
    """Be connected no longer; either may, and the other one is not told. Twice is once."""
    pair = lock_pair(person_id, other_id)
    if pair is None or pair.state == ConnectionState.ASKED:
        raise NotFound("connection")
    end(pair, person_id)


def end(pair: Connection, person_id: int) -> None:
    """End whatever a locked pair has. Call it inside a use-case."""
    if pair.state != ConnectionState.ENDED:
        pair.state, pair.word, pair.connected_at = ConnectionState.ENDED, "", None
        record(ConnectionEnded(person_id, pair.other(person_id), pair.id))


def _connect(pair: Connection, person_id: int) -> Connection:
    pair.state, pair.connected_at, pair.lies_since = ConnectionState.CONNECTED, now(), None
    record(ConnectionAccepted(person_id, pair.asked_by, pair.id))
    return pair


def count_open_asks(person_id: int) -> int:
    """How many asks of the person are open as far as they can see: to people who are there."""
    other = sa.case((Connection.low_id == person_id, Connection.high_id), else_=Connection.low_id)
    counted = (
        sa.select(sa.func.count())
        .select_from(Connection)
        .join(Person, Person.id == other)
        .where(
            Connection.asked_by == person_id,
            Connection.state == ConnectionState.ASKED,
            Person.membership == Membership.ACTIVE,
            Person.erased_at.is_(None),
            Person.id.not_in(apart_from(person_id)),
        )
    )
    return db.session.scalar(counted) or 0


@transactional
def forget_connections(person_id: int) -> int:
    """Delete every connection of somebody, asks and words included; says how many.

    What they reported stays, without their name on it.
    """
    rows_changed(sa.update(Report).where(Report.reporter_id == person_id).values(reporter_id=None))
    either = sa.or_(Connection.low_id == person_id, Connection.high_id == person_id)
    return rows_changed(sa.delete(Connection).where(either))
