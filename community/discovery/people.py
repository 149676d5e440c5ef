"""People as one viewer may see them: a profile, and the directory of members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor
from community.discovery.acquaintance import (
    Closeness,
    closeness_among,
    fellows_among,
    is_there,
    listed,
    may_read_column,
    relation_to,
)
from community.membership.audiences import DEFAULTS, Audience, Relation, may_read, readable
from community.membership.models import Person, PersonTerm, Topic, person_topics
from community.membership.profiles import audiences_of, links_of
from community.membership.queries import all_topics
from community.membership.terms import PLACE, words_of
from community.membership.viewer import Viewer

PAGE = 24
_MOST_WORDS = 6
_LONGEST_QUERY = 100
_FEW = 1_500  # about as many as are gone through to fill a page where more have a word
_LAST = "\U0010ffff"  # follows every character, on both databases


@dataclass(frozen=True)
class VisibleProfile:
    """A person as somebody sees them: a field that is hidden from them is None."""

    handle: str
    is_own: bool
    name: str
    photo: str | None  # names it in addresses of pages; "" without one
    job_title: str | None
    organization: str | None
    location: str | None
    bio: str | None  # Markdown
    links: list[str] | None
    topics: list[Topic] | None
    email: str | None


@dataclass(frozen=True)
class Searched:
    """What the directory is narrowed to: words, a topic's slug, and where to go on."""

    q: str = ""
    topic: str = ""
    after: str = ""


def visible_profile(viewer: Viewer, handle: str) -> VisibleProfile:
    """The member of that handle as the viewer sees them.

    The handle of a record that was merged leads to the one that stays. Raises NotFound when the
    name is hidden from the viewer, and for whoever is no active member.
    """
    return visible_member(viewer, handle)[1]


def visible_member(viewer: Viewer, handle: str) -> tuple[Person, VisibleProfile]:
    """The same, with the row for use-cases that are about the two of them."""
    merged = sa.select(Person.merged_into_id).where(
        Person.handle == handle, Person.merged_into_id.is_not(None)
    )
    person = db.session.scalar(
        sa.select(Person)
        .where(
            sa.or_(Person.handle == handle, Person.id == merged.scalar_subquery()),
            is_there(viewer),
        )
        .options(selectinload(Person.topics), selectinload(Person.addresses))
    )
    shown = seen_by(viewer, [person], closely=True) if person else []
    if person is None or not shown:
        raise NotFound("person")
    return person, shown[0]


def profile_as(
    person: Person, relation: Relation, closeness: Closeness | None = None
) -> VisibleProfile | None:
    """The person as anybody in that relation sees them; None when not even the name is theirs.

    Whoever asked somebody to connect has told them the name, and who is connected the address.
    """
    audiences = audiences_of(person)
    if closeness is not None:
        audiences["name"] = Audience.EVERYBODY
    if closeness == Closeness.CONNECTED:
        audiences["email"] = Audience.EVERYBODY
    if not may_read(audiences["name"], relation):
        return None
    values: dict[str, Any] = {
        "name": person.name,
        "photo": person.photo_version,
        "job_title": person.job_title,
        "organization": person.organization,
        "location": person.location,
        "bio": person.bio,
        "links": links_of(person),
        "topics": list(person.topics),
        "email": person.address,
    }
    seen: dict[str, Any] = {
        field: values[field] if may_read(audiences[field], relation) else None for field in DEFAULTS
    }
    return VisibleProfile(handle=person.handle, is_own=relation == Relation.SELF, **seen)


