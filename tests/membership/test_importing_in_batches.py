"""A batch of an import takes as many statements as a row, and leaves a trace for each person."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.membership.import_models import Import
from community.membership.importing import start_import, work_on
from community.membership.models import Membership, Person, PersonTerm
from community.organizing.models import AuditEntry
from tests.discovery.counting import statements
from tests.factories.events import a_topic
from tests.factories.imports import checked

HEAD = "name,email,organization,job_title,location,topics\n"


def _list(count: int, of: str) -> str:
    rows = (f"P {n},{of}{n}@example.org,Acme {n},CDO,Boston,ai\n" for n in range(count))
    return HEAD + "".join(rows)


def _statements_of(one: Import) -> int:
    start_import(None, one.id, consented=True)
    db.session.rollback()
    with statements() as asked:
        work_on(one.id)
    return len(asked)


def test_many_people_are_added_with_as_many_statements_as_few(app: Flask) -> None:
    a_topic("AI", "ai")
    counted = [_statements_of(checked(_list(many, f"m{many}-"))) for many in (2, 200)]
    assert counted[0] == counted[1]


def test_many_rows_are_checked_with_as_many_statements_as_few(app: Flask) -> None:
    counted = []
    for many in (2, 200):
        with statements() as asked:
            checked(_list(many, f"m{many}-"))
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_everybody_who_is_added_has_an_entry_terms_topics_and_an_address(app: Flask) -> None:
    topic = a_topic("AI", "ai")
    one = checked(_list(20, "p"))
    _statements_of(one)
    people = db.session.scalars(sa.select(Person).order_by(Person.id)).all()
    assert len(people) == 20
    assert {person.address for person in people} == {f"p{n}@example.org" for n in range(20)}
    for person in people:
        number = person.address.removeprefix("p").partition("@")[0]
        assert (person.name, person.organization) == (f"P {number}", f"Acme {number}")
        assert (person.membership, person.sort_name) == (Membership.ACTIVE, f"p {number}")
        assert [each.id for each in person.topics] == [topic.id]
        terms = sa.select(PersonTerm.term).where(PersonTerm.person_id == person.id)
        assert {"p", number, "acme", "cdo", "boston"} <= set(db.session.scalars(terms))
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.person_id == person.id)
        ).one()
        assert (entry.action, entry.via, entry.actor_id) == ("PersonImported", "import", None)
        assert entry.details == {
            "import_id": one.id,
            "is_new": True,
            "fields": ["organization", "job_title", "location", "topics"],
            "joined": True,
            "invited": False,
        }


@pytest.mark.parametrize("signs", ["'\"\\", "{}[],:", "%s %(x)s", "\u2028é🙂"])
def test_what_a_name_holds_arrives_as_it_is(app: Flask, signs: str) -> None:
    quoted = signs.replace('"', '""')
    _statements_of(checked(f'{HEAD}"A {quoted} B",ann@example.org,,,,\n'))
    name = db.session.scalar(sa.select(Person.name))
    assert name == f"A {signs} B".replace("\u2028", " ").replace("  ", " ")
