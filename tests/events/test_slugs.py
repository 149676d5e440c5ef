"""Every event has a slug of its own, made of its title's words, and keeps it once published."""

import re

import pytest
from flask import Flask

from community.events.drafts import create_event, edit_event
from community.events.publishing import publish_event
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event
from tests.factories.people import an_organizer


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Boston Leadership Dinner", "boston-leadership-dinner"),
        ("Soirée à l’École", "soiree-a-lecole"),
        ("AI & You: 10% better?", "ai-you-10-better"),
        ("  --- Dash ---  ", "dash"),
        ("Straße", "strasse"),
        ("New", "new-2"),  # /organize/events/new is a page
        ("x" * 160, "x" * 80),
    ],
)
def test_a_title_becomes_a_slug(app: Flask, title: str, slug: str) -> None:
    assert create_event(an_organizer().id, a_draft(title=title)).slug == slug


@pytest.mark.parametrize("title", ["日本語の夕食会", "🎉🎉", "Ужин лидеров", "!!!"])
def test_a_title_without_latin_letters_has_a_slug_all_the_same(app: Flask, title: str) -> None:
    owner = an_organizer().id
    slugs = {create_event(owner, a_draft(title=title)).slug for _ in range(2)}
    assert len(slugs) == 2
    assert all(re.fullmatch(r"event-[a-z2-7]{8}", slug) for slug in slugs)


def test_a_taken_slug_gets_the_first_free_number(app: Flask) -> None:
    owner = an_organizer().id
    titles = ["Dinner", "Dinner", "Dinner 4", "Dinner", "Dinner", "Dinners", "Dinner", "Dinner_%"]
    slugs = [create_event(owner, a_draft(title=title)).slug for title in titles]
    assert slugs == [
        "dinner",
        "dinner-2",
        "dinner-4",
        "dinner-3",
        "dinner-5",
        "dinners",
        "dinner-6",
        "dinner-7",
    ]


def test_events_written_down_at_once_get_slugs_of_their_own(app: Flask) -> None:
    owner = an_organizer().id
    answers = at_once(app, [lambda: create_event(owner, a_draft(title="Dinner")).slug] * 4)
    assert sorted(map(str, answers)) == ["dinner", "dinner-2", "dinner-3", "dinner-4"]


def test_a_draft_takes_the_slug_of_its_new_title(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False, title="Dinner")
    an_event(owner, title="Supper")
    assert edit_event(owner.id, event.id, a_draft(title="Supper")).slug == "supper-2"
    assert edit_event(owner.id, event.id, a_draft(title="Supper!")).slug == "supper-2"
    assert edit_event(owner.id, event.id, a_draft(title="Dinner")).slug == "dinner"


def test_a_published_event_keeps_its_slug_for_ever(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False, title="Dinner")
    publish_event(owner.id, event.id)
    edited = edit_event(owner.id, event.id, a_draft(title="Supper"))
    assert (edited.title, edited.slug) == ("Supper", "dinner")
