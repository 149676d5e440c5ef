"""Blocking: two members are no longer there for each other, and only one of them knows why."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.membership.connection_changes import MemberBlocked, MemberUnblocked
from community.membership.connection_models import Block, ConnectionState
from community.membership.connections import end, ignore
from community.membership.models import Person
from community.membership.pairs import find_connection, lock_members

MOST_BLOCKED = 500
PAGE = 50


@transactional
def block(person_id: int, other_id: int) -> None:
    """Be there for the other one no longer, nor they for you. Twice is once; nobody is told.

    A connection ends, an open ask lies.
    """
    lock_members(person_id, other_id)
    if db.session.get(Block, (person_id, other_id)) is not None:
        return
    blocked = sa.select(sa.func.count()).where(Block.blocker_id == person_id)
    if (db.session.scalar(blocked) or 0) >= MOST_BLOCKED:
        raise Refused("too_many_blocked", most=MOST_BLOCKED)
    db.session.add(Block(blocker_id=person_id, blocked_id=other_id, created_at=now()))
    pair = find_connection(person_id, other_id)
    if pair is not None:
        if pair.state == ConnectionState.ASKED and pair.asked_by == other_id:
            ignore(pair)
        else:
            end(pair, person_id)
    record(MemberBlocked(other_id, person_id))


@transactional
def unblock(person_id: int, handle: str) -> None:
    """Be there for each other again; what ended stays ended. Raises NotFound without a block."""
    other_id = db.session.scalar(sa.select(Person.id).where(Person.handle == handle))
    lifted = sa.delete(Block).where(Block.blocker_id == person_id, Block.blocked_id == other_id)
    if other_id is None or not rows_changed(lifted):
        raise NotFound("block")
    record(MemberUnblocked(other_id, person_id))


def blocked_by(person_id: int, after: str = "", *, size: int = PAGE) -> Page[Person]:
    """Whom the person has blocked, in order of their ids; those who are gone are left out."""
    query = (
        sa.select(Person)
        .join(Block, Block.blocked_id == Person.id)
        .where(Block.blocker_id == person_id, Person.erased_at.is_(None))
    )
    if key := read_cursor(after, (int,)):
        query = query.where(Block.blocked_id > key[0])
    found = db.session.scalars(query.order_by(Block.blocked_id).limit(size + 1)).all()
    shown = list(found[:size])
    return Page(shown, cursor(shown[-1].id) if len(found) > size else None)
