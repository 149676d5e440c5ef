"""Merging and deleting topics: everything moves once, nothing is lost, nobody else may."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden, NotFound, Refused
from community.events.models import Event, event_topics
from community.events.topics import count_events, delete_topic, merge_topics, usage
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import PendingKind, Topic, TopicRedirect, person_topics
from community.membership.queries import all_topics, count_followers, find_topics, get_topic
from community.membership.topics import create_topic, edit_topic, follow_topic
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_organizer
from tests.factories.proofs import mailed_token


def topics(*names: str) -> list[Topic]:
    boss = an_organizer()
    return [create_topic(boss.id, name=name) for name in names]


def merge(topic: Topic, into: Topic) -> Topic:
    return merge_topics(an_organizer().id, topic.id, into.id)


def rows(table: sa.Table) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in db.session.execute(sa.select(table)))


def test_followers_and_events_move_without_duplicates(app: Flask) -> None:
    old, new, third = topics("AI", "Artificial Intelligence", "Data")
    only_old, both, only_new = a_member(), a_member(), a_member()
    for person, it in ((only_old, old), (both, old), (both, new), (only_new, new), (both, third)):
        follow_topic(person.id, it.id)
    owner = an_organizer()
    about_old = an_event(owner, title="Old", topics=["ai", "data"])
    about_both = an_event(owner, title="Both", topics=["ai", "artificial-intelligence"])
    a_draft = an_event(owner, title="Draft", topics=["ai"], published=False)
    about_none = an_event(owner, title="None")
    figures = usage(old.id, new.id)
    assert (figures.followers, figures.shared_followers) == (2, 1)
    assert (figures.events, figures.shared_events) == (3, 1)
    old_id, new_id, third_id = old.id, new.id, third.id
    events = {event.id for event in (about_old, about_both, a_draft)}

    assert merge(old, new).id == new_id

    assert [it.slug for it in all_topics()] == ["artificial-intelligence", "data"]
    people = {only_old.id, both.id, only_new.id}
    assert rows(person_topics) == sorted([(p, new_id) for p in people] + [(both.id, third_id)])
    assert rows(event_topics) == sorted([(e, new_id) for e in events] + [(about_old.id, third_id)])
    assert about_none.topics == []
    assert count_events() == {new_id: 3, third_id: 1}
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "TopicsMerged")
    ).one()
    assert entry.details == {
        "topic_id": old_id,
        "into_id": new_id,
        "name": "AI",
        "into_name": "Artificial Intelligence",
        "followers": 1,
        "events": 2,
    }


def test_every_address_of_a_merged_topic_leads_to_the_other_in_one_step(app: Flask) -> None:
    first, second, third = topics("First", "Second", "Third")
    boss = an_organizer()
    edit_topic(boss.id, first.id, name="Renamed", description="")
    merge(first, second)
    edit_topic(boss.id, second.id, name="Second Renamed", description="")
    merge(second, third)
    for slug in ("first", "renamed", "second", "second-renamed", "third"):
        assert get_topic(slug).slug == "third"
    redirects = dict(
        iter(db.session.execute(sa.select(TopicRedirect.slug, TopicRedirect.topic_id)))
    )
    assert set(redirects.values()) == {third.id}
    # The name is free again; its address stays with those who know it.
    again = create_topic(boss.id, name="First")
    assert again.slug == "first-2"
    assert get_topic("first").slug == "third"


def test_a_topic_may_take_the_name_of_one_that_was_merged_into_it(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    merge(old, new)
    edit_topic(an_organizer().id, new.id, name="AI", description="")
    assert new.slug == "ai"
    assert get_topic("artificial-intelligence").slug == "ai"
    assert db.session.scalars(sa.select(TopicRedirect.slug)).all() == ["artificial-intelligence"]


def test_a_topic_is_not_merged_into_itself_or_nothing(app: Flask) -> None:
    (it,) = topics("AI")
    boss = an_organizer()
    with pytest.raises(Refused, match="same_topic"):
        merge_topics(boss.id, it.id, it.id)
    with pytest.raises(NotFound):
        merge_topics(boss.id, it.id, 4711)
    with pytest.raises(NotFound):
        merge_topics(boss.id, 4711, it.id)
    assert [known.name for known in all_topics()] == ["AI"]


def test_merging_twice_finds_nothing_the_second_time(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    boss, old_id, new_id = an_organizer().id, old.id, new.id
    answers = at_once(app, [lambda: merge_topics(boss, old_id, new_id).id] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotFound", "int"]


def test_two_topics_merged_into_each_other_at_once_leave_one(app: Flask) -> None:
    one, other = topics("One", "Other")
    boss, a, b = an_organizer().id, one.id, other.id
    follow_topic(a_member().id, a)
    at_once(app, [lambda: merge_topics(boss, a, b).id, lambda: merge_topics(boss, b, a).id])
    (left,) = all_topics()
    assert count_followers() == {left.id: 1}
    assert {get_topic("one").id, get_topic("other").id} == {left.id}


def test_who_follows_while_topics_are_merged_follows_what_is_left(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    boss, old_id, new_id = an_organizer().id, old.id, new.id
    people = [a_member().id for _ in range(8)]

    def follow(person_id: int) -> int:
        follow_topic(person_id, old_id)
        return person_id

    calls = [lambda p=p: follow(p) for p in people]
    calls.insert(4, lambda: merge_topics(boss, old_id, new_id).id)
    answers = at_once(app, calls)
    merged = answers.pop(4)
    assert merged == new_id
    followed = {answer for answer in answers if isinstance(answer, int)}
    assert {type(a) for a in answers if not isinstance(a, int)} <= {NotFound}
    assert {person for person, _ in rows(person_topics)} == followed
    assert {topic for _, topic in rows(person_topics)} <= {new_id}


def test_an_event_that_is_written_while_topics_are_merged_is_about_what_is_left(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    boss, old_id, new_id = an_organizer().id, old.id, new.id
    owners = [an_organizer() for _ in range(4)]

    def write(owner: Any) -> int:
        return an_event(db.session.merge(owner, load=True), topics=["ai"]).id

    calls = [lambda o=o: write(o) for o in owners]
    answers = at_once(app, [*calls[:2], lambda: merge_topics(boss, old_id, new_id).id, *calls[2:]])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    events = [*answers[:2], *answers[3:]]
    assert rows(event_topics) == sorted((event, new_id) for event in events)


def test_only_organizers_may_merge_and_delete(app: Flask) -> None:
    one, other = topics("One", "Other")
    for person in (a_person(), a_member()):
        with pytest.raises(Forbidden, match="organizers_only"):
            merge_topics(person.id, one.id, other.id)
        with pytest.raises(Forbidden, match="organizers_only"):
            delete_topic(person.id, one.id)
    assert len(all_topics()) == 2


@pytest.mark.parametrize("used_by", ["follower", "event", "draft"])
def test_a_topic_in_use_is_not_deleted(app: Flask, used_by: str) -> None:
    (it,) = topics("AI")
    if used_by == "follower":
        follow_topic(a_member().id, it.id)
    else:
        an_event(topics=["ai"], published=used_by == "event")
    with pytest.raises(Refused, match="topic_in_use"):
        delete_topic(an_organizer().id, it.id)
    assert get_topic("ai").id == it.id


def test_an_unused_topic_goes_with_its_old_addresses(app: Flask) -> None:
    (it,) = topics("AI")
    boss = an_organizer()
    edit_topic(boss.id, it.id, name="ML", description="")
    delete_topic(boss.id, it.id)
    assert all_topics() == []
    assert db.session.scalars(sa.select(TopicRedirect)).all() == []
    assert create_topic(boss.id, name="AI").slug == "ai"
    with pytest.raises(NotFound):
        delete_topic(boss.id, 4711)


def test_who_joins_with_a_topic_that_was_merged_meanwhile_follows_the_other(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    ask_to_join(name="Ada", email="ada@example.org", topics=["ai", "artificial-intelligence"])
    merge(old, new)
    person = confirm_joining(mailed_token(PendingKind.JOIN, "ada@example.org"))
    assert [it.id for it in person.topics] == [new.id]


def test_a_list_that_was_read_before_shows_the_topic_that_is_left(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    event = an_event(topics=["ai"])
    assert [it.name for it in event.topics] == ["AI"]
    merge(old, new)
    assert [it.name for it in event.topics] == ["Artificial Intelligence"]
    assert find_topics(["ai"])[0].id == new.id
    assert db.session.get(Event, event.id) is event
