"""The organizer's page of questions: add, change, order, stop asking, and what stands in lists."""

import csv
import io

import pytest
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.organizing.export import csv_lines
from community.organizing.export_rows import COLUMNS
from community.rsvp.answering import asked_at
from community.rsvp.answers import Typed
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, edit_question, retire_question
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of

Q = QuestionKind


@pytest.fixture
def desk(app: Flask) -> tuple[Event, Browser, int]:
    owner = an_organizer()
    event = an_event(owner, guests_allowed=3)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/questions")
    return event, browser, owner.id


def asked(event: Event) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [one.label for one in asked_at(event.id)]


def test_an_organizer_adds_orders_changes_and_removes_questions(
    desk: tuple[Event, Browser, int],
) -> None:
    event, browser, _owner = desk
    assert browser.page.says("No questions yet")
    browser.submit(
        label="Dish?", kind="one_of", options="Fish\n\nBeef", asked_of="each", required="y"
    )
    browser.submit(label="By <train>?", kind="yes_no")
    assert asked(event) == ["Dish?", "By <train>?"]
    one, two = asked_at(event.id)
    assert (list(one.labels.values()), one.required, one.is_for_guests) == (
        ["Fish", "Beef"], True, True
    )  # fmt: skip
    assert browser.page.says("Dish?")
    assert browser.page.says("Fish, Beef")
    browser.submit(at=f"/questions/{two.id}/move", press="up")
    assert asked(event) == ["By <train>?", "Dish?"]
    browser.submit(at=f"/questions/{two.id}/move", press="down")
    browser.submit(at=f"/questions/{one.id}/retire")
    assert asked(event) == ["By <train>?"]
    browser.submit(at=f"/questions/{one.id}/restore")
    browser.get(f"/organize/events/{event.slug}/questions/{one.id}")
    browser.submit(label="Which dish?", options="Beef\nTofu", required=[])
    assert asked(event) == ["Which dish?", "By <train>?"]
    assert asked_at(event.id)[0].labels == {"o2": "Beef", "o3": "Tofu"}
    browser.submit(at=f"/questions/{two.id}/delete")
    assert asked(event) == ["Which dish?"]


def test_what_is_wrong_with_a_question_is_said_at_its_field_and_all_stays(
    desk: tuple[Event, Browser, int],
) -> None:
    event, browser, _owner = desk
    page = browser.submit(label="Dish?", kind="one_of", help="One each.")
    assert page.status == 422
    assert 'id="options-error"' in page.html
    form = page.form("label", "kind")
    assert (form.values["label"], form.values["help"]) == (["Dish?"], ["One each."])
    assert form.values["kind"] == ["one_of"]
    assert browser.submit(label=" ", kind="yes_no").status == 422
    assert browser.submit(label="x", kind="poem").status == 422
    assert browser.submit(label="x", kind="yes_no", asked_of="nobody").status == 422
    assert asked(event) == []


def test_an_answered_question_is_not_deleted(desk: tuple[Event, Browser, int]) -> None:
    event, browser, _owner = desk
    one = a_question(event)
    page = browser.get(browser.page.path)
    old = page.form(at=f"/questions/{one.id}/delete")
    say_yes(a_member().id, event.id, answers={one.id: Typed("x")})
    page = browser.post(old.action, old.values, headers=browser._origin())
    assert page.says("Somebody has answered this. You can stop asking it.")
    assert all("delete" not in form.action for form in page.forms)
    assert asked(event) == [one.label]


def test_the_list_shows_answers_in_the_words_of_their_time(
    desk: tuple[Event, Browser, int],
) -> None:
    event, browser, owner = desk
    dish = a_question(event, Q.ONE_OF, "Dish?", each=True)
    fish, beef = ({dish.id: Typed(options=(one,))} for one in ("o1", "o2"))
    say_yes(a_member().id, event.id, guests=[Guest("Bo <b>", answers=beef)], answers=fish)
    edit_question(owner, event.id, dish.id, QuestionDraft(Q.ONE_OF, "New?", options=["Veal"]))
    page = browser.get(f"/organize/events/{event.slug}/attendees")
    assert page.says("Dish? Fish Dish? · Bo <b> Beef")


def _rows(event: Event) -> list[list[str]]:
    text = b"".join(csv_lines(event)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def _lines(cell: str) -> list[str]:
    """The answers in a cell by head, read as the module says that they are written."""
    found: list[str] = []
    for line in cell.split("\n"):
        text = line.removeprefix("'")
        if text.startswith(" "):
            found[-1] += "\n" + text[1:]
        else:
            found.append(text)
    return found


def test_exports_have_a_column_for_each_question_with_everybodys_answers(app: Flask) -> None:
    owner, ann = an_organizer(), a_member("Ann")
    event = an_event(owner, guests_allowed=3)
    wish = a_question(event, Q.LONG_TEXT, "=Wish?", each=True)
    gone, never = a_question(event, label="name"), a_question(event, label="Never")
    plain = a_question(event, label="Plain")
    texts = ["=1+1\n\n two", "'x", "plain: a\nb"]
    party = [
        Guest("=Bo: x", answers={wish.id: Typed(texts[0])}),
        Guest("Cy"),
        Guest("Di", answers={wish.id: Typed(texts[2])}),
    ]
    say_yes(ann.id, event.id, guests=party, answers={gone.id: Typed("old")})
    say_yes(a_member("Ed").id, event.id, answers={wish.id: Typed(texts[1])})
    say_yes(a_member("Flo").id, event.id)
    for one in (gone, never):
        retire_question(owner.id, event.id, one.id)
    head, *rows = _rows(event)
    assert head == [*COLUMNS, "'=Wish?", f"name ({gone.id})", "Plain"]
    by_name = {row[0]: row[len(COLUMNS) :] for row in rows}
    assert by_name["Flo"] == ["", "", ""]
    assert by_name["Ed"] == ["''x", "", ""]
    cell, old, nothing = by_name["Ann"]
    assert (old, nothing, plain.label) == ("old", "", "Plain")
    assert _lines(cell) == ["", f"=Bo: x: {texts[0]}", "Cy: ", f"Di: {texts[2]}"]
    assert all(line[:1] not in {"=", "+", "-", "@", ""} for line in cell.split("\n"))
