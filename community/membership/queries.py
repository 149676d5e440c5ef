"""Reads about people."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.membership.models import Person, PersonAddress, Topic


def find_person(address: str) -> Person | None:
    """Whom a normalised address belongs to, if it was verified."""
    return db.session.scalar(
        sa.select(Person)
        .join(PersonAddress)
        .where(PersonAddress.address == address, PersonAddress.verified_at.is_not(None))
    )


def get_person(person_id: int) -> Person:
    """The person of that id. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


def all_topics() -> Sequence[Topic]:
    """Every topic by name; a community has dozens, not thousands."""
    return db.session.scalars(sa.select(Topic).order_by(Topic.name).limit(200)).all()


def find_topics(slugs: Sequence[str]) -> list[Topic]:
    """The topics of these slugs; unknown ones are left out."""
    if not slugs:
        return []
    return list(db.session.scalars(sa.select(Topic).where(Topic.slug.in_(slugs))))
