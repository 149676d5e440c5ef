"""What an event's page costs the database: four statements at most, each answered by indexes."""

import re

import pytest
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.discovery import page_facts
from community.events.cloning import Every, clone_event, publish_series
from community.events.models import AttendeesVisibleTo, Event
from community.membership.models import Person
from community.membership.texts import PAGES, publish_text
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from community.rsvp.respond import say_no, say_yes
from tests.discovery.counting import Asked, plan_of, statements
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import signed_in

MOST = 4  # who looks is the first of them


@pytest.fixture
def event(app: Flask) -> Event:
    """One with everything that a page can show beside it."""
    owner = an_organizer()
    event = an_event(
        owner,
        capacity=3,
        guests_allowed=2,
        topics=(a_topic().slug, a_topic("Ethics", "ethics").slug),
        attendees_visible_to=AttendeesVisibleTo.MEMBERS,
    )
    ask = QuestionDraft(label="Fish?", kind=QuestionKind.YES_NO, required=True)
    add_question(owner.id, event.id, ask)
    clone_event(owner.id, event.id, starts_at=evening(37), every=Every.WEEK, count=2, together=True)
    publish_series(owner.id, event.id)
    publish_text(an_admin().id, PAGES[0], "Who we are.", seen=0)
    return event


def viewers(event: Event) -> dict[str, Person]:
    going, waits, left = a_member(), a_member(), a_member()
    say_yes(going.id, event.id, guests=[Guest("Eve"), Guest("Bob")])
    say_yes(waits.id, event.id)
    for _ in range(3):
        say_yes(left.id, event.id)
        say_no(left.id, event.id)
    return {
        "going": going,
        "waits": waits,
        "left": left,
        "has not answered": a_member(),
        "owner": event.hosts[0],
        "admin": an_admin(),
    }


def asked_for_page(app: Flask, event: Event, person: Person) -> Asked:
    browser = signed_in(app, person)
    browser.get(f"/events/{event.slug}")
    with statements() as asked:
        page = browser.get(f"/events/{event.slug}")
    assert page.says("Also on")
    assert page.says("Who is going")
    return [one for one in asked if not one[0].startswith("BEGIN")]


def test_whoever_looks_four_statements_are_enough(app: Flask, event: Event) -> None:
    for who, person in viewers(event).items():
        asked = asked_for_page(app, event, person)
        assert len(asked) <= MOST, (who, [one[0][:90] for one in asked])


def test_none_of_them_goes_through_a_table(app: Flask, event: Event) -> None:
    for who, person in viewers(event).items():
        for statement, parameters in asked_for_page(app, event, person):
            assert scanned(plan_of(statement, parameters)) == set(), (who, statement)


def test_what_a_kept_page_is_checked_by_goes_through_no_table(app: Flask, event: Event) -> None:
    given = {"moment": now(), "slug": event.slug, "most": 25}
    for statement in (page_facts.event_facts(), page_facts.coming_facts()):
        with statements() as asked:
            db.session.execute(statement, given).all()
        for text, parameters in asked:
            if not text.startswith("BEGIN"):
                assert scanned(plan_of(text, parameters)) == set()


# What a community has dozens of at most, and is read whole.
SMALL = {"topics", "community_texts", "community_identities", "community_logos", "venues"}


def scanned(plan: str) -> set[str]:
    """Tables that grow and are gone through."""
    found = set(re.findall(r"^SCAN (\w+)(?! USING)", plan, re.MULTILINE))
    found |= set(re.findall(r"Seq Scan on (\w+)", plan))
    grown = {"rsvps", "people", "events", "attendees", "decisions", "event_hosts", "questions"}
    return {name for name in found if re.sub(r"_\d+$", "", name) in grown}


def test_a_plan_that_goes_through_a_table_would_be_seen(app: Flask, event: Event) -> None:
    with statements() as asked:
        db.session.query(Event).filter(Event.summary == "x").all()
    assert scanned(plan_of(*asked[-1])) == {"events"}
