"""Tags: words by which organizers find people again. The person gets them on asking."""

from collections.abc import Iterable

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Refused
from community.core.text import alike_key, clean_line
from community.organizing.changes import TagAdded, TagRemoved
from community.organizing.note_models import TAG_LENGTH, PersonTag
from community.organizing.notes import hold_person

MOST_TAGS = 50
MOST_SHOWN = 100


def tags_of(person_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of each of these people, as they were typed, in order; none has no entry.

    For pages whose reader is an organizer of the community: whoever only helps at an event reads
    none of them.
    """
    found = db.session.execute(
        sa.select(PersonTag.person_id, PersonTag.tag)
        .where(PersonTag.person_id.in_(list(person_ids)))
        .order_by(PersonTag.person_id, PersonTag.folded)
    )
    tags: dict[int, list[str]] = {}
    for person_id, tag in found:
        tags.setdefault(person_id, []).append(tag)
    return tags


def tagged(tag: str) -> sa.Select[int]:
    """The ids of the people who have a tag, as a subquery; an unknown one is nobody's."""
    return sa.select(PersonTag.person_id).where(PersonTag.folded == alike_key(clean_line(tag)))


def tags_in_use() -> list[str]:
    """The tags that most people have, by name, a hundred at most."""
    counted = (
        sa.select(sa.func.min(PersonTag.tag).label("tag"), PersonTag.folded)
        .group_by(PersonTag.folded)
        .order_by(sa.func.count().desc(), PersonTag.folded)
        .limit(MOST_SHOWN)
        .subquery()
    )
    return list(db.session.scalars(sa.select(counted.c.tag).order_by(counted.c.folded)))


@transactional
def add_tag(actor_id: int, person_id: int, tag: str) -> None:
    """Give somebody a tag. One that reads alike is the same, and twice is once."""
    word = clean_line(tag)
    folded = alike_key(word)
    if not folded:
        raise Refused("tag_missing", field="tag")
    if len(word) > TAG_LENGTH:
        raise Refused("tag_too_long", field="tag", most=TAG_LENGTH)
    hold_person(actor_id, person_id)
    if db.session.get(PersonTag, (person_id, folded)) is not None:
        return
    counted = sa.select(sa.func.count()).where(PersonTag.person_id == person_id)
    if (db.session.scalar(counted) or 0) >= MOST_TAGS:
        raise Refused("too_many_tags", field="tag", most=MOST_TAGS)
    db.session.add(PersonTag(person_id=person_id, folded=folded, tag=word, added_at=now()))
    record(TagAdded(person_id))


@transactional
def remove_tag(actor_id: int, person_id: int, tag: str) -> None:
    """Take a tag off somebody. Twice is once."""
    hold_person(actor_id, person_id)
    row = db.session.get(PersonTag, (person_id, alike_key(clean_line(tag))))
    if row is not None:
        db.session.delete(row)
        record(TagRemoved(person_id))
