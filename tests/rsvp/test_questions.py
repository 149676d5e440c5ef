"""What organizers do with questions: bounds, order, what stays when a question goes, copies."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.cloning import clone_event
from community.events.models import Event
from community.rsvp.answering import asked_at, count_answers, questions_of
from community.rsvp.answers import Typed
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from community.rsvp.questions import (
    QuestionDraft,
    add_question,
    common_needs,
    copy_questions,
    delete_question,
    edit_question,
    get_question,
    move_question,
    restore_question,
    retire_question,
)
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question, owner_of
from tests.notices.test_audit import entries

Q = QuestionKind
TEXT = QuestionDraft(Q.SHORT_TEXT, "What?")


def labels(event: Event) -> list[str]:
    return [one.label for one in asked_at(event.id)]


def test_questions_stand_in_the_order_that_they_are_moved_to(app: Flask) -> None:
    event = an_event()
    owner = owner_of(event)
    a, _b, c = (a_question(event, label=label) for label in ("A", "B", "C"))
    move_question(owner, event.id, c.id, up=True)
    assert labels(event) == ["A", "C", "B"]
    move_question(owner, event.id, a.id, up=False)
    assert labels(event) == ["C", "A", "B"]
    move_question(owner, event.id, c.id, up=True)
    retire_question(owner, event.id, a.id)
    move_question(owner, event.id, a.id, up=True)
    assert labels(event) == ["C", "B"]
    move_question(owner, event.id, c.id, up=False)
    a_question(event, label="D")
    assert labels(event) == ["B", "C", "D"]


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"label": " \u202e "}, "question_missing", "label"),
        ({"label": "x" * 201}, "answer_too_long", "label"),
        ({"help": "x" * 301}, "answer_too_long", "help"),
        ({"kind": Q.ONE_OF}, "options_missing", "options"),
        ({"kind": Q.ONE_OF, "options": [" ", ""]}, "options_missing", "options"),
        ({"kind": Q.ONE_OF, "options": ["a" * n for n in range(1, 52)]}, "too_many_options",
         "options"),
        ({"kind": Q.ONE_OF, "options": ["Café", "cafe"]}, "option_twice", "options"),
        ({"kind": Q.ONE_OF, "options": ["x" * 121]}, "option_too_long", "options"),
        ({"kind": Q.DIETARY, "options": ["a;b"]}, "option_with_semicolon", "options"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused_at_its_field(
    app: Flask, facts: dict[str, Any], code: str, field: str
) -> None:
    event = an_event()
    draft = QuestionDraft(**{"kind": Q.SHORT_TEXT, "label": "What?", **facts})
    with pytest.raises(Refused, match=code) as refused:
        add_question(owner_of(event), event.id, draft)
    assert refused.value.values["field"] == field
    assert labels(event) == []


def test_an_event_asks_thirty_questions_at_most_and_retired_ones_make_room(app: Flask) -> None:
    event = an_event()
    owner = owner_of(event)
    first = a_question(event)
    for _ in range(29):
        a_question(event)
    with pytest.raises(Refused, match="too_many_questions"):
        a_question(event)
    retire_question(owner, event.id, first.id)
    a_question(event)
    with pytest.raises(Refused, match="too_many_questions"):
        restore_question(owner, event.id, first.id)


def test_a_dietary_question_offers_the_common_needs_unless_told_otherwise(app: Flask) -> None:
    event = an_event()
    assert list(a_question(event, Q.DIETARY).labels.values()) == common_needs()
    assert list(a_question(event, Q.DIETARY, options=["Vegan"]).labels.values()) == ["Vegan"]


def test_what_somebody_answered_keeps_its_kind_and_cannot_be_deleted(app: Flask) -> None:
    event, ann = an_event(), a_member()
    owner, one, other = owner_of(event), a_question(event), a_question(event)
    say_yes(ann.id, event.id, answers={one.id: Typed('"7": {"8":')})
    assert count_answers(event.id, questions_of(event.id)) == {one.id: 1, other.id: 0}
    with pytest.raises(Refused, match="question_answered"):
        delete_question(owner, event.id, one.id)
    with pytest.raises(Refused, match="kind_is_fixed"):
        edit_question(owner, event.id, one.id, QuestionDraft(Q.NUMBER, "How many?"))
    edit_question(owner, event.id, other.id, QuestionDraft(Q.NUMBER, "How many?"))
    delete_question(owner, event.id, other.id)
    assert labels(event) == [one.label]
    assert a_question(event).id > other.id


def test_each_change_is_in_the_audit_log_once_and_by_names_of_fields(app: Flask) -> None:
    event = an_event()
    owner, before = owner_of(event), len(entries())
    one, two = a_question(event), a_question(event)
    changed = QuestionDraft(Q.SHORT_TEXT, "Else?", required=True)
    for _ in range(2):  # the second time changes nothing
        edit_question(owner, event.id, one.id, changed)
        retire_question(owner, event.id, one.id)
    restore_question(owner, event.id, one.id)
    move_question(owner, event.id, two.id, up=True)
    delete_question(owner, event.id, two.id)
    noted = entries()[before:]
    names = ["Added", "Added", "Edited", "Retired", "Restored", "Moved", "Deleted"]
    assert [one.action for one in noted] == [f"Question{name}" for name in names]
    assert noted[2].details == {"question_id": one.id, "fields": ["label", "required"]}
    assert {entry.event_id for entry in noted} == {event.id}


def test_a_clone_asks_the_same_and_knows_none_of_the_answers(app: Flask) -> None:
    owner = an_organizer()
    event, clone = an_event(owner), an_event(owner, published=False, title="Again")
    dish = a_question(event, Q.ONE_OF, "Dish?", required=True, each=True, help="One.")
    gone = a_question(event, label="Gone?")
    retire_question(owner.id, event.id, gone.id)
    say_yes(a_member().id, event.id, answers={dish.id: Typed(options=("o1",))})
    assert copy_questions(event.id, clone.id) == 1
    [copied] = questions_of(clone.id)
    assert copied.id != dish.id
    assert (copied.label, copied.help, copied.labels) == ("Dish?", "One.", dish.labels)
    assert (copied.required, copied.asked_of) == (True, AskedOf.EACH)
    assert count_answers(clone.id, [copied]) == {copied.id: 0}
    draft = QuestionDraft(Q.ONE_OF, "Dish?", options=["Fish", "Veal"])
    assert edit_question(owner.id, clone.id, copied.id, draft).labels == {
        "o1": "Fish",
        "o4": "Veal",
    }
    assert get_question(event.id, dish.id).labels == {"o1": "Fish", "o2": "Beef", "o3": "Tofu"}
    for _ in range(28):
        a_question(clone)
    a_question(event)
    with pytest.raises(Refused, match="too_many_questions"):
        copy_questions(event.id, clone.id)


def test_a_copy_of_an_event_asks_the_same(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    add_question(owner.id, event.id, TEXT)
    gone = add_question(owner.id, event.id, QuestionDraft(Q.DATE, "When?"))
    retire_question(owner.id, event.id, gone.id)
    later = event.starts_local + timedelta(days=7)
    for copy in clone_event(owner.id, event.id, starts_at=later, count=2):
        assert labels(copy) == ["What?"]


@pytest.mark.parametrize(
    "act",
    [
        lambda who, event, one: edit_question(who, event, one, TEXT),
        lambda who, event, one: move_question(who, event, one, up=True),
        retire_question,
        restore_question,
        delete_question,
    ],
)
def test_questions_are_for_the_hosts_of_their_own_event(
    app: Flask, act: Callable[[int, int, int], object]
) -> None:
    event, other = an_event(), an_event(title="Other")
    one = a_question(event)
    with pytest.raises(NotFound):
        act(owner_of(other), event.id, one.id)
    with pytest.raises(NotFound):
        act(a_member().id, event.id, one.id)
    with pytest.raises(NotFound):
        add_question(owner_of(other), event.id, TEXT)
    with pytest.raises(NotFound):
        act(owner_of(other), other.id, one.id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Question)) == 1
