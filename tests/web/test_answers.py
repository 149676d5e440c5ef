"""Answering an event's questions on its pages: every kind, kept when refused, and required."""

import html
from typing import Any

import pytest
from flask import Flask

from community.core.db import db
from community.core.tokens import link_token
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.answers import Given, Typed
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Guest
from community.rsvp.queries import LINK
from community.rsvp.question_models import Question, QuestionKind
from community.rsvp.questions import QuestionDraft, edit_question, retire_question
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.factories.questions import a_question, owner_of
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of, mailed_token

Q = QuestionKind


def opened(app: Flask, event: Event, person: Person | None = None) -> Browser:
    browser = browser_of(app, person) if person else Browser(app)
    browser.get(f"/events/{event.slug}/rsvp")
    return browser


def send(browser: Browser, fields: dict[str, Any], press: str = "going") -> Page:
    return browser.submit(fields, press=press, at="/rsvp")


def kept() -> list[dict[str, str]]:
    """The words that each head of the one answer said, by question."""
    db.session.rollback()
    db.session.expire_all()
    heads = db.session.query(Attendee).order_by(Attendee.rsvp_id, Attendee.position)
    return [{one.label: one.words for one in map(Given.of, h.answers.values())} for h in heads]


def name(question: Question, guest: int = 0) -> str:
    return f"guest-{guest}-answer-{question.id}" if guest else f"answer-{question.id}"


def test_a_member_answers_every_kind_and_finds_it_filled_in_again(app: Flask) -> None:
    event, ann = an_event(), a_member()
    asked = {kind: a_question(event, kind) for kind in Q}
    long = a_question(event, Q.ONE_OF, "Table?", options=[f"Table {n}" for n in range(1, 12)])
    browser = opened(app, event, ann)
    fields = {
        name(asked[Q.SHORT_TEXT]): "a < b",
        name(asked[Q.LONG_TEXT]): "two\nlines",
        name(asked[Q.NUMBER]): "12",
        name(asked[Q.DATE]): "2026-12-31",
        name(asked[Q.YES_NO]): "no",
        name(asked[Q.ONE_OF]): "o2",
        name(asked[Q.SEVERAL_OF]): ["o1", "o3"],
        name(asked[Q.DIETARY]): ["o2"],
        f"{name(asked[Q.DIETARY])}-words": "no chili",
        name(long): "o11",
    }
    assert send(browser, fields).says("You are going.")
    [said] = kept()
    assert said == {
        "Your short_text?": "a < b",
        "Your long_text?": "two\nlines",
        "Your number?": "12",
        "Your date?": "2026-12-31",
        "Your yes_no?": "no",
        "Your one_of?": "Beef",
        "Your several_of?": "Fish; Tofu",
        "Your dietary?": "Vegan; also: no chili",
        "Table?": "Table 11",
    }
    form = browser.get(f"/events/{event.slug}/rsvp").form("asked")
    for field, value in fields.items():
        assert form.values[field] == (value if isinstance(value, list) else [value])
    send(browser, {})
    assert kept() == [said]
    browser.get(f"/events/{event.slug}/rsvp")
    send(browser, {name(asked[Q.SEVERAL_OF]): [], name(asked[Q.YES_NO]): ""})
    assert kept() == [{k: v for k, v in said.items() if k[5:] not in {"several_of?", "yes_no?"}}]


def test_everything_that_is_wrong_is_said_at_once_and_all_that_was_typed_stays(app: Flask) -> None:
    event, ann = an_event(guests_allowed=2), a_member()
    must, number = (
        a_question(event, label="Must?", required=True),
        a_question(event, Q.NUMBER, each=True),
    )
    dish, other = a_question(event, Q.ONE_OF, each=True, required=True), a_question(event)
    browser = opened(app, event, ann)
    fields = {
        name(number): "many",
        name(other): "kept",
        name(dish): "o1",
        "guests": "1",
        "guest-1-name": "Bo",
        name(number, 1): "few",
        "note": "Hi",
    }
    page = send(browser, fields)
    assert page.status == 422
    form = page.form("asked")
    for field, value in fields.items():
        assert form.values[field] == [value]
    for field in (name(must), name(number), name(number, 1), name(dish, 1)):
        assert f'id="{field}-error"' in page.html, field
    for field in (name(other), name(dish), name(must, 1), name(dish, 2)):
        assert f'id="{field}-error"' not in page.html, field
    assert kept() == []
    right = {name(must): "x", name(number): "1", name(number, 1): "", name(dish, 1): "o2"}
    assert send(browser, right).says("You are going.")
    assert [sorted(said.values()) for said in kept()] == [["1", "Fish", "kept", "x"], ["Beef"]]


def test_the_button_of_the_events_page_leads_to_questions_that_must_be_answered(app: Flask) -> None:
    event, ann = an_event(), a_member()
    browser = browser_of(app, ann)
    old_tab = browser_of(app, ann)
    old_tab.get(f"/events/{event.slug}")
    must = a_question(event, required=True)
    page = browser.get(f"/events/{event.slug}")
    assert all(button[1] != "going" for form in page.forms for button in form.buttons)
    assert f"/events/{event.slug}/rsvp" in page.links
    page = old_tab.submit(press="going", at="/rsvp")
    assert page.path == f"/events/{event.slug}/rsvp"
    assert page.says("The host asks a few things first.")
    assert kept() == []
    assert send(old_tab, {name(must): "x"}).says("You are going.")
    page = old_tab.submit(press="withdraw", at="/rsvp")
    assert ("action", "going", "Reserve my seat") in page.form(at="/rsvp").buttons  # known by now
    assert old_tab.submit(press="going", at="/rsvp").says("You are going.")
    assert kept() == [{must.label: "x"}]


