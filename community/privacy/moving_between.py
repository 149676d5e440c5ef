"""Where connections and blocks go when two records become one: nobody is two of a pair."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed
from community.membership.connection_models import Block, Connection, ConnectionState
from community.membership.pairs import apart_from

_STRENGTH = (ConnectionState.ENDED, ConnectionState.ASKED, ConnectionState.CONNECTED)


def move_blocks(stays: int, goes: int) -> None:
    """Whom either record kept away from is kept away from; the two themselves are one by now."""
    pair = sa.tuple_(Block.blocker_id, Block.blocked_id)
    rows_changed(sa.delete(Block).where(pair.in_([(stays, goes), (goes, stays)])))
    for mine, theirs in (
        (Block.blocker_id, Block.blocked_id),
        (Block.blocked_id, Block.blocker_id),
    ):
        known = sa.select(theirs).where(mine == stays)
        there = sa.delete(Block).where(mine == goes, theirs.in_(known.scalar_subquery()))
        rows_changed(there.execution_options(synchronize_session=False))
        rows_changed(sa.update(Block).where(mine == goes).values({mine: stays}))


def move_connections(stays: int, goes: int) -> None:
    """One row for each pair, in order of its ids: of two the stronger one, and no refusal undone.

    Two asks in opposite directions are the other one's ask: it can be accepted, by hand.
    """
    rows_changed(sa.delete(Connection).where(*_of_pair(stays, goes)))
    for pair in _pairs_of(goes):
        other_id = pair.other(goes)
        asker_id = stays if pair.asked_by == goes else other_id
        known = db.session.scalar(sa.select(Connection).where(*_of_pair(stays, other_id)))
        stronger = pair
        if known is not None:
            weaker = known
            if _is_weaker(pair, known, asker_id, stays):
                weaker, stronger = pair, known
            _carry_over(weaker, stronger, same_asker=known.asked_by == asker_id)
            db.session.delete(weaker)
            db.session.flush()
        if stronger is pair:
            pair.low_id, pair.high_id = sorted((stays, other_id))
            pair.asked_by = asker_id
        db.session.flush()
    apart = {*db.session.scalars(apart_from(stays)), *db.session.scalars(apart_from(goes))}
    for pair in _pairs_of(stays):
        if pair.other(stays) in apart:
            _part(pair, pair.other(stays))
    db.session.flush()


def _of_pair(one: int, other: int) -> tuple[sa.ColumnElement[bool], ...]:
    low, high = sorted((one, other))
    return Connection.low_id == low, Connection.high_id == high


def _pairs_of(person_id: int) -> Sequence[Connection]:
    either = sa.or_(Connection.low_id == person_id, Connection.high_id == person_id)
    found = sa.select(Connection).where(either).order_by(Connection.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def _is_weaker(pair: Connection, known: Connection, asker_id: int, stays: int) -> bool:
    """Whether the row of the record that goes is the one to let go of."""
    if pair.state != known.state:
        return _STRENGTH.index(pair.state) < _STRENGTH.index(known.state)
    if asker_id != known.asked_by:
        return asker_id == stays
    return True


def _carry_over(weaker: Connection, stronger: Connection, *, same_asker: bool) -> None:
    """Whoever let an ask of one record lie is not asked anew by the other, nor written to again."""
    if same_asker:
        stronger.told_at = max(filter(None, (stronger.told_at, weaker.told_at)), default=None)
        if stronger.state != ConnectionState.CONNECTED:
            stronger.lies_since = stronger.lies_since or weaker.lies_since


def _part(pair: Connection, other_id: int) -> None:
    """As blocking does it."""
    if pair.state == ConnectionState.ASKED and pair.asked_by == other_id:
        pair.lies_since = pair.lies_since or now()
    else:
        pair.state, pair.word, pair.connected_at = ConnectionState.ENDED, "", None
