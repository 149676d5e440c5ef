"""Topics: names that look alike are one, addresses keep their meaning, members follow."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden, NotFound, Refused
from community.core.text import alike_key
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import (
    MOST_TOPICS,
    Membership,
    PendingKind,
    Topic,
    TopicRedirect,
)
from community.membership.queries import (
    all_topics,
    count_followers,
    find_topics,
    get_topic,
    is_following,
)
from community.membership.topics import create_topic, edit_topic, follow_topic, unfollow_topic
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.factories.proofs import mailed_token


def topic(name: str = "Artificial Intelligence", description: str = "") -> Topic:
    return create_topic(an_organizer().id, name=name, description=description)


def rename(it: Topic, name: str) -> Topic:
    return edit_topic(an_organizer().id, it.id, name=name, description=it.description)


def audit(action: str) -> list[AuditEntry]:
    query = sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def test_a_new_topic_has_a_clean_name_and_a_slug(app: Flask) -> None:
    it = topic("  Data\u202e \n Management\x00 ", "# Why\r\nBecause")
    assert (it.name, it.slug) == ("Data Management", "data-management")
    assert it.description == "# Why\nBecause"
    assert [entry.details["name"] for entry in audit("TopicCreated")] == ["Data Management"]


@pytest.mark.parametrize(
    "other",
    [
        "ECOLE",
        "école",
        "E\u0301cole",
        "  É c o l e".replace(" c o l e", "cole"),
        "Éc\u200bole",
        "Éco\u00adle",
        "Ｅcole",
        "-École-",
        "\u2060École\ufeff",
    ],
)
def test_a_name_that_looks_like_another_is_refused(app: Flask, other: str) -> None:
    topic("École")
    with pytest.raises(Refused, match="topic_exists") as refused:
        topic(other)
    assert refused.value.values["name"] == "École"
    another = topic("Another")
    with pytest.raises(Refused, match="topic_exists"):
        rename(another, other)
    assert [it.name for it in all_topics()] == ["Another", "École"]


@pytest.mark.parametrize("names", [("C", "C++"), ("C++", "C#"), ("AI", "AI 2"), ("数据", "数字")])
def test_names_that_differ_are_two_topics_with_two_slugs(
    app: Flask, names: tuple[str, str]
) -> None:
    first, second = map(topic, names)
    assert first.slug != second.slug
    assert get_topic(first.slug).name == names[0]
    assert get_topic(second.slug).name == names[1]


def test_the_database_refuses_a_second_name_that_looks_alike(app: Flask) -> None:
    a_topic("AI", "ai")
    with pytest.raises(sa.exc.IntegrityError):
        a_topic("Ai", "ai-2")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "topic_name_missing"),
        ("   ", "topic_name_missing"),
        ("\u200b", "topic_name_missing"),
        ("\x00\x01", "topic_name_missing"),
        ("+++", "topic_name_missing"),
        ("---", "topic_name_missing"),
        ("x" * 81, "topic_name_too_long"),
        ("x" * 10_000, "topic_name_too_long"),
        ("\ufdfa" * 81, "topic_name_too_long"),
    ],
)
def test_what_is_no_name_is_refused(app: Flask, name: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        topic(name)
    assert all_topics() == []


@pytest.mark.parametrize("name", ["x" * 80, "\ufdfa" * 80, "ß" * 80, "数" * 80, "a " * 40])
def test_the_longest_name_fits_every_column(app: Flask, name: str) -> None:
    it = topic(name)
    db.session.expire_all()
    assert get_topic(it.slug).name == name.strip()
    assert len(it.slug) <= 80


def test_a_renamed_topic_is_found_by_every_slug_that_it_had(app: Flask) -> None:
    it = topic("One")
    for name in ("Two", "Three", "Four"):
        rename(it, name)
    for slug in ("one", "two", "three", "four"):
        assert get_topic(slug).slug == "four"
    assert [found.slug for found in find_topics(["one", "two", "four"])] == ["four"]
    changed = audit("TopicEdited")[0].details
    assert changed["fields"] == ["folded", "name", "slug"]
    assert changed["before"]["name"] == "One"


def test_a_name_that_is_taken_up_again_makes_no_loop(app: Flask) -> None:
    it = topic("One")
    for name in ("Two", "One", "Two", "One"):
        rename(it, name)
    assert get_topic("one").slug == "one"
    assert get_topic("two").slug == "one"
    assert db.session.scalars(sa.select(TopicRedirect.slug)).all() == ["two"]


def test_an_old_address_never_leads_to_another_topic(app: Flask) -> None:
    first = rename(topic("AI"), "Machine Learning")
    second = topic("AI")
    assert second.slug == "ai-2"
    assert get_topic("ai").id == first.id
    rename(second, "Ai")
    assert second.slug == "ai-2"
    third = rename(topic("Third"), "A.I.")
    assert third.slug == "a-i"


def test_no_topic_is_at_the_address_of_the_form_for_new_ones(app: Flask) -> None:
    assert topic("New").slug == "new-2"


def test_a_change_of_case_keeps_the_address(app: Flask) -> None:
    it = topic("ai")
    before = it.changed_at
    rename(it, "AI")
    assert (it.name, it.slug) == ("AI", "ai")
    assert it.changed_at > before
    assert db.session.scalars(sa.select(TopicRedirect)).all() == []


def test_saving_without_a_change_changes_nothing(app: Flask) -> None:
    it = topic("AI", "About")
    before = it.changed_at
    edit_topic(an_organizer().id, it.id, name="AI", description="About")
    assert it.changed_at == before
    assert audit("TopicEdited") == []


def test_describing_alone_keeps_name_and_address(app: Flask) -> None:
    it = topic("AI")
    edit_topic(an_organizer().id, it.id, name="AI", description="**What** works")
    assert (it.name, it.slug, it.description) == ("AI", "ai", "**What** works")
    assert audit("TopicEdited")[0].details["fields"] == ["description"]


def test_only_organizers_may_write_topics_down(app: Flask) -> None:
    it = topic("AI")
    ended = an_organizer()
    ended.membership = Membership.ENDED
    db.session.commit()
    for person in (a_person(), a_member(), ended):
        with pytest.raises(Forbidden, match="organizers_only"):
            create_topic(person.id, name="Mine")
        with pytest.raises(Forbidden, match="organizers_only"):
            edit_topic(person.id, it.id, name="Mine", description="")
    create_topic(an_admin().id, name="Another")
    assert [known.name for known in all_topics()] == ["AI", "Another"]


def test_what_is_gone_cannot_be_renamed_or_followed(app: Flask) -> None:
    with pytest.raises(NotFound):
        edit_topic(an_organizer().id, 4711, name="X", description="")
    with pytest.raises(NotFound):
        follow_topic(a_member().id, 4711)
    for slug in ("nothing", ""):
        with pytest.raises(NotFound):
            get_topic(slug)


def test_following_twice_is_once_and_so_is_stopping(app: Flask) -> None:
    it, me, other = topic(), a_member(), a_member()
    for _ in range(2):
        follow_topic(me.id, it.id)
    follow_topic(other.id, it.id)
    assert count_followers() == {it.id: 2}
    assert is_following(me.id, it.id)
    for _ in range(2):
        unfollow_topic(me.id, it.id)
    assert count_followers(it.id) == {it.id: 1}
    assert not is_following(me.id, it.id)
    assert [entry.person_id for entry in audit("TopicFollowed")] == [me.id, other.id]
    assert [entry.person_id for entry in audit("TopicUnfollowed")] == [me.id]


def test_ten_presses_at_once_follow_once(app: Flask) -> None:
    me, it = a_member().id, topic().id
    answers = at_once(app, [lambda: follow_topic(me, it)] * 10)
    assert answers == [None] * 10
    assert count_followers() == {it: 1}


def test_two_organizers_cannot_add_one_topic_twice(app: Flask) -> None:
    boss = an_organizer().id
    names = ["École", "ECOLE", "école", "Ecole"]
    answers = at_once(app, [lambda n=n: create_topic(boss, name=n).id for n in names])
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert all(answer.code == "topic_exists" for answer in answers if isinstance(answer, Refused))
    assert len(all_topics()) == 1


def test_following_is_for_members(app: Flask) -> None:
    it = topic()
    with pytest.raises(Forbidden, match="members_only"):
        follow_topic(a_person().id, it.id)
    assert count_followers() == {}


def test_a_community_has_a_bounded_number_of_topics(app: Flask) -> None:
    boss = an_organizer()
    db.session.add_all(Topic(name=f"T {n}", slug=f"t-{n}") for n in range(MOST_TOPICS - 1))
    db.session.commit()
    create_topic(boss.id, name="The last one")
    with pytest.raises(Refused, match="too_many_topics"):
        create_topic(boss.id, name="One too many")
    assert len(all_topics()) == MOST_TOPICS


def test_who_joins_with_a_topic_that_was_renamed_meanwhile_follows_it(app: Flask) -> None:
    it = topic("AI")
    ask_to_join(name="Ada", email="ada@example.org", topics=["ai"])
    rename(it, "Machine Learning")
    person = confirm_joining(mailed_token(PendingKind.JOIN, "ada@example.org"))
    assert [known.slug for known in person.topics] == ["machine-learning"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Data-Management", "data management", True),
        ("Data\u2011Management", "Data_Management", True),
        ("ﬁnance", "Finance", True),
        ("C", "C+", False),
        ("AI", "A I", False),
    ],
)
def test_the_key_of_a_name_is_what_a_reader_sees(one: str, other: str, alike: bool) -> None:
    assert (alike_key(one) == alike_key(other)) is alike
