"""Which of an event's RSVPs somebody means: what lists, exports and announcements narrow by."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import sqlalchemy as sa

from community.core.text import clean_line
from community.events.models import Event
from community.membership.models import Person, PersonAddress
from community.organizing.segment_clauses import (
    checked_in,
    first_timer,
    follows,
    maybe,
    mentions,
    said,
    silent_since,
    unanswered,
)
from community.rsvp.models import Rsvp, RsvpStatus

LONGEST_QUERY, LONGEST_VALUE, MOST_VALUES = 100, 300, 40
SLUG_LENGTH = 80
YES, NO = "yes", "no"
# What an address says beside whom it means: the order, the columns, the place in the list.
BESIDE = frozenset({"sort", "columns", "after", "view"})
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_ANSWER = re.compile(r"(?P<not>not_)?answer-(?P<id>[0-9]{1,9})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEARS = range(2000, 2101)
# Arguments that may be there several times, and what a segment calls them.
_SEVERAL = {
    "status": "statuses",
    "not_status": "not_statuses",
    "topic": "topics",
    "not_topic": "not_topics",
    "unanswered": "unanswered",
}
_ONE = ("checked_in", "first", "silent_since", "maybe", "q")


@dataclass(frozen=True)
class Segment:
    """Conditions that must all hold; without any, everybody. It is written as an address's query,
    which is how it is kept in a saved view, too.

    Of several values of one condition one suffices: ``statuses``, ``topics`` (slugs of what the
    person follows), values of one question in ``answers``, ids of questions in ``unanswered``. Of
    what stands behind ``not_`` none may hold. ``answers`` are pairs of a question's id and an
    option's id, ``yes`` or ``no``, a number, a date, or words. ``silent_since``: invited on that
    day or before, and no answer yet. ``first``: was at no earlier event. ``maybe``: says their
    calendar. Empty is no condition.
    """

    statuses: tuple[str, ...] = ()
    not_statuses: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    not_topics: tuple[str, ...] = ()
    answers: tuple[tuple[int, str], ...] = ()
    not_answers: tuple[tuple[int, str], ...] = ()
    unanswered: tuple[int, ...] = ()
    checked_in: str = ""
    first: str = ""
    silent_since: date | None = None
    maybe: str = ""
    q: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, Sequence[str]]) -> "Segment":
        """What a query says, by its lists of values; what is not understood narrows nothing."""
        return _read(args)[0]

    @classmethod
    def misread(
        cls, args: Mapping[str, Sequence[str]], beside: Iterable[str] = BESIDE
    ) -> list[str]:
        """The names of a query that are not understood, or not all of their values.

        ``beside`` are names of which a segment knows nothing, and which are right. Whoever sends
        something to those who are meant refuses a query with such names: a slip of the finger must
        not send everything to everybody.
        """
        known = set(beside)
        return [name for name in _read(args)[1] if name not in known]

    def to_args(self) -> dict[str, list[str]]:
        """The query that says the same, without what narrows nothing."""
        since = self.silent_since.isoformat() if self.silent_since else ""
        query: dict[str, list[str]] = {
            "status": list(self.statuses),
            "not_status": list(self.not_statuses),
            "topic": list(self.topics),
            "not_topic": list(self.not_topics),
            "unanswered": [str(one) for one in self.unanswered],
        }
        for prefix, pairs in (("answer-", self.answers), ("not_answer-", self.not_answers)):
            for question_id, value in pairs:
                query.setdefault(f"{prefix}{question_id}", []).append(value)
        singles = (self.checked_in, self.first, since, self.maybe, self.q)
        query |= {name: [value] for name, value in zip(_ONE, singles, strict=True) if value}
        return {name: values for name, values in query.items() if values}


EVERYBODY = Segment()


def narrowed(query: sa.Select[Any], event: Event, segment: Segment) -> sa.Select[Any]:
    """A SELECT that joins Rsvp, Person and, by an outer join, the primary PersonAddress, narrowed
    to those RSVPs of the event."""
    return query.where(Rsvp.event_id == event.id, *_clauses(event, segment))


def rsvp_ids(event: Event, segment: Segment) -> sa.Select[int]:
    """A SELECT of the ids of the RSVPs that are meant."""
    query = (
        sa.select(Rsvp.id)
        .join(Person, Rsvp.person_id == Person.id)
        .outerjoin(
            PersonAddress,
            sa.and_(PersonAddress.person_id == Person.id, PersonAddress.is_primary),
        )
    )
    return narrowed(query, event, segment)


def _clauses(event: Event, segment: Segment) -> list[sa.ColumnElement[bool]]:
    held: list[sa.ColumnElement[bool]] = []
    if segment.statuses:
        held.append(Rsvp.status.in_(map(RsvpStatus, segment.statuses)))
    if segment.not_statuses:
        held.append(Rsvp.status.not_in(map(RsvpStatus, segment.not_statuses)))
    if segment.topics:
        held.append(follows(segment.topics))
    if segment.not_topics:
        held.append(~follows(segment.not_topics))
    for question_id in dict.fromkeys(one for one, _ in segment.answers):
        values = [value for one, value in segment.answers if one == question_id]
        held.append(sa.or_(*(said(event.id, question_id, value) for value in values)))
    held += [~said(event.id, one, value) for one, value in segment.not_answers]
    if segment.unanswered:
        held.append(sa.or_(*(unanswered(event.id, one) for one in segment.unanswered)))
    if segment.silent_since:
        held.append(silent_since(segment.silent_since, event.timezone))
    either = (
        (segment.checked_in, checked_in),
        (segment.first, partial(first_timer, event)),
        (segment.maybe, maybe),
    )
    held += [clause() if wanted == YES else ~clause() for wanted, clause in either if wanted]
    held += [mentions(word) for word in segment.q.split()[:6]]
    return held


def _read(args: Mapping[str, Sequence[str]]) -> tuple[Segment, list[str]]:
    """What a query means, and the names of what it does not say rightly."""
    facts: dict[str, Any] = {}
    wrong: list[str] = []
    for name, given in args.items():
        values = [value for value in dict.fromkeys(given) if value.strip()]
        if not values:
            continue  # a form sends its blank fields, too
        kept = [one for one in map(partial(_understood, name), values[:MOST_VALUES]) if one]
        if question := _ANSWER.fullmatch(name):
            field = "not_answers" if question["not"] else "answers"
            pairs = tuple((int(question["id"]), value) for value in kept)
            facts[field] = (*facts.get(field, ()), *pairs)
        elif name in _SEVERAL:
            facts[_SEVERAL[name]] = tuple(sorted(kept) if name == "unanswered" else kept)
        elif kept:
            facts[name], kept = kept[0], kept[:1]
        if len(kept) < len(values):
            wrong.append(name)
    return Segment(**facts), wrong


def _understood(name: str, value: str) -> Any:
    """What the value of such an argument means; nothing when it means nothing."""
    if name in _MEANINGS:
        return _MEANINGS[name](value)
    is_answer = _ANSWER.fullmatch(name) and len(value) <= LONGEST_VALUE
    return clean_line(value) if is_answer else None


def _status(value: str) -> str | None:
    return value if value in set(RsvpStatus) else None


def _slug(value: str) -> str | None:
    return value if len(value) <= SLUG_LENGTH and _SLUG.fullmatch(value) else None


def _number(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None


def _yes_or_no(value: str) -> str | None:
    return value if value in {YES, NO} else None


def _words(value: str) -> str:
    return clean_line(value[:LONGEST_QUERY])


def _date(value: str) -> date | None:
    try:
        found = date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        return None
    return found if found and found.year in _YEARS else None


_MEANINGS: dict[str, Callable[[str], Any]] = {
    "status": _status,
    "not_status": _status,
    "topic": _slug,
    "not_topic": _slug,
    "unanswered": _number,
    "checked_in": _yes_or_no,
    "first": _yes_or_no,
    "silent_since": _date,
    "maybe": _yes_or_no,
    "q": _words,
}
