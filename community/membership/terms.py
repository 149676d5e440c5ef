"""The words by which the directory finds people, kept in step with their profiles."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from community.core.bulk import insert_many
from community.core.db import db, transactional
from community.core.text import fold
from community.membership.changes import (
    AudiencesChanged,
    MemberJoined,
    PeopleImported,
    ProfileEdited,
    RoleGranted,
)
from community.membership.models import Person, PersonTerm

VERSION = 1  # raise it when the same profile gives other terms: the worker makes them anew
LONGEST = 40  # characters of a term; longer words are found by their beginning
MOST = 400  # terms of one field
PLACE = "place"  # the kind of a whole location, for finding people of the same place
_BATCH = 200
_FIELDS = ("name", "job_title", "organization", "location", "bio", "links")
_COLUMNS = [
    getattr(Person, column)
    for column in (
        *("id", "sort_name", "terms_version", "erased_at", *_FIELDS),
        *(f"{field}_audience" for field in _FIELDS),
    )
]
_terms_table: sa.Table = Person.metadata.tables["person_terms"]
_WORD = re.compile(r"[^\W_]+")
_OF_EVERY_LINK = {"http", "https", "www"}


def words_of(text: str) -> list[str]:
    """The folded words of a text, each once and in order, as they are kept and searched for."""
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(fold(text))))


def place_of(location: str) -> str:
    """A location as it is compared with another one; ``""`` when it holds no word."""
    return " ".join(_WORD.findall(fold(location)))[:LONGEST].strip()


def sort_name_of(name: str) -> str:
    """What the directory sorts a name by."""
    return fold(name)[:120]


def index_person(
    change: MemberJoined | RoleGranted | ProfileEdited | AudiencesChanged,
) -> None:
    """Make a person's terms anew. It follows every change of what a profile shows."""
    _index([change.person_id])


def index_people(change: PeopleImported) -> None:
    """The same for everybody in a batch of an import."""
    _index([one.person_id for one in change.people])


@transactional
def index_missing() -> int:
    """Make the terms of people who have none of the present kind, some at a time; how many."""
    behind = sa.select(Person.id).where(Person.terms_version < VERSION).order_by(Person.id)
    ids = db.session.scalars(behind.limit(_BATCH)).all()
    return _index(ids)


def index_all_missing() -> int:
    """The same until nothing is left, a transaction for each batch."""
    done = 0
    while batch := index_missing():
        done += batch
    return done


def _index(ids: Sequence[int]) -> int:
    """Make the terms of these people anew, with as many statements as for one; how many."""
    db.session.flush()
    # As it stands now and for nobody else to change: terms made of what another use-case has just
    # replaced would show what is hidden since.
    people = db.session.execute(
        sa.select(*_COLUMNS)
        .where(Person.id.in_(ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()
    if not people:
        return 0
    db.session.execute(
        sa.delete(PersonTerm).where(PersonTerm.person_id.in_([person.id for person in people])),
        execution_options={"synchronize_session": False},
    )
    stale = [
        {"id": person.id, "sort_name": name, "terms_version": VERSION}
        for person in people
        if (name := sort_name_of(person.name)) != person.sort_name
        or person.terms_version != VERSION
    ]
    if stale:
        db.session.execute(sa.update(Person), stale)
        _tell_session(stale)
    rows = [row for person in people if not person.erased_at for row in _terms(person)]
    insert_many(_terms_table, rows)
    return len(people)


def _tell_session(changed: Sequence[Mapping[str, Any]]) -> None:
    """An UPDATE of many rows does not look for objects that hold what was there before."""
    for values in changed:
        person = db.session.identity_map.get(identity_key(Person, values["id"]))
        if person is not None:
            for name in ("sort_name", "terms_version"):
                set_committed_value(person, name, values[name])


def _terms(person: sa.Row[Any]) -> Iterator[dict[str, object]]:
    """Topics have none: they can be renamed, and a search looks them up by itself."""
    texts = {
        "name": words_of(person.name),
        "job_title": words_of(person.job_title),
        "organization": words_of(person.organization),
        "location": words_of(person.location),
        "bio": words_of(person.bio),
        "links": [word for word in words_of(person.links) if word not in _OF_EVERY_LINK],
    }
    for field, words in texts.items():
        audience = getattr(person, f"{field}_audience")
        for word in words[:MOST]:
            yield {"person_id": person.id, "kind": field, "term": word, "audience": audience}
    if place := place_of(person.location):
        yield {
            "person_id": person.id,
            "kind": PLACE,
            "term": place,
            "audience": person.location_audience,
        }
