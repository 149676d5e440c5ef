"""Topics: written down and renamed by organizers, followed by members."""

from collections.abc import Iterable

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.core.text import alike_key, clean_line, clean_text, slugify
from community.core.tokens import new_key
from community.membership.changes import (
    TopicCreated,
    TopicEdited,
    TopicFollowed,
    TopicUnfollowed,
)
from community.membership.models import (
    MOST_TOPICS,
    TOPIC_NAME_LENGTH,
    Topic,
    TopicRedirect,
    person_topics,
)
from community.membership.queries import get_person, is_following
from community.membership.viewer import Viewer

_LONGEST_STEM = 70  # leaves room for a number


@transactional
def create_topic(organizer_id: int, *, name: str, description: str = "") -> Topic:
    """Add a topic. Refuses a name that looks like one that is there already."""
    require_organizer(organizer_id)
    known = lock_topics()
    if len(known) >= MOST_TOPICS:
        raise Refused("too_many_topics", most=MOST_TOPICS)
    name, folded = _free_name(name, known.values())
    topic = Topic(
        name=name, folded=folded, slug=_free_slug(name), description=clean_text(description)
    )
    db.session.add(topic)
    db.session.flush()
    record(TopicCreated(topic.id, topic.name))
    return topic


@transactional
def edit_topic(organizer_id: int, topic_id: int, *, name: str, description: str) -> Topic:
    """Rename and describe a topic. The slug follows the name, and the old one leads to the new."""
    require_organizer(organizer_id)
    known = lock_topics()
    topic = known.pop(topic_id, None)
    if topic is None:
        raise NotFound("topic")
    new, folded = _free_name(name, known.values())
    facts = {"name": new, "folded": folded, "description": clean_text(description)}
    if new != topic.name:
        facts["slug"] = _free_slug(new, topic)
    changed = sorted(fact for fact, value in facts.items() if getattr(topic, fact) != value)
    if not changed:
        return topic
    before = {fact: getattr(topic, fact) for fact in changed}
    if "slug" in changed:
        _lead_on(topic, facts["slug"])
    for fact in changed:
        setattr(topic, fact, facts[fact])
    topic.changed_at = now()
    record(TopicEdited(topic.id, tuple(changed), before))
    return topic


@transactional
def follow_topic(person_id: int, topic_id: int) -> None:
    """Let a member follow a topic; following twice is once. Refuses who is no member."""
    if not Viewer.of(get_person(person_id)).is_member:
        raise Forbidden("members_only")
    # Held until the commit: it cannot be merged away under the row that is about to name it.
    held = sa.select(Topic.id).where(Topic.id == topic_id)
    if db.session.scalar(held.with_for_update(read=True, key_share=True)) is None:
        raise NotFound("topic")
    if not is_following(person_id, topic_id):
        row = {"person_id": person_id, "topic_id": topic_id}
        db.session.execute(sa.insert(person_topics).values(row))
        record(TopicFollowed(person_id, topic_id))


@transactional
def unfollow_topic(person_id: int, topic_id: int) -> None:
    """Stop following; whoever does not follow is left in peace."""
    gone = sa.delete(person_topics).where(
        person_topics.c.person_id == person_id, person_topics.c.topic_id == topic_id
    )
    if rows_changed(gone):
        record(TopicUnfollowed(person_id, topic_id))


def require_organizer(person_id: int) -> None:
    """Raises Forbidden for whoever may not manage topics."""
    if not get_person(person_id).is_organizer:
        raise Forbidden("organizers_only")


def lock_topics() -> dict[int, Topic]:
    """Every topic by id, fresh; whoever else would change their names or slugs waits.

    They are few and seldom change, and a slug must be free among all of them at once.
    """
    query = sa.select(Topic).order_by(Topic.id).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {topic.id: topic for topic in found}


def move_slugs(topic: Topic, into: Topic) -> None:
    """Let the slug of a topic that is about to go, and all its former ones, lead to the other."""
    former = sa.update(TopicRedirect).where(TopicRedirect.topic_id == topic.id)
    rows_changed(former.values(topic_id=into.id))
    db.session.add(TopicRedirect(slug=topic.slug, topic_id=into.id))


def _lead_on(topic: Topic, slug: str) -> None:
    """Keep the present slug as a former one; a former one that is taken up again is none."""
    rows_changed(sa.delete(TopicRedirect).where(TopicRedirect.slug == slug))
    db.session.add(TopicRedirect(slug=topic.slug, topic_id=topic.id))


def _free_name(name: str, others: Iterable[Topic]) -> tuple[str, str]:
    """The name as it is kept, and the key under which no other looks like it."""
    name = clean_line(name)
    folded = alike_key(name)
    if not any(c.isalnum() for c in folded):
        raise Refused("topic_name_missing", field="name")
    if len(name) > TOPIC_NAME_LENGTH:
        raise Refused("topic_name_too_long", field="name", most=TOPIC_NAME_LENGTH)
    for other in others:
        if other.folded == folded:
            raise Refused("topic_exists", field="name", name=other.name)
    return name, folded


def _free_slug(name: str, own: Topic | None = None) -> str:
    """A slug that leads to no other topic, not by a redirect either: links keep their meaning."""
    own_id = own.id if own else 0
    stem = slugify(name, longest=_LONGEST_STEM) or f"topic-{new_key()[:8]}"
    present = sa.select(Topic.slug).where(Topic.id != own_id)
    former = sa.select(TopicRedirect.slug).where(TopicRedirect.topic_id != own_id)
    alike = [
        query.where(column.startswith(stem, autoescape=True))
        for query, column in ((present, Topic.slug), (former, TopicRedirect.slug))
    ]
    taken = {*db.session.scalars(sa.union_all(*alike)), "new"}  # /organize/topics/new is a page
    if stem not in taken:
        return stem
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{stem}-{n}") not in taken)
