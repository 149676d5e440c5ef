"""What people write of food and access, read as counts: tables of words, and sheets of heads."""

from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from community.core.db import db
from community.organizing import kitchen_words
from community.organizing.kitchen import Kitchen, Need, Said, counted, kitchen_of
from community.organizing.kitchen_words import ACCESS, DIETS, FOODS, MEDICAL, read
from community.privacy.retention import forget_answers
from community.rsvp.answers import Given
from community.rsvp.models import RsvpStatus, Source
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import common_needs
from community.rsvp.respond import say_no, say_yes
from community.web.kitchen_wording import NEEDS
from tests.factories.dinners import a_dinner_of_thirty
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in

UNDERSTOOD = {
    "Vegetarian": "vegetarian",
    "VEGGIE": "vegetarian",
    "végétarien": "vegetarian",
    "Vegan!": "vegan",
    "plant-based": "vegan",
    "I am vegan, thank you": "vegan",
    "pescetarian": "pescatarian",
    "Halal": "halal",
    "strictly kosher please": "kosher",
    "gluten free": "gluten",
    "Gluten-free only": "gluten",
    "glutenfrei": "gluten",
    "lactose intolerant": "lactose",
    "No dairy": "dairy",
    "no pork": "pork",
    "Everything but pork": "pork",
    "I eat everything except pork and beef": "pork beef",
    "nuts": "nuts",
    "no tree nuts": "nuts",
    "Peanuts": "peanuts",
    "peanuts and tree nuts": "peanuts nuts",
    "shell fish": "shellfish",
    "I don\u2019t eat fish": "fish",
    "no egg, fish or soy please": "egg fish soy",
    "celery & mustard": "celery mustard",
    "vegan/gluten-free": "vegan gluten",
    "vegetarian; no nuts\nno sesame": "vegetarian nuts sesame",
    "I use a wheelchair": "wheelchair",
    "step-free access, hearing loop": "step_free hearing_loop",
    "British Sign Language interpreter": "sign_language",
}
ALLERGIES = {
    "nut allergy": "nuts",
    "Nuts (severe allergy)": "nuts",
    "ALLERGIC TO NUTS": "nuts",
    "alergic to nuts": "nuts",
    "Peanut allergy, severe": "peanuts",
    "Allergic to nuts, shellfish and egg": "nuts shellfish egg",
    "allergies: peanuts, sesame": "peanuts sesame",
    "nut, sesame and egg allergies": "nuts sesame egg",
    "coeliac": "coeliac",
    "Celiac disease": "coeliac",
    "Nuts. Severe allergy!": "nuts",
    "nuts, allergic": "nuts",
    "Allergies\n- peanuts\n- sesame": "peanuts sesame",
    "nuts (anaphylaxis, carries EpiPen)": "anaphylaxis nuts",
    "Nuts. I carry an epi-pen.": "anaphylaxis nuts",
}
OWN_WORDS = {
    "low FODMAP": False,
    "eggplant": False,
    "coconut": False,
    "no garlic": False,
    "Keine Nüsse": False,
    "Haselnussallergie": True,
    "ナッツアレルギー": True,
    "allergic to kiwi": True,
    "severe allergies": True,
    "🥜": False,
    "🥜 allergy": True,
}
# A word of food that somebody does eat is no need, and nobody's allergy is made of a denial.
SAID_OTHERWISE = ("I eat fish", "nuts are fine", "not vegan", "only fish", "not allergic to nuts")
NOTHING = (
    "none",
    "No",
    "n/a",
    "-",
    "Nothing special.",
    "I eat everything",
    "no allergies",
    "No known food allergies",
)


@pytest.mark.parametrize(("words", "terms"), UNDERSTOOD.items())
def test_common_words_are_understood(words: str, terms: str) -> None:
    found = read(words)
    assert set(found.terms) == set(terms.split())
    assert not any(found.terms.values())
    assert found.own == {}


@pytest.mark.parametrize(("words", "terms"), ALLERGIES.items())
def test_an_allergy_is_marked_however_it_is_written(words: str, terms: str) -> None:
    found = read(words)
    assert found.terms == dict.fromkeys(terms.split(), True)
    assert found.own == {}


