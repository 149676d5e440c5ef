"""The kitchen and access sheet: how many of those who are going need what, by counts.

Whose needs they are is told only where it was asked for. What counts is what somebody answered:
the dietary field, dietary questions, and questions about access. Notes to the host are not read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.text import fold
from community.events.models import Event
from community.membership.models import Person
from community.membership.queries import shown_name
from community.organizing.kitchen_words import ACCESS, DIETS, Reading, alarms, read
from community.rsvp.answers import YES, Given
from community.rsvp.models import Attendee, Rsvp, RsvpStatus, Source
from community.rsvp.question_models import QuestionKind

MOST_LINES, MOST_NAMES = 200, 100
# They came in by another way than the form that asks for food.
_NOT_ASKED = {Source.ORGANIZER, Source.CALENDAR, Source.IMPORT}
_CHOICES = {QuestionKind.ONE_OF.value, QuestionKind.SEVERAL_OF.value}
# Over folded labels: organizers name such questions themselves.
_ABOUT_ACCESS = re.compile(
    r"\b(?:access|accessib\w*|wheelchairs?|mobility|step[- ]free|hearing|sign language|disab\w*)\b"
)
_ABOUT_FOOD = re.compile(
    r"\b(?:menu|meals?|courses?|dish|dishes|starters?|mains?|desserts?|dinner|lunch|food|eat"
    r"|drinks?|wines?)\b"
)


@dataclass(frozen=True)
class Said:
    """What one head said: ``source`` is how their party came to be going."""

    name: str
    dietary: str
    answers: Mapping[str, Any]
    source: str


@dataclass
class Need:
    """A need and how many heads have it. ``key`` names what was understood, as in
    :mod:`community.organizing.kitchen_words`; with ``""`` it is in somebody's own ``words``.

    ``names`` are a hundred at most, and empty unless they were asked for.
    """

    key: str
    words: str
    is_allergy: bool
    heads: int = 0
    names: list[str] = field(default_factory=list)


@dataclass
class Kitchen:
    """Counts of heads. ``together`` are the needs of heads with several, as many as share them;
    ``choices`` what was chosen where a question is about the meal, by its label.

    ``silent`` left the food open, ``unknown`` were never asked. ``more`` needs are not listed.
    """

    heads: int = 0
    allergies: list[Need] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    access: list[Need] = field(default_factory=list)
    together: list[tuple[list[Need], int]] = field(default_factory=list)
    choices: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    everything: int = 0
    silent: int = 0
    unknown: int = 0
    more: int = 0


def kitchen_of(event: Event, *, with_names: bool = False) -> Kitchen:
    """The sheet of those who are going now, guests included. One query, read piece by piece."""
    return counted(_said(event), with_names=with_names)


def counted(heads: Iterable[Said], *, with_names: bool = False) -> Kitchen:
    """The sheet of these heads."""
    sheet, needs, together = Kitchen(), dict[_Key, Need](), Counter[tuple[_Key, ...]]()
    chosen: dict[str, Counter[str]] = {}
    for head in heads:
        sheet.heads += 1
        found, nothing = _needs_of(head)
        for key, words in found.items():
            need = needs.setdefault(key, Need(key.term, words, key.section == _ALLERGIES))
            need.heads += 1
            if with_names and len(need.names) < MOST_NAMES:
                need.names.append(head.name)
        eats = tuple(sorted((key for key in found if key.section != _ACCESS), key=_on_plate))
        together[eats] += len(eats) > 1
        if not eats:
            was_asked = head.source not in _NOT_ASKED
            sheet.everything += nothing
            sheet.silent += was_asked and not nothing
            sheet.unknown += not was_asked and not nothing
        for label, option in _chosen(head):
            chosen.setdefault(label, Counter())[option] += 1
    _list(sheet, needs)
    sheet.choices = {label: options.most_common(50) for label, options in chosen.items()}
    shared = [(keys, count) for keys, count in together.most_common(MOST_LINES) if count]
    sheet.together = [([needs[key] for key in keys], count) for keys, count in shared]
    return sheet


_ALLERGIES, _NEEDS, _ACCESS = range(3)


@dataclass(frozen=True, order=True)
class _Key:
    """What makes two needs one: where it is listed, and the term or the folded words."""

    section: int
    term: str
    own: str


def _on_plate(key: _Key) -> tuple[Any, ...]:
    return key.section, not key.term, key.term not in DIETS, key


def _list(sheet: Kitchen, needs: Mapping[_Key, Need]) -> None:
    """The most frequent first, diets before what somebody does without, own words at the end."""

    def rank(key: _Key) -> tuple[Any, ...]:
        section, is_own, is_no_diet, _key = _on_plate(key)
        return section, is_own, is_no_diet, -needs[key].heads, key

    order = sorted(needs, key=rank)
    sheet.more = max(len(order) - MOST_LINES, 0)
    lists = {_ALLERGIES: sheet.allergies, _NEEDS: sheet.needs, _ACCESS: sheet.access}
    for key in order[:MOST_LINES]:
        lists[key.section].append(needs[key])


def _needs_of(head: Said) -> tuple[dict[_Key, str], bool]:
    """What one head needs, by words, and whether they said that they eat everything."""
    answers = [Given.of(kept) for kept in head.answers.values()]
    texts = [one.text for one in answers if one.kind == QuestionKind.DIETARY]
    texts = [text for text in (head.dietary, *texts) if text]
    alarmed, food, access = any(map(alarms, texts)), Reading(), Reading()
    for text in texts:
        food |= read(text, alarmed=alarmed)
    for given in answers:
        if given.kind == QuestionKind.DIETARY:
            for _id, option in given.options:
                food |= read(option, chosen=True, alarmed=alarmed)
        elif _ABOUT_ACCESS.search(fold(given.label)):
            access |= _access(given)
    return {**_keys(food, _NEEDS), **_keys(access, _ACCESS)}, food.nothing


def _keys(reading: Reading, section: int) -> dict[_Key, str]:
    """Whoever cannot climb stairs may say so where food is asked, and the other way round."""
    keys = {}
    for term, is_allergy in reading.terms.items():
        where = _ACCESS if term in ACCESS else _ALLERGIES if is_allergy else _NEEDS
        keys[_Key(where, term, "")] = ""
    for words, is_allergy in reading.own.items():
        keys[_Key(_ALLERGIES if is_allergy else section, "", fold(words))] = words
    return keys


def _access(given: Given) -> Reading:
    """What an answer to a question about access says that somebody needs."""
    if given.kind == QuestionKind.YES_NO:
        return _asked_for(given.label) if given.text == YES else Reading()
    if given.kind in {QuestionKind.NUMBER, QuestionKind.DATE}:
        words = f"{given.label}: {given.text}"
        return Reading(own={words: False}) if given.text != "0" else Reading()
    found = Reading()
    for words in (*(option for _id, option in given.options), given.text):
        found |= _asked_for(given.label) if fold(words) == YES else read(words)
    return found


def _asked_for(label: str) -> Reading:
    """What a question asked, when somebody says yes to it."""
    found = read(label)
    return found if len(found.terms) == 1 and not found.own else Reading(own={label: False})


def _chosen(head: Said) -> Iterator[tuple[str, str]]:
    for kept in head.answers.values():
        given = Given.of(kept)
        if given.kind in _CHOICES and _ABOUT_FOOD.search(fold(given.label)):
            yield from ((given.label, option) for _id, option in given.options)


def _said(event: Event) -> Iterator[Said]:
    name = sa.case((Attendee.position == 0, Person.name), else_=Attendee.name)
    query: sa.Select[Any] = (
        sa.select(name.label("name"), Attendee.dietary, Attendee.answers, Rsvp.source)
        .select_from(Attendee)
        .join(Rsvp, Rsvp.id == Attendee.rsvp_id)
        .join(Person, Person.id == Rsvp.person_id)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.GOING)
        .order_by(Rsvp.id, Attendee.position)
    )
    with db.session.execute(query.execution_options(yield_per=500)) as rows:
        for row in rows:
            yield Said(shown_name(row.name), row.dietary, row.answers, row.source)