def list_members(viewer: Viewer, searched: Searched, *, size: int = PAGE) -> Page[VisibleProfile]:
    """Members by name whom every word and the topic fit, as far as the viewer may read them.

    What is hidden from the viewer is not searched either: a match would tell what it says.
    """
    query = people(viewer)
    if searched.topic:
        topic_ids = sa.select(Topic.id).where(Topic.slug == searched.topic)
        query = query.where(
            Person.id.in_(
                sa.select(person_topics.c.person_id).where(person_topics.c.topic_id.in_(topic_ids))
            ),
            may_read_column(viewer, Person.topics_audience, Person.id),
        )
    q = searched.q[:_LONGEST_QUERY]
    if q.strip():
        words = words_of(q)[:_MOST_WORDS]
        if not words:  # signs alone: nobody is called so
            return Page([])
        topics = all_topics()
        named = {word: [topic.id for topic in topics if _mentions(topic, word)] for word in words}
        few = _few_with_one_of(viewer, words, named)
        if few is not None:
            query = query.where(Person.id.in_(inline(few)))
        query = query.where(*[_has(viewer, word, named[word]) for word in words])
    if key := read_cursor(searched.after, (str, int)):
        mark = sa.tuple_(sa.literal(key[0], Person.sort_name.type), sa.literal(key[1]))
        query = query.where(sa.tuple_(Person.sort_name, Person.id) > mark)
    found = db.session.scalars(query.order_by(Person.sort_name, Person.id).limit(size + 1)).all()
    shown = found[:size]
    after = cursor(shown[-1].sort_name, shown[-1].id) if len(found) > size else None
    return Page(seen_by(viewer, shown), after)


def people(viewer: Viewer) -> sa.Select[Person]:
    """The people whom the viewer may know of, with what a profile needs."""
    return (
        sa.select(Person)
        .where(listed(viewer))
        .options(selectinload(Person.topics), selectinload(Person.addresses))
    )


def seen_by(
    viewer: Viewer, persons: Sequence[Person], *, closely: bool = False
) -> list[VisibleProfile]:
    """These people as the viewer sees them, with one query however many they are.

    ``closely``: with what connections tell beside the audiences, for one query more.
    """
    asking = [one.id for one in persons if Audience.SAME_EVENT in audiences_of(one).values()]
    fellows = fellows_among(viewer, asking)
    close = closeness_among(viewer, [person.id for person in persons]) if closely else {}
    profiles = [
        profile_as(person, relation_to(viewer, person.id, fellows), close.get(person.id))
        for person in persons
    ]
    return [profile for profile in profiles if profile is not None]


def terms_beginning(word: str) -> sa.ColumnElement[bool]:
    """Whether a term begins with a folded word: a range, which an index answers."""
    return sa.and_(PersonTerm.term >= word, PersonTerm.term < word + _LAST)


def _few_with_one_of(
    viewer: Viewer, words: Sequence[str], named: Mapping[str, list[int]]
) -> list[int] | None:
    """Whoever may have one of the words, if they are few; None if all words have many.

    Few are looked at one by one and then sorted. Where every word has many, a page is soon full
    when the directory is gone through in its order. Either way a page costs about the square root
    of what there is. Who is among them is decided elsewhere: this only leaves out whom the viewer
    cannot read in any case, so that words hidden from them do not count as many.
    """
    seen = sa.or_(
        PersonTerm.audience.in_(sorted(_widest(viewer))), PersonTerm.person_id == viewer.person_id
    )
    for word in words:
        with_it = sa.select(PersonTerm.person_id).where(terms_beginning(word), seen)
        if named[word]:
            followers = sa.select(person_topics.c.person_id)
            followers = followers.where(person_topics.c.topic_id.in_(named[word]))
            with_it = with_it.union_all(followers)  # type: ignore[assignment]  # two of a kind
        found = db.session.scalars(with_it.limit(_FEW + 1)).all()
        if len(found) <= _FEW:
            return sorted(set(found))
    return None


def _widest(viewer: Viewer) -> frozenset[Audience]:
    return readable(Relation.SAME_EVENT if viewer.is_member else Relation.VISITOR)


def inline(ids: Sequence[int]) -> sa.BindParameter[Any]:
    """Ids as part of the statement: a thousand parameters take longer than the answer."""
    return sa.bindparam(None, ids, sa.Integer, expanding=True, literal_execute=True)


def _has(viewer: Viewer, word: str, named: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether a person has a word that begins so in a field that the viewer may read."""
    in_field = sa.exists().where(
        PersonTerm.person_id == Person.id,
        terms_beginning(word),
        PersonTerm.kind != PLACE,
        may_read_column(viewer, PersonTerm.audience, PersonTerm.person_id),
    )
    if not named:
        return in_field
    in_topics = sa.and_(
        may_read_column(viewer, Person.topics_audience, Person.id),
        sa.exists().where(
            person_topics.c.person_id == Person.id, person_topics.c.topic_id.in_(named)
        ),
    )
    return sa.or_(in_field, in_topics)


def _mentions(topic: Topic, word: str) -> bool:
    return any(one.startswith(word) for one in words_of(topic.name))
