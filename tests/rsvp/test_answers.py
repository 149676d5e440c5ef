"""Answers to an event's questions: given, kept, changed, refused, and readable whatever comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.events.drafts import edit_event
from community.events.models import Event
from community.membership.models import PendingKind
from community.privacy.retention import forget_answers
from community.rsvp.answers import Answers, Given, Typed, check_answer
from community.rsvp.asking import ask_to_answer, confirm_answer
from community.rsvp.models import Attendee, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from community.rsvp.questions import (
    QuestionDraft,
    delete_question,
    edit_question,
    retire_question,
)
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.proofs import mailed_token
from tests.factories.questions import a_question, owner_of
from tests.notices.test_audit import entries

Q = QuestionKind


def words(event: Event, name: str = "") -> dict[str, str]:
    """What the person, or the guest of that name, answered: by the words that were asked."""
    db.session.rollback()
    db.session.expire_all()
    for head in db.session.query(Attendee).order_by(Attendee.id):
        if head.rsvp.event_id == event.id and (head.name == name or not (name or head.position)):
            return {one.label: one.words for one in map(Given.of, head.answers.values())}
    raise AssertionError("nobody is there")


def option(question: Question, label: str) -> str:
    return next(one for one, known in question.labels.items() if known == label)


def chosen(question: Question, *labels: str) -> Answers:
    return {question.id: Typed(options=tuple(option(question, label) for label in labels))}


def test_answers_of_every_kind_are_kept_with_the_words_that_were_asked(app: Flask) -> None:
    event, ann = an_event(), a_member()
    text, long, number = (a_question(event, kind) for kind in (Q.SHORT_TEXT, Q.LONG_TEXT, Q.NUMBER))
    day, train, dish = (a_question(event, kind) for kind in (Q.DATE, Q.YES_NO, Q.ONE_OF))
    several, diet = a_question(event, Q.SEVERAL_OF), a_question(event, Q.DIETARY)
    answers: dict[int, Any] = {
        text.id: Typed(" a  line "),
        long.id: Typed("two\r\nlines"),
        number.id: Typed("2,50"),
        day.id: Typed("2026-12-31"),
        train.id: Typed("yes"),
        **chosen(dish, "Tofu"),
        **chosen(several, "Beef", "Fish"),
        diet.id: Typed("no chili", (option(diet, "Vegan"),)),
    }
    say_yes(ann.id, event.id, answers=answers)
    assert words(event) == {
        "Your short_text?": "a line",
        "Your long_text?": "two\nlines",
        "Your number?": "2.50",
        "Your date?": "2026-12-31",
        "Your yes_no?": "yes",
        "Your one_of?": "Tofu",
        "Your several_of?": "Fish; Beef",
        "Your dietary?": "Vegan; also: no chili",
    }


def test_guests_answer_what_each_is_asked(app: Flask) -> None:
    event, ann = an_event(guests_allowed=2), a_member()
    dish = a_question(event, Q.ONE_OF, "Dish?", each=True)
    guests = [Guest("Bo", answers=chosen(dish, "Fish")), Guest("Cy")]
    say_yes(ann.id, event.id, guests=guests, answers=chosen(dish, "Beef"))
    assert (words(event), words(event, "Bo")) == ({"Dish?": "Beef"}, {"Dish?": "Fish"})
    assert words(event, "Cy") == {}


def test_whoever_takes_a_guests_place_does_not_get_their_answers(app: Flask) -> None:
    event, ann = an_event(guests_allowed=2), a_member()
    dish = a_question(event, Q.ONE_OF, "Dish?", each=True)
    say_yes(ann.id, event.id, guests=[Guest("Bo", answers=chosen(dish, "Fish"))])
    say_yes(ann.id, event.id, guests=[Guest("BO")])
    assert words(event, "BO") == {"Dish?": "Fish"}
    say_yes(ann.id, event.id, guests=[Guest("Di")])
    assert words(event, "Di") == {}


def test_an_answer_that_is_not_named_stays_and_an_empty_one_goes(app: Flask) -> None:
    event, ann = an_event(), a_member()
    one, two = a_question(event, label="One?"), a_question(event, label="Two?")
    say_yes(ann.id, event.id, answers={one.id: Typed("1"), two.id: Typed("2")})
    say_yes(ann.id, event.id)
    say_yes(ann.id, event.id, answers={one.id: Typed("  ")})
    assert words(event) == {"Two?": "2"}
    say_no(ann.id, event.id)
    say_yes(ann.id, event.id, answers={one.id: Typed("again")})
    assert words(event) == {"Two?": "2", "One?": "again"}


def test_the_same_answers_again_change_nothing_and_others_are_noted(app: Flask) -> None:
    event, ann = an_event(), a_member()
    one = a_question(event)
    say_yes(ann.id, event.id, answers={one.id: Typed("x")})
    before = len(entries())
    say_yes(ann.id, event.id, answers={one.id: Typed(" x ")})
    assert len(entries()) == before
    say_yes(ann.id, event.id, answers={one.id: Typed("y")})
    assert [entry.action for entry in entries()[before:]] == ["AnswerEdited"]


def test_answers_can_be_changed_until_the_time_for_changes_is_over(app: Flask) -> None:
    owner = an_organizer()
    event, ann = an_event(owner, guests_allowed=1), a_member()
    one = a_question(event, each=True)
    bo = Guest("Bo", answers={one.id: Typed("b")})
    say_yes(ann.id, event.id, guests=[bo], answers={one.id: Typed("a")})
    ends = replace(a_draft(guests_allowed=1), edit_until=a_draft().starts_at - timedelta(days=10))
    edit_event(owner.id, event.id, ends)
    with time_machine.travel(now() + timedelta(days=25), tick=False):
        for answers, guests in (
            ({one.id: Typed("z")}, None),
            (None, [replace(bo, answers={one.id: Typed("z")})]),
        ):
            with pytest.raises(Refused, match="edit_closed"):
                say_yes(ann.id, event.id, answers=answers, guests=guests)
        say_yes(ann.id, event.id, answers={one.id: Typed("a")}, guests=[])
    assert words(event) == {one.label: "a"}


def test_a_required_question_holds_up_pages_and_not_calendars(app: Flask) -> None:
    event, ann = an_event(), a_member()
    one = a_question(event, required=True)
    with pytest.raises(Refused, match="answer_missing") as refused:
        say_yes(ann.id, event.id, require_answers=True)
    assert refused.value.values["field"] == f"answer-{one.id}"
    assert say_yes(ann.id, event.id, source=Source.CALENDAR).status == RsvpStatus.GOING


def test_the_guest_whose_required_answer_is_missing_is_named(app: Flask) -> None:
    event, ann = an_event(guests_allowed=3, capacity=9), a_member()
    one = a_question(event, required=True, each=True)
    said = {one.id: Typed("x")}
    guests = [Guest("Bo", answers=said), Guest("Cy"), Guest("Di", answers=said)]

    def answer(party: list[Guest] | None) -> None:
        say_yes(ann.id, event.id, guests=party, answers=said, require_answers=True)

    with pytest.raises(Refused) as refused:
        answer(guests)
    assert refused.value.values["field"] == f"guest-2-answer-{one.id}"
    assert event.seats_taken == 0
    answer([guests[0], guests[2]])
    answer([Guest("Di"), Guest("Bo")])  # known by now, in whatever order
    with pytest.raises(Refused, match="answer_missing"):
        answer([Guest("Di"), Guest("Bo"), Guest("Cy")])


def test_leaving_guests_at_home_needs_no_answers(app: Flask) -> None:
    event, ann = an_event(guests_allowed=2), a_member()
    say_yes(ann.id, event.id, guests=[Guest("Bo"), Guest("Cy")])
    a_question(event, required=True, each=True)
    rsvp = say_yes(ann.id, event.id, guests=[Guest("Bo")], require_answers=True)
    assert rsvp.party_size == 2


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (Q.SHORT_TEXT, Typed("x" * 301), "answer_too_long"),
        (Q.LONG_TEXT, Typed("x" * 2001), "answer_too_long"),
        (Q.ONE_OF, Typed(options=("o4",)), "option_gone"),
        (Q.ONE_OF, Typed(options=("Fish",)), "option_gone"),
        (Q.ONE_OF, Typed(options=("o1", "o2")), "one_option_only"),
        (Q.SEVERAL_OF, Typed(options=("o1", "o9")), "option_gone"),
        (Q.SEVERAL_OF, Typed(options=("\x00",)), "option_gone"),
        (Q.DIETARY, Typed("x" * 301), "answer_too_long"),
        (Q.DIETARY, Typed("", ("o99",)), "option_gone"),
        (Q.YES_NO, Typed("maybe"), "not_yes_or_no"),
        (Q.YES_NO, Typed("YES"), "not_yes_or_no"),
        *((Q.NUMBER, Typed(bad), "not_a_number") for bad in
          ("x", "1e5", "NaN", "inf", "1_0", "٣", "1.2.3", "9" * 13, "0x1", "--1", "1,000,000")),
        *((Q.DATE, Typed(bad), "not_a_date") for bad in
          ("2026-02-30", "31.12.2026", "20261231", "2026-W01-1", "0001-01-01", "9999-12-31", "x")),
    ],
)  # fmt: skip
def test_what_a_question_cannot_mean_is_refused_at_its_field_and_never_kept(
    app: Flask, kind: QuestionKind, typed: Typed, code: str
) -> None:
    event, ann = an_event(), a_member()
    question = a_question(event, kind)
    with pytest.raises(Refused, match=code) as refused:
        say_yes(ann.id, event.id, answers={question.id: typed})
    field = f"answer-{question.id}"
    words_too = kind == Q.DIETARY and code == "answer_too_long"
    assert refused.value.values["field"] == (f"{field}-words" if words_too else field)
    assert db.session.query(Attendee).count() == 0


def test_answers_to_what_is_not_asked_are_refused_and_never_kept(app: Flask) -> None:
    event, other, ann = an_event(guests_allowed=1), an_event(title="Other"), a_member()
    mine, theirs = a_question(event), a_question(other)
    gone = a_question(event, label="Gone?")
    retire_question(owner_of(event), event.id, gone.id)
    for question_id in (theirs.id, gone.id, 0, 2**40):
        with pytest.raises(Refused, match="question_gone"):
            say_yes(ann.id, event.id, answers={question_id: Typed("x")})
    with pytest.raises(Refused, match="question_gone"):  # the person alone is asked this
        say_yes(ann.id, event.id, guests=[Guest("Bo", answers={mine.id: Typed("x")})])
    assert db.session.query(Attendee).count() == 0


def test_an_option_that_was_removed_stays_readable_and_cannot_be_chosen_anew(app: Flask) -> None:
    event, ann, bo = an_event(), a_member(), a_member()
    dish = a_question(event, Q.ONE_OF, "Dish?")
    beef = chosen(dish, "Beef")
    say_yes(ann.id, event.id, answers=beef)
    draft = QuestionDraft(Q.ONE_OF, "Which dish?", options=["Tofu", "fish", "Veal"])
    edited = edit_question(owner_of(event), event.id, dish.id, draft)
    assert edited.labels == {"o3": "Tofu", "o1": "fish", "o4": "Veal"}
    with pytest.raises(Refused, match="option_gone"):
        say_yes(bo.id, event.id, answers=beef)
    assert words(event) == {"Dish?": "Beef"}


def _asked(event: Event, **answers: Any) -> str:
    ask_to_answer(event.id, name="Ada", email="ada@example.org", **answers)
    return mailed_token(PendingKind.RSVP, "ada@example.org")


def test_a_visitors_answers_wait_for_the_mail_in_the_words_of_their_time(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    owner, dish = owner_of(event), a_question(event, Q.ONE_OF, "Dish?", each=True)
    gone = a_question(event, label="Gone?")
    answers = {**chosen(dish, "Beef"), gone.id: Typed("x")}
    token = _asked(
        event, answers=answers, guests=[Guest("Bo", answers=chosen(dish, "Fish"))],
        require_answers=True,
    )  # fmt: skip
    assert db.session.query(Attendee).count() == 0
    edit_question(owner, event.id, dish.id, QuestionDraft(Q.ONE_OF, "Other?", options=["Tofu"]))
    delete_question(owner, event.id, gone.id)
    a_question(event, label="New?", required=True)
    rsvp, _pending = confirm_answer(token)
    assert rsvp.status == RsvpStatus.GOING
    assert (words(event), words(event, "Bo")) == ({"Dish?": "Beef"}, {"Dish?": "Fish"})


def test_a_visitors_answers_are_checked_before_the_mail(app: Flask) -> None:
    event, other = an_event(), an_event(title="Other")
    one, theirs = a_question(event, Q.NUMBER, required=True), a_question(other)
    for answers, code in (
        ({one.id: Typed("x")}, "not_a_number"),
        ({theirs.id: Typed("x")}, "question_gone"),
        ({}, "answer_missing"),
    ):
        with pytest.raises(Refused, match=code):
            _asked(event, answers=answers, require_answers=True)
    _asked(event, coming=False, require_answers=True)  # whoever cannot come owes nothing


def test_answers_are_forgotten_after_the_event(app: Flask) -> None:
    event, ann = an_event(), a_member()
    one = a_question(event)
    say_yes(ann.id, event.id, answers={one.id: Typed("x")})
    with time_machine.travel(now() + timedelta(days=62), tick=False):
        forget_answers()
    assert words(event) == {}


LINES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters=";"),
    min_size=1,
    max_size=30,
).filter(str.strip)
OPTIONS = st.lists(LINES, min_size=1, max_size=6)


def _unsaved(kind: QuestionKind, label: str, options: list[str]) -> Question:
    listed = [{"id": f"o{n}", "label": one} for n, one in enumerate(options, start=1)]
    return Question(id=7, kind=kind, label=label, options=listed, asked_of=AskedOf.PERSON)


@given(
    kind=st.sampled_from([Q.SHORT_TEXT, Q.LONG_TEXT, Q.ONE_OF, Q.SEVERAL_OF, Q.DIETARY]),
    text=LINES,
    asked=LINES,
    options=OPTIONS,
    later=st.lists(st.tuples(LINES, OPTIONS), max_size=4),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_reads_the_same_after_any_edits_of_its_question(
    kind: QuestionKind,
    text: str,
    asked: str,
    options: list[str],
    later: list[tuple[str, list[str]]],
) -> None:
    question = _unsaved(kind, asked, options)
    typed = Typed(text, ("o1",))
    kept = check_answer(question, typed, "answer-7")
    assert kept is not None
    stored, said = kept.as_json, (kept.label, kept.words)
    for label, others in later:
        question.label, question.options = label, [{"id": "o9", "label": one} for one in others]
    read = Given.of(stored)
    assert (read.label, read.words) == said == (asked, read.words)
    if kind in {Q.ONE_OF, Q.SEVERAL_OF}:
        assert read.words == options[0]
