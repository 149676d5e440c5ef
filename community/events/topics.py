"""What happens to a topic together with the events about it: merging, deleting."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.events.changes import TopicDeleted, TopicsMerged
from community.events.models import event_topics
from community.membership.models import Topic, person_topics
from community.membership.topics import lock_topics, move_slugs, require_organizer


@dataclass(frozen=True)
class Merging:
    """What merging would move. ``shared`` ones belong to the other topic as well."""

    followers: int
    shared_followers: int
    events: int
    shared_events: int

    @property
    def new_followers(self) -> int:
        """How many do not follow the other topic yet."""
        return self.followers - self.shared_followers

    @property
    def new_events(self) -> int:
        """How many are not about the other topic yet."""
        return self.events - self.shared_events


@transactional
def merge_topics(organizer_id: int, topic_id: int, into_id: int) -> Topic:
    """Let one topic go up in another: followers, events and addresses move, then it is gone.

    Nobody follows twice and no event is about a topic twice. Refuses a topic and itself.
    """
    require_organizer(organizer_id)
    topic, into = _hold(topic_id), _hold(into_id)
    if topic.id == into.id:
        raise Refused("same_topic")
    moving = usage(topic.id, into.id)
    _move(person_topics, person_topics.c.person_id, topic, into)
    _move(event_topics, event_topics.c.event_id, topic, into)
    move_slugs(topic, into)
    into.changed_at = now()
    names = (topic.name, into.name)
    record(TopicsMerged(topic.id, into.id, *names, moving.new_followers, moving.new_events))
    db.session.flush()
    db.session.delete(topic)
    db.session.flush()
    db.session.expire_all()  # lists that were read before still hold the topic that is gone
    return into


@transactional
def delete_topic(organizer_id: int, topic_id: int) -> None:
    """Remove a topic that nobody follows and no event is about; its addresses end with it."""
    require_organizer(organizer_id)
    topic = _hold(topic_id)
    figures = usage(topic.id)
    if figures.followers or figures.events:
        raise Refused("topic_in_use", followers=figures.followers, events=figures.events)
    record(TopicDeleted(topic.id, topic.name))
    db.session.delete(topic)


def usage(topic_id: int, into_id: int = 0) -> Merging:
    """How many follow the topic and how many events, drafts included, are about it."""
    return Merging(
        *_counted(person_topics, person_topics.c.person_id, topic_id, into_id),
        *_counted(event_topics, event_topics.c.event_id, topic_id, into_id),
    )


def count_events() -> dict[int, int]:
    """How many events, drafts included, are about each topic; one without any is left out."""
    topic_id = event_topics.c.topic_id
    counted = sa.select(topic_id, sa.func.count()).group_by(topic_id)
    return dict(iter(db.session.execute(counted)))


def _hold(topic_id: int) -> Topic:
    """The topic; on PostgreSQL nobody can follow it or give it to an event before the commit."""
    topic = lock_topics().get(topic_id)
    if topic is None:
        raise NotFound("topic")
    db.session.execute(sa.select(Topic.id).where(Topic.id == topic_id).with_for_update())
    return topic


def _move(table: sa.Table, member: sa.Column[int], topic: Topic, into: Topic) -> None:
    """Give the other topic the rows that it lacks; the rest goes with the topic."""
    already = sa.select(member).where(table.c.topic_id == into.id)
    lacking = sa.select(member, sa.literal(into.id)).where(
        table.c.topic_id == topic.id, member.not_in(already)
    )
    db.session.execute(sa.insert(table).from_select([member.name, "topic_id"], lacking))


def _counted(
    table: sa.Table, member: sa.Column[int], topic_id: int, into_id: int
) -> tuple[int, int]:
    """How many rows the topic has, and how many of them the other topic has as well."""
    mine = sa.select(sa.func.count()).where(table.c.topic_id == topic_id)
    theirs = sa.select(member).where(table.c.topic_id == into_id)
    both = mine.where(member.in_(theirs))
    return db.session.scalar(mine) or 0, db.session.scalar(both) or 0
