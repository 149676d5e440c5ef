"""People as one viewer may see them: what of a profile is there for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.db import db
from community.core.errors import NotFound
from community.discovery.acquaintance import (
    Closeness,
    closeness_among,
    fellows_among,
    is_there,
    relation_to,
)
from community.membership.audiences import DEFAULTS, Audience, Relation, may_read
from community.membership.models import Person, PersonTerm
from community.membership.profiles import audiences_of, links_of
from community.membership.viewer import Viewer

_LAST = "\U0010ffff"  # follows every character, on both databases


class TopicName(NamedTuple):
    """A topic as a profile names it."""

    id: int
    slug: str
    name: str


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
    topics: list[TopicName] | None
    email: str | None


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
        "topics": [TopicName(topic.id, topic.slug, topic.name) for topic in person.topics],
        "email": person.address,
    }
    seen: dict[str, Any] = {
        field: values[field] if may_read(audiences[field], relation) else None for field in DEFAULTS
    }
    return VisibleProfile(handle=person.handle, is_own=relation == Relation.SELF, **seen)


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