def test_whoever_cannot_come_answers_nothing(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    a_question(event, Q.NUMBER, required=True)
    assert send(opened(app, event, ann), {}, press="withdraw").says("You withdrew.")


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_what_is_not_asked_here_is_refused_and_never_kept(app: Flask, who: str) -> None:
    event, other = an_event(guests_allowed=1), an_event(title="Other")
    mine, theirs, dish = a_question(event), a_question(other), a_question(event, Q.ONE_OF)
    gone = a_question(event, label="Gone?")
    browser = opened(app, event, a_member() if who == "member" else None)
    values = {**browser.page.form("asked").values, "action": "going"}
    if who == "visitor":
        values |= {"name": "Ada", "email": "ada@example.org"}
    retire_question(owner_of(event), event.id, gone.id)
    here = {"guests": "1", "guest-1-name": "Bo"}
    for fields, said in (
        ({name(theirs): "x"}, "does not ask one of these questions any more"),
        ({name(gone): "x"}, "does not ask one of these questions any more"),
        ({"answer-999999999999999": "x"}, "does not ask one of these questions any more"),
        ({**here, name(mine, 1): "x"}, "does not ask one of these questions any more"),
        ({name(dish): "o9"}, "This choice is not offered any more."),
        ({name(dish): ["o1", "o2"]}, "Please choose one of these."),
        ({name(mine): "x" * 301}, "longer than 300"),
    ):
        clean = {k: v for k, v in values.items() if k != name(gone)}
        if who == "visitor":
            clean["email"] = f"ada-{len(said)}-{len(fields)}-{list(fields)[-1]}@example.org"
        page = browser.post(
            f"/events/{event.slug}/rsvp", {**clean, **fields}, headers=browser._origin()
        )
        assert page.status == 422, fields
        assert page.says(said), (fields, page.text[:400])
    assert kept() == []


def test_a_script_that_names_few_fields_changes_only_those(app: Flask) -> None:
    event, ann = an_event(), a_member()
    one, two = a_question(event, label="One?"), a_question(event, Q.SEVERAL_OF, "Two?")
    say_yes(ann.id, event.id, answers={one.id: Typed("1"), two.id: Typed(options=("o1",))})
    browser = opened(app, event, ann)
    token = browser.page.form("asked").values["csrf_token"]
    data = {"csrf_token": token, "action": "going", name(one): "new"}
    browser.post(f"/events/{event.slug}/rsvp", data, headers=browser._origin())
    assert kept() == [{"One?": "new", "Two?": "Fish"}]


def test_a_choice_that_is_gone_is_named_and_chosen_again(app: Flask) -> None:
    event, ann = an_event(), a_member()
    dish = a_question(event, Q.ONE_OF, "Dish?", required=True)
    say_yes(ann.id, event.id, answers={dish.id: Typed(options=("o2",))})
    draft = QuestionDraft(Q.ONE_OF, "Dish?", options=["Fish", "Tofu"], required=True)
    edit_question(owner_of(event), event.id, dish.id, draft)
    browser = opened(app, event, ann)
    assert browser.page.says("“Beef” is not offered any more.")
    assert send(browser, {}, press="Save changes").says("Please answer this.")
    assert kept() == [{"Dish?": "Beef"}]
    send(browser, {name(dish): "o3"}, press="Save changes")
    assert kept() == [{"Dish?": "Tofu"}]


def test_a_visitors_answers_count_once_the_mail_is_confirmed(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    dish = a_question(event, Q.ONE_OF, "Dish?", required=True, each=True)
    browser = opened(app, event)
    who = {"name": "Ada", "email": "ada@example.org", "guests": "1", "guest-1-name": "Bo"}
    page = send(browser, {**who, name(dish): "o1"})
    assert page.says("Please answer this.")
    assert page.form("asked").values["guest-1-name"] == ["Bo"]
    send(browser, {name(dish, 1): "o2"})
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    browser.submit(at="")
    assert kept() == [{"Dish?": "Fish"}, {"Dish?": "Beef"}]


def test_the_mailed_page_asks_what_is_open_and_shows_nothing_of_what_is_known(app: Flask) -> None:
    event, ann = an_event(guests_allowed=1), a_member()
    known, must = a_question(event), a_question(event, Q.NUMBER, "How many?", required=True)
    rsvp: Rsvp = say_yes(
        ann.id, event.id, guests=[Guest("Bo")], answers={known.id: Typed("secret")}
    )
    browser = browser_of(app, ann)
    browser.get(f"/rsvp/{link_token(LINK, rsvp.id, rsvp.link_generation)}")
    assert browser.page.says("How many?")
    assert browser.submit({name(must): "x"}, press="Save").status == 422
    page = browser.submit(press="withdraw")
    assert page.says("How many?")
    assert not page.says(known.label)
    assert "secret" not in html.unescape(page.html)
    assert browser.submit({name(must): "x"}, press="going").status == 422
    data = {k: v for k, v in browser.page.form(name(must)).values.items() if "answer" not in k}
    bare = browser.post(browser.page.path, {**data, "action": "going"}, headers=browser._origin())
    assert bare.status == 422
    browser.submit({name(must): "2"}, press="going")
    assert kept()[0] == {known.label: "secret", "How many?": "2"}
