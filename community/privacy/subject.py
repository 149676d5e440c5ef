"""Whom an export or an erasure is about: their id, and the addresses that are theirs alone."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db
from community.mail.models import OutboxMail
from community.membership.models import PersonAddress
from community.membership.queries import get_person


@dataclass(frozen=True)
class Subject:
    """``addresses`` are the present ones, and former ones that are nobody else's by now."""

    id: int
    name: str
    addresses: tuple[str, ...]


def subject_of(person_id: int) -> Subject:
    """The subject of that id, as the database has them now. Raises NotFound."""
    person = get_person(person_id)
    own = sa.select(PersonAddress.address).where(PersonAddress.person_id == person_id)
    taken = sa.select(PersonAddress.address).where(PersonAddress.person_id != person_id)
    former = sa.select(OutboxMail.recipient).where(
        OutboxMail.person_id == person_id,
        OutboxMail.recipient != "",
        OutboxMail.recipient.not_in(taken),
    )
    found = set(db.session.scalars(own)) | set(db.session.scalars(former.distinct()))
    return Subject(person.id, person.name, tuple(sorted(found)))