@pytest.mark.parametrize(("words", "flagged"), OWN_WORDS.items())
def test_what_is_not_understood_stays_as_it_was_written(words: str, flagged: bool) -> None:
    found = read(words)
    assert (found.terms, found.own, found.nothing) == ({}, {words: flagged}, False)


@pytest.mark.parametrize("words", SAID_OTHERWISE)
def test_what_somebody_does_eat_is_not_taken_for_a_need(words: str) -> None:
    found = read(words)
    assert found.terms == {}
    assert list(found.own) == [words]


@pytest.mark.parametrize("words", NOTHING)
def test_no_needs_at_all_are_understood(words: str) -> None:
    assert read(words) == kitchen_words.Reading(nothing=True)


def test_of_several_needs_each_has_its_own_mark() -> None:
    assert read("No pork, nut allergy").terms == {"pork": False, "nuts": True}
    assert read("allergic to eggs, no pork, vegan").terms == {
        "egg": True,
        "pork": False,
        "vegan": False,
    }


def test_a_doubt_keeps_the_whole_sentence_beside_what_was_understood() -> None:
    found = read("vegetarian but I eat fish")
    assert found.terms == {"vegetarian": False}
    assert found.own == {"vegetarian but I eat fish": False}
    assert read("vegan, kiwi").own == {"kiwi": False}


def test_a_choice_of_fish_is_no_need_and_one_of_no_fish_is() -> None:
    assert read("Fish", chosen=True).own == {"Fish": False}
    assert read("No fish", chosen=True).terms == {"fish": False}
    assert read("Fish").terms == {"fish": False}


def test_every_common_need_that_a_question_offers_is_understood() -> None:
    for option in common_needs():
        found = read(option, chosen=True)
        assert len(found.terms) == 1, option
        assert found.own == {}, option


def test_every_term_has_words_on_the_page_and_the_other_way_round() -> None:
    assert set(NEEDS) == {*DIETS, *FOODS, *MEDICAL, *ACCESS}


@pytest.mark.parametrize("words", ["", " ", ",;.", "a" * 5000, "nut " * 2000, "al" * 3000, "((((,"])
def test_strange_words_take_no_time_and_break_nothing(words: str) -> None:
    read(words)


WORDS = st.sampled_from(
    (
        "vegan",
        "no pork",
        "fish",
        "nuts",
        "I eat",
        "but",
        "and",
        ",",
        ";",
        "\n",
        "(",
        "kiwi",
        "please",
    )
)


@given(st.lists(WORDS), st.sampled_from(("allergic", "Allergies", "EpiPen")), st.lists(WORDS))
def test_no_word_of_an_allergy_is_ever_lost(before: list[str], word: str, after: list[str]) -> None:
    found = read(" ".join([*before, word, *after]))
    assert any(found.terms.values()) or any(found.own.values())


UNKNOWN = ("quuxberry", "zorgfruit", "ütz", "果", "🥝")


@given(st.lists(st.sampled_from((*UNKNOWN, ",", ".", "and", "no", "vegan"))))
def test_no_word_that_is_not_known_is_ever_lost(words: list[str]) -> None:
    own = " ".join(read(" ".join(words)).own)
    assert [word for word in words if word in UNKNOWN and word not in own] == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    assert found | found == found


def said(dietary: str = "", *answers: Given, name: str = "Ada", source: str = "web") -> Said:
    kept: dict[str, Any] = {str(n): one.as_json for n, one in enumerate(answers)}
    return Said(name, dietary, kept, source)


def lines(needs: list[Need]) -> list[str]:
    return [f"{need.heads} {need.key or need.words}" for need in needs]


def test_heads_are_counted_once_for_a_need_that_they_say_twice() -> None:
    options = (("o1", "Vegan"), ("o2", "No nuts"))
    asked = Given("Food", QuestionKind.DIETARY.value, "nut allergy", options)
    sheet = counted([said("vegan", asked), said("VEGAN"), said("vegan, nuts")])
    assert lines(sheet.needs) == ["3 vegan", "1 nuts"]
    assert lines(sheet.allergies) == ["1 nuts"]
    assert [(lines(needs), count) for needs, count in sheet.together] == [
        (["1 nuts", "3 vegan"], 1),
        (["3 vegan", "1 nuts"], 1),
    ]


