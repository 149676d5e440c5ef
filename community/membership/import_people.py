"""What a batch of an import does to people: new ones are added, known ones only completed."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from community.core.clock import now
from community.core.db import db, record
from community.core.text import fold
from community.membership.changes import PersonImported
from community.membership.csv_rows import CsvRow
from community.membership.import_models import Import, ImportRow, Verdict
from community.membership.import_verdicts import topics_by_word
from community.membership.models import Membership, Person, PersonAddress, Topic

_FACTS = ("organization", "job_title", "location")


def add_people(one: Import, at: int, rows: Sequence[CsvRow]) -> None:
    """Add or complete the people of these rows, the ones after the first ``at``.

    Their addresses stay unproven until somebody answers a mail that went there. Only inside a
    use-case.
    """
    verdicts = _verdicts(one.id, at, len(rows))
    wanted = {
        number: row
        for number, row in enumerate(rows, at + 1)
        if verdicts[number].verdict in {Verdict.NEW, Verdict.KNOWN}
    }
    people = _people_at([row.email for row in wanted.values()])
    topics = topics_by_word()
    moved: list[tuple[Person, bool, tuple[str, ...]]] = []
    for number, row in wanted.items():
        person = people.get(row.email)
        _correct(one, verdicts[number], Verdict.KNOWN if person else Verdict.NEW)
        if person is None:
            person = _new_person(row)
            db.session.add(person)
            moved.append((person, True, _complete(person, row, topics)))
        elif not person.is_shut_out:
            moved.append((person, False, _complete(person, row, topics)))
    db.session.flush()
    for person, is_new, fields in moved:
        _join(one, person, is_new=is_new, fields=fields)


def _verdicts(import_id: int, at: int, count: int) -> dict[int, ImportRow]:
    rows = sa.select(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.number.between(at + 1, at + count)
    )
    return {row.number: row for row in db.session.scalars(rows)}


def _people_at(addresses: list[str]) -> dict[str, Person]:
    """The owners of these addresses, proven or not; held until the commit."""
    found = db.session.scalars(
        sa.select(PersonAddress)
        .join(PersonAddress.person)
        .options(contains_eager(PersonAddress.person).selectinload(Person.topics))
        .options(contains_eager(PersonAddress.person).selectinload(Person.addresses))
        .where(PersonAddress.address.in_(addresses))
        .order_by(PersonAddress.person_id)  # two imports wait for each other and not in a circle
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.address: row.person for row in found}


def _new_person(row: CsvRow) -> Person:
    person = Person(name=row.name, organization="", job_title="", location="")
    person.membership = Membership.NONE
    person.addresses.append(PersonAddress(address=row.email))
    return person


def _complete(person: Person, row: CsvRow, topics: dict[str, Topic]) -> tuple[str, ...]:
    """Fill in what is empty and change nothing else; the names of what was filled in."""
    filled = [name for name in _FACTS if getattr(row, name) and not getattr(person, name)]
    for name in filled:
        setattr(person, name, getattr(row, name))
    chosen = {
        topics[fold(word)].id: topics[fold(word)] for word in row.topics if fold(word) in topics
    }
    if chosen and not person.topics:
        person.topics.extend(chosen.values())
        filled.append("topics")
    return tuple(filled)


def _join(one: Import, person: Person, *, is_new: bool, fields: tuple[str, ...]) -> None:
    stranger = person.membership == Membership.NONE
    joins = stranger and bool(one.options.get("consented"))
    if joins:
        # Their own consent is not ours to write down: the audit log says who stated it.
        person.membership, person.joined_at = Membership.ACTIVE, now()
    invited = stranger and bool(one.options.get("invite"))
    if is_new or joins or invited or fields:
        record(PersonImported(person.id, one.id, is_new, fields, joins, invited))


def _correct(one: Import, row: ImportRow, verdict: Verdict) -> None:
    """Somebody came or went since the file was checked: count what is."""
    if row.verdict == verdict:
        return
    shift = 1 if verdict == Verdict.NEW else -1
    one.new, one.known = one.new + shift, one.known - shift
    row.verdict = verdict
