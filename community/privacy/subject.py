"""Whom an export or an erasure is about: their ids, and the addresses that are theirs alone."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db
from community.mail.models import OutboxMail
from community.membership.models import Person, PersonAddress
from community.membership.queries import get_person


@dataclass(frozen=True)
class Subject:
    """``addresses`` are the present ones, and former ones that are nobody else's by now.

    ``records`` are their id, and those of records that were merged into theirs: what no foreign
    key names goes on naming them, and so do answers that gave way.
    """

    id: int
    name: str
    addresses: tuple[str, ...]
    records: tuple[int, ...]


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
    merged = sa.select(Person.id).where(Person.merged_into_id == person_id).order_by(Person.id)
    records = (person.id, *db.session.scalars(merged))
    return Subject(person.id, person.name, tuple(sorted(found)), records)