def test_an_allergy_written_beside_ticked_foods_is_one_to_them() -> None:
    options = (("o1", "No nuts"), ("o2", "Vegan"))
    sheet = counted([said("", Given("Food", QuestionKind.DIETARY.value, "EpiPen!", options))])
    assert lines(sheet.allergies) == ["1 anaphylaxis", "1 nuts"]
    assert lines(sheet.needs) == ["1 vegan"]


def test_the_same_words_in_another_case_and_with_accents_are_one_line() -> None:
    sheet = counted([said("No Jalapeño"), said("no jalapeno"), said("NO JALAPEÑO")])
    assert lines(sheet.needs) == ["3 No Jalapeño"]


def test_who_said_nothing_who_eats_everything_and_who_was_never_asked_are_told_apart() -> None:
    heads = [said(), said("none"), said(source=Source.ORGANIZER.value), said("vegan")]
    heads.append(said(source=Source.CALENDAR.value))
    sheet = counted(heads)
    assert (sheet.heads, sheet.silent, sheet.everything, sheet.unknown) == (5, 1, 1, 2)


def test_names_are_there_only_when_they_are_asked_for() -> None:
    heads = [said("vegan", name="Ada"), said("vegan", name="Bo")]
    assert counted(heads).needs[0].names == []
    assert counted(heads, with_names=True).needs[0].names == ["Ada", "Bo"]


def test_access_is_read_from_questions_about_it() -> None:
    yes_no, text = QuestionKind.YES_NO.value, QuestionKind.SHORT_TEXT.value
    sheet = counted(
        [
            said("", Given("Do you need step-free access?", yes_no, "yes")),
            said("", Given("Do you need step-free access?", yes_no, "no")),
            said("", Given("Access needs", text, "wheelchair, and a seat by the door")),
            said("vegan. I use a wheelchair", Given("Anything about access?", text, "none")),
            said("", Given("What brings you here?", text, "wheelchair sports")),
            said("", Given("Access or allergies?", text, "nut allergy")),
        ]
    )
    assert lines(sheet.access) == ["2 wheelchair", "1 step_free", "1 and a seat by the door"]
    assert lines(sheet.needs) == ["1 vegan"]
    assert lines(sheet.allergies) == ["1 nuts"]


def test_a_choice_of_dishes_is_counted_under_its_question() -> None:
    one_of = QuestionKind.ONE_OF.value
    dish = Given("Main course", one_of, "", (("o1", "Lamb"),))
    way = Given("How do you travel?", one_of, "", (("o1", "By train"),))
    sheet = counted([said("", dish, way), said("", dish)])
    assert sheet.choices == {"Main course": [("Lamb", 2)]}


def test_a_sheet_has_an_end_however_many_different_needs_there_are() -> None:
    heads = [said(f"no fruit number {number}") for number in range(500)]
    sheet = counted(heads)
    assert (len(sheet.needs), sheet.more) == (200, 300)


def test_the_sheet_is_of_those_who_are_going_guests_included(app: Flask) -> None:
    event = a_dinner_of_thirty(an_organizer())
    for status in (RsvpStatus.INVITED, RsvpStatus.REQUESTED, RsvpStatus.DECLINED):
        answer_in(status, event.id)
    leaver = a_member()
    say_yes(leaver.id, event.id, dietary="vegan", note="allergic to nuts")
    db.session.rollback()
    sheet = kitchen_of(event)
    assert lines(sheet.needs)[:2] == ["5 vegetarian", "3 vegan"]
    assert "1 nuts" in lines(sheet.allergies), "a note to the host is not read"
    say_no(leaver.id, event.id)
    sheet = kitchen_of(event, with_names=True)
    assert (sheet.heads, sheet.silent, sheet.everything) == (30, 4, 2)
    assert lines(sheet.needs)[:2] == ["5 vegetarian", "2 vegan"]
    assert sheet.needs[0].names[0] == "Ada Lovelace"
    assert lines(sheet.access) == ["1 hearing_loop", "1 step_free", "1 wheelchair"]


def test_after_retention_the_sheet_knows_nothing(app: Flask) -> None:
    event = an_event()
    say_yes(a_member().id, event.id, dietary="nut allergy")
    assert kitchen_of(event).allergies
    with time_machine.travel(event.ends_at.replace(year=event.ends_at.year + 1)):
        forget_answers()
        db.session.rollback()
        assert kitchen_of(event, with_names=True) == Kitchen(heads=1, silent=1)
