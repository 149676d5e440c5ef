"""Two members and what stands between them: looked up, and locked so that nothing comes between."""

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import Forbidden, NotFound
from community.membership.connection_models import Block, Connection
from community.membership.models import Membership, Person


def lock_members(actor_id: int, other_id: int) -> tuple[Person, Person]:
    """Both, active and nobody's but this use-case's until it ends.

    Every use-case about two people starts here, and always with the lower id: asking, accepting
    and blocking at the same moment come one after the other. Raises NotFound for somebody who is
    no active member, Forbidden when it is the actor.
    """
    found = {person.id: person for person in _locked(actor_id, other_id)}
    actor, other = found.get(actor_id), found.get(other_id)
    if actor is None or not is_active(actor):
        raise Forbidden("members_only")
    if other is None or other.id == actor.id or not is_active(other):
        raise NotFound("person")
    return actor, other


def lock_pair(one_id: int, other_id: int) -> Connection | None:
    """The row of a pair, both people locked whatever became of them."""
    _locked(one_id, other_id)
    return find_connection(one_id, other_id)


def _locked(one_id: int, other_id: int) -> list[Person]:
    query = sa.select(Person).where(Person.id.in_([one_id, other_id])).order_by(Person.id)
    query = query.with_for_update(key_share=True)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def is_active(person: Person) -> bool:
    """Whether the person is there for other members at all."""
    return person.membership == Membership.ACTIVE and person.erased_at is None


def find_connection(one_id: int, other_id: int) -> Connection | None:
    """The row of two people, however they stand."""
    low, high = sorted((one_id, other_id))
    pair = sa.select(Connection).where(Connection.low_id == low, Connection.high_id == high)
    return db.session.scalar(pair.execution_options(populate_existing=True))


def are_apart(one_id: int, other_id: int) -> bool:
    """Whether one of the two has blocked the other."""
    pair = sa.tuple_(Block.blocker_id, Block.blocked_id)
    either = pair.in_([(one_id, other_id), (other_id, one_id)])
    return db.session.scalar(sa.select(Block.blocker_id).where(either).limit(1)) is not None


def apart_from(person_id: int | sa.BindParameter[int]) -> sa.CompoundSelect[int]:
    """The ids of whomever the person has blocked or is blocked by, as a subquery.

    Both halves read an index, and there are as many rows as blocks of this one person.
    """
    blocks = Block.metadata.tables["blocks"].c
    blocked = sa.select(blocks.blocked_id).where(blocks.blocker_id == person_id)
    return blocked.union_all(sa.select(blocks.blocker_id).where(blocks.blocked_id == person_id))
