"""Managing topics on the organizer's desk."""

from typing import Any

import pytest
from flask import Flask

from community.core.db import db
from community.membership.models import Topic
from community.membership.queries import all_topics, count_followers, get_topic
from community.membership.topics import create_topic, follow_topic
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def topics(*names: str) -> list[Topic]:
    boss = an_organizer()
    return [create_topic(boss.id, name=name) for name in names]


def desk(app: Flask) -> Browser:
    return signed_in(app, an_organizer())


def names() -> list[str]:
    db.session.rollback()  # what was read before is not the present
    return [topic.name for topic in all_topics()]


def test_an_organizer_adds_a_topic_from_the_desk(app: Flask) -> None:
    browser = desk(app)
    assert "/organize/topics" in browser.get("/organize").links
    assert browser.get("/organize/topics").says("No topics yet")
    browser.get("/organize/topics/new")
    page = browser.submit(name="Data  Management", description="What **works**")
    assert page.path == "/organize/topics"
    assert page.says("Data Management can be followed now.")
    topic = get_topic("data-management")
    assert (topic.name, topic.description) == ("Data Management", "What **works**")


BAD = [
    ({"name": ""}, "Please give the topic a name."),
    ({"name": " \t "}, "Please give the topic a name."),
    ({"name": "+++"}, "with a letter or a digit"),
    ({"name": "x" * 81}, "Field cannot be longer than 80 characters."),
    ({"name": "x" * 10_000}, "Field cannot be longer than 80 characters."),
    ({"name": "ÁI"}, "There is a topic called AI already."),
    ({"name": "Fine", "description": "x" * 20_001}, "longer than 20000 characters"),
]


@pytest.mark.parametrize(("fields", "words"), BAD, ids=[words[:20] for _, words in BAD])
@pytest.mark.parametrize("path", ["/organize/topics/new", "/organize/topics/other"])
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    app: Flask, path: str, fields: dict[str, str], words: str
) -> None:
    topics("AI", "Other")
    browser = desk(app)
    browser.get(path)
    page = browser.submit(fields)
    assert page.status == 422
    assert words in page.text
    kept = page.form("name", "description").values["name"]
    assert kept == [" ".join(fields["name"].split())]
    assert names() == ["AI", "Other"]


def test_renaming_moves_the_address_and_keeps_the_old_one(app: Flask) -> None:
    topics("AI")
    browser = desk(app)
    browser.get("/organize/topics/ai")
    page = browser.submit(name="Machine Learning", at="/organize/topics/ai")
    assert page.says("The changes are saved.")
    assert "/organize/topics/machine-learning" in page.links
    assert Browser(app).get("/topics/ai").path == "/topics/machine-learning"
    assert browser.get("/organize/topics/ai").form("name").values["name"] == ["Machine Learning"]


def test_merging_is_counted_and_confirmed_before_it_happens(app: Flask) -> None:
    old, new = topics("AI", "Artificial Intelligence")
    one, both = a_member(), a_member()
    follow_topic(one.id, old.id)
    follow_topic(both.id, old.id)
    follow_topic(both.id, new.id)
    an_event(topics=["ai"])
    an_event(topics=["ai"], published=False)
    an_event(topics=["ai", "artificial-intelligence"])
    new_id = new.id
    browser = desk(app)
    page = browser.get("/organize/topics/ai/merge")
    form = page.form("into")
    assert form.method == "get"
    page = browser.get("/organize/topics/ai/merge?into=artificial-intelligence")
    assert page.says("Merge AI into Artificial Intelligence?")
    figures = ["1 Followers move", "1 Follow both"]
    figures += ["2 Events move", "1 Events on both"]
    for words in figures:
        number, _, label = words.partition(" ")
        assert f"{label} {number}" in page.text
    assert names() == ["AI", "Artificial Intelligence"]  # looking changes nothing
    page = browser.submit(at="/merge")
    assert page.says("AI is part of Artificial Intelligence now.")
    assert names() == ["Artificial Intelligence"]
    assert count_followers() == {new_id: 2}
    assert browser.get("/topics/ai").path == "/topics/artificial-intelligence"


