"""Reads about people."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from community.core.db import db, in_use_case
from community.core.errors import NotFound
from community.core.text import gettext
from community.membership.models import (
    MOST_TOPICS,
    Person,
    PersonAddress,
    Topic,
    TopicRedirect,
    person_topics,
)

_STEADY = (
    sa.select(Person)
    .join(Person.addresses)
    .where(Person.id == sa.bindparam("person_id"))
    .order_by(PersonAddress.id)
    .options(contains_eager(Person.addresses))
    .with_for_update(read=True, of=PersonAddress)
    .execution_options(populate_existing=True)
)


def find_person(address: str) -> Person | None:
    """Whom a normalised address belongs to, if it was verified."""
    return db.session.scalar(
        sa.select(Person)
        .join(PersonAddress)
        .where(PersonAddress.address == address, PersonAddress.verified_at.is_not(None))
    )


def find_owner(address: str) -> Person | None:
    """Whom a normalised address belongs to, proven or not.

    An imported address waits for its proof: a mail that went there and was answered. So this is
    for who is about to be proven, or written to, and for nobody who is only claimed.
    """
    return db.session.scalar(
        sa.select(Person)
        .join(PersonAddress)
        .where(
            PersonAddress.address == address,
            sa.or_(PersonAddress.verified_at.is_not(None), PersonAddress.is_primary),
        )
    )


def find_owner_id(address: str) -> int | None:
    """The id of whom :func:`find_owner` finds, without loading anything else."""
    return db.session.scalar(
        sa.select(PersonAddress.person_id).where(
            PersonAddress.address == address,
            sa.or_(PersonAddress.verified_at.is_not(None), PersonAddress.is_primary),
        )
    )


def get_person(person_id: int) -> Person:
    """The person of that id. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


def steady_address(person_id: int) -> str:
    """The primary address, which nobody changes until the use-case ends; ``""`` if erased.

    For what writes the address down elsewhere: a change of address that is under way is waited
    for, and a later one finds what was written.
    """
    found = db.session.scalar(
        sa.select(PersonAddress)
        .where(PersonAddress.person_id == person_id, PersonAddress.is_primary)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return found.address if found else ""


def steady_person(person_id: int) -> Person:
    """The person with their addresses, which nobody changes until the use-case ends.

    Raises NotFound for one who was erased while the use-case was under way: it must not bring back
    what is gone.
    """
    found = db.session.scalars(_STEADY, {"person_id": person_id}).unique().one_or_none()
    if found is None or not found.address:
        raise NotFound("person")
    return found


def all_topics() -> Sequence[Topic]:
    """Every topic by name; a community has dozens, and :data:`MOST_TOPICS` at most."""
    return db.session.scalars(sa.select(Topic).order_by(Topic.folded).limit(MOST_TOPICS)).all()


def find_topics(slugs: Sequence[str]) -> list[Topic]:
    """The topics of these slugs, former ones included; unknown ones are left out.

    Inside a use-case none of them can be merged or deleted before it ends.
    """
    if not slugs:
        return []
    wanted = set(slugs)
    former = sa.select(TopicRedirect.topic_id).where(TopicRedirect.slug.in_(wanted))
    query = sa.select(Topic).where(sa.or_(Topic.slug.in_(wanted), Topic.id.in_(former)))
    query = query.order_by(Topic.id)
    if not in_use_case():
        return list(db.session.scalars(query))
    query = query.with_for_update(read=True, key_share=True, of=Topic)
    found = list(db.session.scalars(query))
    # PostgreSQL leaves out a row that was merged away while we waited for it; by now its slug
    # leads to another one.
    return found if len(found) >= len(wanted) else list(db.session.scalars(query))


def get_topic(slug: str) -> Topic:
    """The topic of that slug, or of one that it had before. Raises NotFound."""
    found = find_topics([slug])
    if not found:
        raise NotFound("topic")
    return found[0]


def count_followers(topic_id: int | None = None) -> dict[int, int]:
    """How many people follow each topic, or that one; a topic without any is left out."""
    query = sa.select(person_topics.c.topic_id, sa.func.count())
    if topic_id is not None:
        query = query.where(person_topics.c.topic_id == topic_id)
    return dict(iter(db.session.execute(query.group_by(person_topics.c.topic_id))))


def is_following(person_id: int | None, topic_id: int) -> bool:
    """Whether the person follows the topic; a visitor follows nothing."""
    if person_id is None:
        return False
    found = sa.select(person_topics.c.topic_id).where(
        person_topics.c.person_id == person_id, person_topics.c.topic_id == topic_id
    )
    return db.session.scalar(found) is not None


def shown_name(name: str) -> str:
    """A name on a list that outlives people: who was erased has none, and a word in its place."""
    return name or gettext("Erased person")
