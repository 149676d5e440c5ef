"""What a batch of an import does to people: new ones are added, known ones only completed.

A batch costs as many statements as a row would: who is known is one question, who is new goes
into each table at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, record, rows_changed
from community.core.text import fold
from community.membership.changes import PeopleImported
from community.membership.csv_rows import CsvRow
from community.membership.handles import new_handle
from community.membership.import_models import Import, ImportRow, PersonImported, Verdict
from community.membership.import_verdicts import topics_by_word
from community.membership.models import Membership, Person, PersonAddress, Topic
from community.membership.terms import VERSION, sort_name_of

_tables: Mapping[str, sa.Table] = Person.metadata.tables
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
        # No verdict: the person was erased since the file was checked, and is not brought back.
        if verdicts.get(number) in {Verdict.NEW, Verdict.KNOWN}
    }
    people = _people_at([row.email for row in wanted.values()])
    _correct(one, verdicts, {n: row.email in people for n, row in wanted.items()})
    topics = _held_topics(wanted.values())
    new = [row for row in wanted.values() if row.email not in people]
    known = [row for row in wanted.values() if row.email in people]
    done = [*_add(one, new, topics), *_complete_all(one, known, people, topics)]
    if done:
        record(PeopleImported(one.id, tuple(done)))


def _verdicts(import_id: int, at: int, count: int) -> dict[int, Verdict]:
    rows = sa.select(ImportRow.number, ImportRow.verdict).where(
        ImportRow.import_id == import_id, ImportRow.number.between(at + 1, at + count)
    )
    return dict(iter(db.session.execute(rows)))


def _people_at(addresses: list[str]) -> dict[str, Person]:
    """The owners of these addresses, proven or not; held until the commit."""
    found = db.session.scalars(
        sa.select(PersonAddress)
        .join(PersonAddress.person)
        .options(contains_eager(PersonAddress.person).selectinload(Person.topics))
        .where(PersonAddress.address.in_(addresses))
        .order_by(PersonAddress.person_id)  # two imports wait for each other and not in a circle
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.address: row.person for row in found}


def _held_topics(rows: Iterable[CsvRow]) -> Mapping[str, Topic]:
    """Topics by word; none of them can be merged or deleted before the commit."""
    if not any(row.topics for row in rows):
        return {}
    held = sa.select(Topic.id).order_by(Topic.id).with_for_update(read=True, key_share=True)
    db.session.execute(held)
    return topics_by_word()


def _chosen(row: CsvRow, topics: Mapping[str, Topic]) -> list[Topic]:
    words = (fold(word) for word in row.topics)
    return list({topics[word].id: topics[word] for word in words if word in topics}.values())


def _add(one: Import, rows: Sequence[CsvRow], topics: Mapping[str, Topic]) -> list[PersonImported]:
    """Add somebody for each of these rows. Who joins meanwhile has the address: the batch is lost.

    It is tried again then (see ``core.db``), and finds them among the known.
    """
    if not rows:
        return []
    joins, invited = _wishes(one)
    handles = _handles(rows)
    people = [_new_person(handle, row, joins=joins) for handle, row in handles.items()]
    made = insert_many(_tables["people"], people, returning=("handle", "id"))
    ids = {handles[made_one.handle].email: made_one.id for made_one in made}
    # In order of the address, so that two imports of the same people wait for each other and not
    # in a circle.
    addresses = [{"person_id": ids[email], "address": email} for email in sorted(ids)]
    insert_many(_tables["person_addresses"], addresses)
    chosen = {row.email: _chosen(row, topics) for row in rows}
    follows = [
        {"person_id": ids[email], "topic_id": topic.id}
        for email, found in chosen.items()
        for topic in found
    ]
    insert_many(_tables["person_topics"], follows)
    return [
        PersonImported(
            ids[row.email], one.id, True, _filled(row, bool(chosen[row.email])), joins, invited
        )
        for row in rows
    ]


def _handles(rows: Sequence[CsvRow]) -> dict[str, CsvRow]:
    handles: dict[str, CsvRow] = {}
    for row in rows:
        handle = new_handle(row.name)
        while handle in handles:  # the lot may fall twice on the same among people of one name
            handle = new_handle(row.name)
        handles[handle] = row
    return handles


def _new_person(handle: str, row: CsvRow, *, joins: bool) -> dict[str, Any]:
    moment = now()
    return {
        "handle": handle,
        "name": row.name,
        **{fact: getattr(row, fact) for fact in _FACTS},
        # Their own consent is not ours to write down: the audit log says who stated it.
        "membership": Membership.ACTIVE if joins else Membership.NONE,
        "joined_at": moment if joins else None,
        "created_at": moment,
        # What follows (see notices.wiring) makes their terms and has not to write this row again.
        "sort_name": sort_name_of(row.name),
        "terms_version": VERSION,
    }


def _filled(row: CsvRow, has_topics: bool) -> tuple[str, ...]:
    facts = tuple(name for name in _FACTS if getattr(row, name))
    return (*facts, "topics") if has_topics else facts


def _wishes(one: Import) -> tuple[bool, bool]:
    """Whether strangers become members by the importer's word, and whether they are written to."""
    return bool(one.options.get("consented")), bool(one.options.get("invite"))


def _complete_all(
    one: Import,
    rows: Sequence[CsvRow],
    people: Mapping[str, Person],
    topics: Mapping[str, Topic],
) -> list[PersonImported]:
    consented, invite = _wishes(one)
    done = []
    for row in rows:
        person = people[row.email]
        if person.is_shut_out:
            continue
        fields = _complete(person, row, topics)
        stranger = person.membership == Membership.NONE
        if stranger and consented:
            person.membership, person.joined_at = Membership.ACTIVE, now()
        joins, invited = stranger and consented, stranger and invite
        if joins or invited or fields:
            done.append(PersonImported(person.id, one.id, False, fields, joins, invited))
    db.session.flush()
    return done


def _complete(person: Person, row: CsvRow, topics: Mapping[str, Topic]) -> tuple[str, ...]:
    """Fill in what is empty and change nothing else; the names of what was filled in."""
    filled = [name for name in _FACTS if getattr(row, name) and not getattr(person, name)]
    for name in filled:
        setattr(person, name, getattr(row, name))
    chosen = _chosen(row, topics)
    if chosen and not person.topics:
        person.topics.extend(chosen)
        filled.append("topics")
    return tuple(filled)


def _correct(one: Import, verdicts: Mapping[int, Verdict], is_known: Mapping[int, bool]) -> None:
    """Somebody came or went since the file was checked: count what is."""
    for verdict, known in ((Verdict.NEW, False), (Verdict.KNOWN, True)):
        other = [n for n, there in is_known.items() if there == known and verdicts[n] != verdict]
        if not other:
            continue
        shift = len(other) if verdict == Verdict.NEW else -len(other)
        one.new, one.known = one.new + shift, one.known - shift
        rows = (ImportRow.import_id == one.id, ImportRow.number.in_(other))
        rows_changed(sa.update(ImportRow).where(*rows).values(verdict=verdict))
