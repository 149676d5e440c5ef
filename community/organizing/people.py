"""Everybody whom the community knows, as its admins look for them."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.addresses import normal_address
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.discovery.people import terms_beginning
from community.membership.models import Membership, Person, PersonAddress, PersonTerm
from community.membership.standing import require_admin
from community.membership.terms import words_of
from community.organizing.tags import tagged

PAGE = 50
_LONGEST_QUERY = 254  # as long as an address
_MOST_WORDS = 6
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Sought:
    """A whole address or the beginnings of names, a membership's name, a tag; where to go on."""

    q: str = ""
    membership: str = ""
    after: str = ""
    tag: str = ""


def list_people(admin_id: int, sought: Sought) -> Page[Person]:
    """People by name, fifty a page, each part of the question answered by an index.

    An unknown membership finds nobody. Erased records and merged ones are left out.
    """
    require_admin(admin_id)
    query = sa.select(Person).where(Person.erased_at.is_(None))
    if sought.membership:
        if sought.membership not in set(Membership):
            return Page([])
        query = query.where(Person.membership == Membership(sought.membership))
    q = sought.q[:_LONGEST_QUERY].strip()
    if q:
        found = _found_by(q)
        if found is None:
            return Page([])
        query = query.where(*found)
    if sought.tag:
        query = query.where(Person.id.in_(tagged(sought.tag)))
    if key := read_cursor(sought.after, (str, int)):
        mark = sa.tuple_(sa.literal(key[0], Person.sort_name.type), sa.literal(key[1]))
        query = query.where(sa.tuple_(Person.sort_name, Person.id) > mark)
    query = query.options(selectinload(Person.addresses))
    rows = db.session.scalars(query.order_by(Person.sort_name, Person.id).limit(PAGE + 1)).all()
    after = cursor(rows[PAGE - 1].sort_name, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return Page(list(rows[:PAGE]), after)


def _found_by(q: str) -> list[sa.ColumnElement[bool]] | None:
    """Conditions on people; None when nobody can fit."""
    if "@" in q:
        try:
            address = normal_address(q)
        except Refused:
            return None
        owner = sa.select(PersonAddress.person_id).where(PersonAddress.address == address)
        return [Person.id.in_(owner)]
    named = [
        sa.select(PersonTerm.person_id).where(terms_beginning(word), PersonTerm.kind == "name")
        for word in words_of(q)[:_MOST_WORDS]
    ]
    return [Person.id.in_(one) for one in named] or None


def get_known(admin_id: int, person_id: int) -> Person:
    """One of them, for an admin. Raises NotFound for nobody, and for an erased record."""
    require_admin(admin_id)
    person = db.session.get(Person, person_id) if 0 < person_id <= _LARGEST_ID else None
    if person is None or person.erased_at is not None:
        raise NotFound("person")
    return person
