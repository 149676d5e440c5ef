"""The words by which the directory finds people, kept in step with their profiles."""

import re
from collections.abc import Iterator

import sqlalchemy as sa

from community.core.db import db, transactional
from community.core.text import fold
from community.membership.changes import (
    AudiencesChanged,
    MemberJoined,
    ProfileEdited,
    RoleGranted,
)
from community.membership.models import Person, PersonTerm

VERSION = 1  # raise it when the same profile gives other terms: the worker makes them anew
LONGEST = 40  # characters of a term; longer words are found by their beginning
MOST = 400  # terms of one field
PLACE = "place"  # the kind of a whole location, for finding people of the same place
_BATCH = 200
_WORD = re.compile(r"[^\W_]+")
_OF_EVERY_LINK = {"http", "https", "www"}


def words_of(text: str) -> list[str]:
    """The folded words of a text, each once and in order, as they are kept and searched for."""
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(fold(text))))


def place_of(location: str) -> str:
    """A location as it is compared with another one; ``""`` when it holds no word."""
    return " ".join(_WORD.findall(fold(location)))[:LONGEST].strip()


def index_person(
    change: MemberJoined | RoleGranted | ProfileEdited | AudiencesChanged,
) -> None:
    """Make a person's terms anew. It follows every change of what a profile shows."""
    db.session.flush()
    # As it stands now and for nobody else to change: terms made of what another use-case has just
    # replaced would show what is hidden since.
    lock = {"key_share": True}
    person = db.session.get(Person, change.person_id, populate_existing=True, with_for_update=lock)
    if person is not None:
        _index(person)


@transactional
def index_missing() -> int:
    """Make the terms of people who have none of the present kind, some at a time; how many."""
    behind = sa.select(Person).where(Person.terms_version < VERSION).order_by(Person.id)
    people = db.session.scalars(behind.limit(_BATCH).with_for_update(key_share=True)).all()
    for person in people:
        _index(person)
    return len(people)


def index_all_missing() -> int:
    """The same until nothing is left, a transaction for each batch."""
    done = 0
    while batch := index_missing():
        done += batch
    return done


def _index(person: Person) -> None:
    db.session.execute(sa.delete(PersonTerm).where(PersonTerm.person_id == person.id))
    person.sort_name = fold(person.name)[:120]
    person.terms_version = VERSION
    rows = [] if person.erased_at else list(_terms(person))
    if rows:
        db.session.execute(sa.insert(PersonTerm), rows)


def _terms(person: Person) -> Iterator[dict[str, object]]:
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