@pytest.mark.parametrize("into", ["", "ai", "nothing", "AI", "' OR 1=1", "x" * 10_000])
def test_a_merge_into_nothing_is_refused(app: Flask, into: str) -> None:
    topics("AI", "Other")
    browser = desk(app)
    browser.get("/organize/topics/ai/merge?into=other")
    page = browser.submit(into=into, at="/merge")
    assert page.status == 422
    assert names() == ["AI", "Other"]
    assert browser.get(f"/organize/topics/ai/merge?into={into or 'ai'}").status == 404


def test_a_topic_alone_has_nothing_to_be_merged_into(app: Flask) -> None:
    topics("AI")
    assert desk(app).get("/organize/topics/ai/merge").says("There is no other topic yet.")


def test_a_form_that_was_open_while_the_topic_went_is_answered(app: Flask) -> None:
    topics("AI", "Other")
    first, second = desk(app), desk(app)
    for browser in (first, second):
        browser.get("/organize/topics/ai/merge?into=other")
    assert first.submit(at="/merge").says("AI is part of Other now.")
    # The address leads to the other topic by now, which cannot be merged into itself.
    assert second.submit(at="/merge").status == 422
    assert names() == ["Other"]


def test_only_an_unused_topic_has_a_button_to_delete_it(app: Flask) -> None:
    used = topics("Used", "Unused")[0]
    browser = desk(app)
    browser.get("/organize/topics/used")
    follow_topic(a_member().id, used.id)
    page = browser.submit(at="/delete")
    assert page.says("This topic is in use (followers: 1, events: 0). Merge it instead.")
    assert page.says("A topic in use cannot be deleted.")
    assert "Delete the topic" not in page.text
    browser.get("/organize/topics/unused")
    assert browser.submit(at="/delete").says("Unused is deleted.")
    assert names() == ["Used"]
    assert browser.get("/topics/unused").status == 404


READ = ["/organize/topics", "/organize/topics/new", "/organize/topics/ai"]
READ += ["/organize/topics/ai/merge", "/organize/topics/ai/merge?into=other"]
WRITE: list[tuple[str, dict[str, str]]] = [
    ("/organize/topics/new", {"name": "Mine"}),
    ("/organize/topics/ai", {"name": "Yours"}),
    ("/organize/topics/ai/merge", {"into": "other"}),
    ("/organize/topics/other/delete", {}),
]
WHO: dict[str, tuple[Any, bool]] = {
    "registered": (a_person, False),
    "member": (a_member, False),
    "organizer": (an_organizer, True),
    "admin": (an_admin, True),
}


@pytest.mark.parametrize("who", WHO)
def test_the_desk_of_topics_is_for_organizers(app: Flask, who: str) -> None:
    topics("AI", "Other")
    make, may = WHO[who]
    browser = signed_in(app, make())
    csrf = browser.get("/topics").html.split('name="csrf_token" value="')[1].split('"')[0]
    for path in READ:
        assert browser.get(path).status == (200 if may else 404), path
    assert ("/organize/topics/ai" in browser.get("/topics/ai").links) is may
    for path, fields in WRITE:
        response = browser.client.post(path, data={"csrf_token": csrf, **fields})
        assert (response.status_code == 303) is may, path
        assert may or response.status_code == 404, path
    assert (names() == ["AI", "Other"]) is not may


def test_a_visitor_is_sent_to_sign_in(app: Flask) -> None:
    topics("AI", "Other")
    for path in READ:
        assert Browser(app).get(path).path.startswith("/sign-in"), path
    for path, fields in WRITE:
        assert Browser(app).client.post(path, data=fields).status_code == 303
    assert names() == ["AI", "Other"]
